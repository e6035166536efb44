//! The laws of imports: whatever a stranger has written, what comes of it is valid, and means what was read.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use curve25519_dalek::{EdwardsPoint, Scalar};
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::{Validated, validate};
use keyplan::import::{
    Declarations, FreshNames, Home, Layout, NewFile, Noted, authorized_keys, each_once, judge,
};
use keyplan::model::{
    Cloud, Cluster, KnownKey, Member, Metadata, Name, NodeAddress, Project, Recorded, Role, SshKey, Subject,
    Team, UserName,
};
use keyplan::openssh::{Fingerprint, KeyOptions, OpenSshVersion, PublicKey};
use keyplan::source::walk::Texts;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{PLAIN, TODAY, drawn};

/// An honest Ed25519 key, another one for each number.
pub(crate) fn public_key(number: u8, comment: &str) -> PublicKey {
    let point =
        EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order([number.wrapping_add(100); 32])).compress();
    let blob = [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], point.as_bytes()].concat();
    PublicKey::new(blob, comment).unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The workspace of these files.
fn checked(files: &[NewFile]) -> Validated {
    let texts = files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes()));
    validate(&Texts(texts.collect()), TODAY, &Proofs::default()).unwrap()
}

fn files(declarations: &Declarations) -> Vec<NewFile> {
    Layout { schema: None, is_taken: &|_| false }.files(declarations)
}

/// What is declared, as it will be recorded.
fn recorded(declarations: &Declarations) -> Recorded {
    let validated = checked(&files(declarations));
    let Some(desired) = &validated.desired else { panic!("{}", drawn(&validated, PLAIN)) };
    desired.into()
}

// The writer

/// Names that YAML takes for something else, and others.
fn names(most: usize) -> impl Strategy<Value = Vec<Name>> {
    const WORDS: &[&str] =
        &["no", "null", "0123", "1e3", "2026-01-01", "0x1f", "on", "1.5", "a - b", "x@y.z", "ops", "true"];
    let any = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,9}[A-Za-z0-9]".prop_map(|text| name(&text));
    let one = prop_oneof![select(WORDS).prop_map(name), any];
    btree_set(one, 0..=most).prop_map(|names| names.into_iter().collect())
}

/// Line breaks that YAML 1.1 has, and 1.2 has not.
const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

fn metadata() -> impl Strategy<Value = Metadata> {
    let text = "[ -~]{0,30}|\\PC{0,20}|[a-z:#\n -]{0,30}|no|12";
    let labels = prop::collection::btree_map("[a-z0-9/.-]{1,8}|no", "[ -~]{0,9}|no|012", 0..3);
    let parts = (option::of(text), labels, any::<bool>());
    let some = parts.prop_map(|(description, labels, protected)| Metadata {
        // White space around it says nothing, and of line breaks there is one kind.
        description: description
            .map(|text| text.trim().replace(BREAKS, "\n"))
            .filter(|text| !text.is_empty())
            .map(Into::into),
        labels: labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        protected,
        partially_applied: None,
    });
    prop_oneof![Just(Metadata::default()), some]
}

fn options() -> impl Strategy<Value = KeyOptions> {
    let some = select(&[
        "",
        "restrict",
        "restrict,pty,X11-forwarding",
        "no-pty,no-user-rc",
        r#"from="10.0.0.0/8,!10.1.2.3,*.example.com""#,
        r#"restrict,command="/bin/backup \"daily: #1\" '$x'",environment="A=b: c",environment="NO=no""#,
        r#"permitopen="db:1",permitopen="[::1]:*",permitlisten="*:8080",tunnel="1""#,
    ]);
    some.prop_map(|text| KeyOptions::parse(text).unwrap())
}

fn owner() -> impl Strategy<Value = Option<Subject>> {
    option::of(select(&["ana@example.com", "no", "0123", "o'brien", "CORP\\ana", "山田"]))
        .prop_map(|user| user.map(|user| Subject::User(UserName::parse(user).unwrap())))
}

fn key() -> impl Strategy<Value = SshKey> {
    let comment = select(&["", "ana@laptop", "a: b #c", "Zoë's \"key\""]);
    let expires = option::of(Just(date(2027, 6, 30)));
    (metadata(), comment, owner(), expires, options()).prop_map(
        |(metadata, comment, owner, expires, options)| SshKey {
            project: name("p"),
            name: name("k"),
            metadata,
            public_key: public_key(0, comment),
            owner,
            expires,
            options: options.into(),
        },
    )
}

fn known_keys() -> impl Strategy<Value = Vec<KnownKey>> {
    let reason = "[!-~]([ -~]{0,20}[!-~])?|no|12|2026-01-01|Zoë: \"key\" #1";
    let known = (any::<u8>(), reason, option::of(Just(date(2027, 6, 30))));
    let known = known.prop_map(|(byte, reason, until)| KnownKey {
        fingerprint: Fingerprint::new([byte; 32]),
        reason: reason.into(),
        until,
    });
    vec(known, 0..3).prop_map(|mut known| {
        known.sort_by_key(|known| known.fingerprint);
        known.dedup_by_key(|known| known.fingerprint);
        known
    })
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let nodes = btree_set(select(&["10.0.0.1", "node-1.example.com:2222", "[2001:db8::1]:22", "123"]), 0..3);
    let sshd = option::of(select(&[(8, 4), (9, 10)]));
    let user = select(&["spectro", "ubuntu", "no", "root"]);
    (metadata(), select(Cloud::ALL), user, nodes, sshd, known_keys(), any::<bool>()).prop_map(
        |(metadata, cloud, user, nodes, sshd, known_keys, has_key)| Cluster {
            project: name("p"),
            name: name("c"),
            metadata,
            // Which key it is, is said later.
            ssh_key: (has_key && !matches!(cloud, Cloud::Aks)).then(|| name("k")),
            cloud,
            login_user: user.into(),
            nodes: nodes.into_iter().filter_map(|node| NodeAddress::parse(node).ok()).collect(),
            sshd: sshd.map(|(major, minor)| OpenSshVersion::new(major, minor)),
            known_keys,
        },
    )
}

fn member() -> impl Strategy<Value = Member> {
    let user = select(&["ana@example.com", "ben"]).prop_map(|user| UserName::parse(user).unwrap());
    (user, select(Role::ALL)).prop_map(|(user, role)| Member { subject: Subject::User(user), role })
}

/// A valid world, and notes that say anything.
fn declarations() -> impl Strategy<Value = Declarations> {
    let project =
        (metadata(), btree_set(member(), 0..3), names(3), vec(key(), 3), names(3), vec(cluster(), 3));
    let team = (metadata(), btree_set("[a-z]{1,5}", 0..3));
    let notes = vec("\\PC{0,20}|---|a\nb: c", 0..2);
    (names(2), vec(project, 2), names(2), vec(team, 2), notes).prop_map(
        |(names, projects, teams, of_teams, notes)| {
            let mut all = Declarations::default();
            for (name, (metadata, members)) in teams.into_iter().zip(of_teams) {
                let members = members.iter().map(|user| UserName::parse(user).unwrap()).collect();
                all.teams.push(Noted { resource: Team { name, metadata, members }, notes: notes.clone() });
            }
            let mut number = 0;
            for (project, (metadata, members, names, keys, of_clusters, clusters)) in
                names.into_iter().zip(projects)
            {
                let resource =
                    Project { name: project.clone(), metadata, members: members.into_iter().collect() };
                all.projects.push(Noted { resource, notes: notes.clone() });
                let first = names.first().cloned();
                for (name, mut key) in names.into_iter().zip(keys) {
                    number += 1;
                    key.public_key = public_key(number, key.public_key.comment());
                    (key.project, key.name) = (project.clone(), name);
                    all.keys.push(Noted { resource: key, notes: notes.clone() });
                }
                for (name, mut cluster) in of_clusters.into_iter().zip(clusters) {
                    cluster.ssh_key = cluster.ssh_key.and(first.clone());
                    (cluster.project, cluster.name) = (project.clone(), name);
                    // Of an old sshd no option is taken that it does not know.
                    cluster.sshd = cluster.sshd.filter(|_| cluster.ssh_key.is_none());
                    all.clusters.push(Noted { resource: cluster, notes: notes.clone() });
                }
            }
            all
        },
    )
}

fn as_recorded(declarations: &Declarations) -> Recorded {
    let mut recorded = Recorded::default();
    for team in &declarations.teams {
        recorded.teams.insert(team.resource.name.clone(), team.resource.clone());
    }
    for project in &declarations.projects {
        let project = project.resource.clone();
        recorded.projects.insert(project.name.clone(), keyplan::model::RecordedProject::new(project));
    }
    for key in &declarations.keys {
        let home = recorded.projects.get_mut(&key.resource.project).unwrap();
        home.keys.insert(key.resource.name.clone(), key.resource.clone().into());
    }
    for cluster in &declarations.clusters {
        let home = recorded.projects.get_mut(&cluster.resource.project).unwrap();
        home.clusters.insert(cluster.resource.name.clone(), cluster.resource.clone().into());
    }
    recorded
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is written is read as what it was made from.
    #[test]
    fn what_is_written_is_declared(declarations in declarations()) {
        prop_assert_eq!(recorded(&declarations), as_recorded(&declarations));
        prop_assert_eq!(files(&declarations), files(&declarations.clone()));
    }
}

#[test]
fn files_lie_beside_those_that_are_there_and_point_to_the_schema() {
    let key = SshKey {
        project: name("payments"),
        name: name("no"),
        metadata: Metadata::default(),
        public_key: public_key(1, "ana"),
        owner: None,
        expires: Some(date(2027, 6, 30)),
        options: KeyOptions::parse("restrict,pty").unwrap().into(),
    };
    let declarations = Declarations {
        keys: vec![Noted { resource: key, notes: vec!["from \u{1b}[31mnode".into()] }],
        ..Declarations::default()
    };
    let is_taken = |path: &Utf8Path| path == "payments/keys.yaml" || path == "payments/keys-2.yaml";
    let layout = Layout { schema: Some(Utf8Path::new(".keyplan/schema.json")), is_taken: &is_taken };
    let [file] = &layout.files(&declarations)[..] else { panic!("one file") };
    assert_eq!(file.path, "payments/keys-3.yaml");
    let key = public_key(1, "ana").line_with_comment();
    assert_eq!(
        file.text,
        format!(
            "# yaml-language-server: $schema=../.keyplan/schema.json\napiVersion: keyplan/v1\nkind: SSHKey\n\
             metadata:\n  name: \"no\"\n  project: payments\nspec:\n  # from \\u{{1b}}[31mnode\n  publicKey: {key}\n  \
             expires: 2027-06-30\n  options:\n    restrict: true\n    pty: true\n"
        )
    );
}

// Lines of strangers

/// Lines as they are, and as nobody should write them.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let options = select(&[
        "",
        "restrict ",
        "restrict,pty,command=\"echo \\\"a, b\\\" #c\" ",
        "from=\"10.0.0.0/8,!10.1.2.3\",no-pty ",
        "from=\"*\" ",
        "from=\"!10.0.0.1\" ",
        "from=\"10.0.0.1/8\" ",
        "command=\"\" ",
        "command=\"a\\\" ",
        "restrict,permitopen=\"db:1\" ",
        "no-touch-required ",
        "expiry-time=\"20300101\",expiry-time=\"20280101Z\" ",
        "expiry-time=\"20000101\" ",
        "expiry-time=\"2030\" ",
        "cert-authority,principals=\"a\" ",
        "no-such-option ",
        "environment=\"A=b\",environment=\"PATH=$(x)\" ",
        "tunnel=\"0\",permitlisten=\"8080\" ",
    ]);
    let comment = prop_oneof![
        Just(Vec::new()),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        "\\PC{0,200}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
        Just(b"ana@laptop".to_vec()),
        Just(b"ssh-ed25519 AAAA".to_vec()),
    ];
    let line = (options, 0..9_u8, comment, any::<bool>()).prop_map(|(options, number, comment, dos)| {
        let key = public_key(number, "").line();
        [options.as_bytes(), key.as_bytes(), b" ", &comment, if dos { b"\r\n" } else { b"\n" }].concat()
    });
    let other = select(&[
        "# a comment\n",
        "\u{feff}",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC8\n",
        "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA skeleton\n",
        "<html>\n",
        "\0\0\0\n",
    ]);
    let junk = prop_oneof![other.prop_map(|text| text.as_bytes().to_vec()), vec(any::<u8>(), 0..60)];
    vec(prop_oneof![4 => line, 1 => junk], 0..12).prop_map(|lines| lines.concat())
}

/// What an import makes of files, without the program around it.
fn imported(given: &[Vec<u8>]) -> (Declarations, usize) {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for (number, bytes) in given.iter().enumerate() {
        let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).enumerate();
        let read = authorized_keys::read(&format!("f{number}"), lines);
        found.extend(read.keys);
        left_out.extend(read.left_out);
    }
    let (found, unlike) = each_once(found);
    let project = name("payments");
    let mut home = Home { project: &project, owner: None, names: FreshNames::default() };
    let declared = home.declare(&found).into_iter().zip(found).collect();
    let projects = || {
        let project = Project { name: project.clone(), metadata: Metadata::default(), members: Vec::new() };
        vec![project.into()]
    };
    let check = |texts: BTreeMap<Utf8PathBuf, Vec<u8>>| validate(&Texts(texts), TODAY, &Proofs::default());
    let (kept, refused) = judge(declared, projects(), Utf8Path::new("new"), check).unwrap();
    let keys = kept.into_iter().map(|(key, _)| key).collect();
    let declarations = Declarations { projects: projects(), keys, ..Declarations::default() };
    (declarations, left_out.len() + unlike.len() + refused.len())
}

proptest! {
    /// Whatever is in the files: what is written is valid, and declares the keys that were read.
    #[test]
    fn what_is_imported_is_valid(given in vec(lines(), 1..3)) {
        let (declarations, left_out) = imported(&given);
        prop_assert_eq!(recorded(&declarations), as_recorded(&declarations));
        let prints: BTreeSet<_> =
            declarations.keys.iter().map(|key| key.resource.public_key.fingerprint().to_string()).collect();
        prop_assert_eq!(prints.len(), declarations.keys.len());
        // Nothing gets lost without a word.
        let lines = given.iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
        prop_assert!(left_out + declarations.keys.len() <= lines.count());
    }

    /// Plain lines of honest keys are all taken, with their options.
    #[test]
    fn what_is_plain_is_taken_whole(numbers in btree_set(0..40_u8, 0..9), options in options()) {
        let line = |number: &u8| {
            let key = public_key(*number, &format!("user{number}@host")).line_with_comment();
            if options.is_none() { format!("{key}\n") } else { format!("{options} {key}\n") }
        };
        let text: String = numbers.iter().map(line).collect();
        let (declarations, left_out) = imported(&[text.into_bytes()]);
        prop_assert_eq!((declarations.keys.len(), left_out), (numbers.len(), 0));
        for (key, number) in declarations.keys.iter().zip(&numbers) {
            prop_assert_eq!(key.resource.name.to_string(), format!("user{number}@host"));
            prop_assert_eq!(&*key.resource.options, &options);
        }
    }
}
