//! Fixes: what they leave is what somebody would have written, and every other byte is as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::check::fixes::{Fixed, fix};
use keyplan::check::proofs::Proofs;
use keyplan::check::{Validated, validate};
use keyplan::diagnostics::{Applicability, Diagnostic};
use keyplan::rules;
use keyplan::source::edited;
use keyplan::source::walk::{Folder, Overlay, Texts};
use proptest::prelude::*;

use crate::support::{TODAY, repository};

const PLAIN: &str =
    "publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p";
const QUOTED: &str =
    "publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p'";

/// A workspace in which nothing is wrong, with a comment in each part.
const CLEAN: &str = "\
# projects
apiVersion: keyplan/v1
kind: Project
metadata: {name: p, labels: {tier: \"1.10\", \"no\": gold}, protected: true} # one
spec:
  members:
    - {team: sre, role: Cluster Admin}   # two: the team
---
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana, ben]}   # three
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: p}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p
  owner: team:sre   # four
  expires: 2027-06-30
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: c, project: p}
spec:
  # five
  sshKey: ops
  cloud: vsphere # six
  sshd: \"9.6\"
  nodes: [n1, \"[fd00::1]:22\"]
---
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: t}
spec:
  clusters: {names: [p/c]}
  openedBy: [ana]
";

/// What somebody wrote, what its fix makes of that, and whether the fix is safe.
type Row = (&'static str, &'static str, Applicability);

/// Pieces of the clean workspace, which lie apart, and what somebody wrote in the place of each.
const ROWS: &[(&str, &[Row])] = &[
    (
        "sshKey: ops",
        &[
            ("sshkey: ops", "sshKey: ops", Applicability::Safe),
            ("ssh-key: ops", "sshKey: ops", Applicability::Safe),
            ("keyName: ops", "sshKey: ops", Applicability::Unsafe),
            ("sshKey: opps", "sshKey: ops", Applicability::Unsafe),
            ("sshKey: 'opps'", "sshKey: 'ops'", Applicability::Unsafe),
            ("sshKey: [ops]", "sshKey: ops", Applicability::Safe),
            ("sshKeys: ops", "sshKey: ops", Applicability::Safe),
            ("sshKeys: [ops]", "sshKey: ops", Applicability::Safe),
            ("sshKeys: [ \"ops\" , ]", "sshKey: \"ops\"", Applicability::Safe),
            ("sshKeys:\n    - ops", "sshKey: ops", Applicability::Safe),
            ("sshKeys:\n  - ops # mine", "sshKey: ops # mine", Applicability::Safe),
            ("sshKeys: # mine:\n  - ops", "sshKey: # mine:\n    ops", Applicability::Safe),
        ],
    ),
    (
        "role: Cluster Admin",
        &[
            ("role: Cluster Admn", "role: Cluster Admin", Applicability::Unsafe),
            ("role: \"cluster-admin\"", "role: \"Cluster Admin\"", Applicability::Unsafe),
            ("role: [Cluster Admin]", "role: Cluster Admin", Applicability::Safe),
        ],
    ),
    ("{team: sre,", &[("{team: SRE,", "{team: sre,", Applicability::Unsafe)]),
    (
        "owner: team:sre",
        &[
            ("owner: team:ser", "owner: team:sre", Applicability::Unsafe),
            ("owner: \"team:SRE\"", "owner: \"team:sre\"", Applicability::Unsafe),
            ("Owner: team:sre", "owner: team:sre", Applicability::Safe),
            ("'Owner' : team:sre", "'owner' : team:sre", Applicability::Safe),
        ],
    ),
    (
        "expires: 2027",
        &[
            ("expire: 2027", "expires: 2027", Applicability::Unsafe),
            ("Expires: 2027", "expires: 2027", Applicability::Safe),
        ],
    ),
    (
        "kind: Cluster",
        &[
            ("kind: cluster", "kind: Cluster", Applicability::Safe),
            ("kind: 'Clustr'", "kind: 'Cluster'", Applicability::Unsafe),
            ("Kind: Cluster", "kind: Cluster", Applicability::Safe),
        ],
    ),
    ("name: c, project: p", &[("name: c, project: pp", "name: c, project: p", Applicability::Unsafe)]),
    ("tier: \"1.10\"", &[("tier: 1.10", "tier: \"1.10\"", Applicability::Safe)]),
    ("\"no\": gold", &[("no: gold", "\"no\": gold", Applicability::Safe)]),
    (
        "protected: true",
        &[
            ("protected: yes", "protected: true", Applicability::Safe),
            ("protected: 'True'", "protected: true", Applicability::Safe),
        ],
    ),
    (
        "cloud: vsphere",
        &[
            ("cloud: vsfere", "cloud: vsphere", Applicability::Unsafe),
            ("cloud: vSphere", "cloud: vsphere", Applicability::Safe),
        ],
    ),
    ("names: [p/c]", &[("names: [p/cc]", "names: [p/c]", Applicability::Unsafe)]),
    (
        PLAIN,
        &[
            (
                "publicKey: ssh-ed25519   AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi  ops@p",
                PLAIN,
                Applicability::Safe,
            ),
            (
                "publicKey: ' ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p '",
                QUOTED,
                Applicability::Safe,
            ),
            (
                "publicKey: \"ssh-ed25519\\tAAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p\\n\\n\"",
                "publicKey: \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p\"",
                Applicability::Safe,
            ),
            (
                "publicKey: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi ops@p]",
                PLAIN,
                Applicability::Safe,
            ),
        ],
    ),
];

type Changed = BTreeMap<Utf8PathBuf, String>;

fn check(text: &str) -> Validated {
    check_with(text, &Changed::new())
}

/// Checks a workspace of one file, whose text may have been changed.
fn check_with(text: &str, changed: &Changed) -> Validated {
    let path = Utf8PathBuf::from("a.yaml");
    let text = changed.get(&path).map_or(text, String::as_str);
    validate(&Texts([(path, text.as_bytes().to_vec())].into()), TODAY, &Proofs::default()).unwrap()
}

fn fixed_by(text: &str, most: Applicability) -> Fixed {
    let Ok(fixed) = fix(most, |changed| Ok::<_, Infallible>(check_with(text, changed)));
    fixed
}

/// Checks a folder in which some texts have been changed.
fn check_folder(folder: &Utf8Path, changed: &Changed) -> Validated {
    let texts = changed.iter().map(|(path, text)| (path.clone(), text.as_str())).collect();
    validate(&Overlay { folder: Folder(folder), texts }, TODAY, &Proofs::default()).unwrap()
}

/// The text after its fixes.
fn after(fixed: &Fixed, text: &str) -> String {
    fixed.files.values().next().map_or_else(|| text.to_owned(), |file| file.after.clone())
}

/// The clean workspace with a piece replaced.
fn with(text: &str, piece: &str, other: &str) -> String {
    assert_eq!(text.matches(piece).count(), 1, "{piece}");
    text.replace(piece, other)
}

#[test]
fn a_fix_writes_what_was_meant_and_is_as_safe_as_it_says() {
    assert!(check(CLEAN).diagnostics.is_empty());
    for (piece, rows) in ROWS {
        for (wrong, right, applicability) in *rows {
            let text = with(CLEAN, piece, wrong);
            let found = check(&text);
            let is_offered = found.diagnostics.iter().any(|one| one.fix.is_some());
            assert!(is_offered, "{wrong}: {:#?}", found.diagnostics);
            let fixed = fixed_by(&text, *applicability);
            assert_eq!(after(&fixed, &text), with(CLEAN, piece, right), "{wrong}");
            if *applicability == Applicability::Unsafe {
                assert_eq!(after(&fixed_by(&text, Applicability::Safe), &text), text, "{wrong}");
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    ends_with_return: bool,
    has_last_line_end: bool,
    has_mark: bool,
}

impl Layout {
    fn of(self, text: &str) -> String {
        let text = if self.has_last_line_end { text } else { text.trim_end() };
        let text = if self.ends_with_return { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.has_mark { format!("\u{feff}{text}") } else { text }
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(ends_with_return, has_last_line_end, has_mark)| Layout {
            ends_with_return,
            has_last_line_end,
            has_mark,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However many things are wrong, and however the file is laid out: after the fixes it is what was meant, byte for
    /// byte, nothing is found, the same is declared, and there is nothing more to fix.
    #[test]
    fn fixes_leave_what_was_meant(layout in layouts(), picks in prop::collection::vec(any::<Option<prop::sample::Index>>(), ROWS.len())) {
        let (mut wrong, mut right) = (CLEAN.to_owned(), CLEAN.to_owned());
        for ((piece, rows), pick) in ROWS.iter().zip(picks) {
            let Some(pick) = pick else { continue };
            let (bad, good, _) = rows[pick.index(rows.len())];
            wrong = with(&wrong, piece, bad);
            right = with(&right, piece, good);
        }
        let (wrong, right) = (layout.of(&wrong), layout.of(&right));
        let fixed = fixed_by(&wrong, Applicability::Unsafe);
        prop_assert_eq!(after(&fixed, &wrong), right.clone());
        prop_assert!(fixed.left().diagnostics.is_empty(), "{:#?}", fixed.left().diagnostics);
        prop_assert_eq!(fixed.left().desired.clone(), check(CLEAN).desired);
        prop_assert!(fixed_by(&right, Applicability::Unsafe).files.is_empty());
    }
}

/// Options before a key, in a spec in two styles: they move beside it, and mean the same there.
#[test]
fn options_move_out_of_the_text_of_a_key() {
    let (_, key) = PLAIN.split_once(": ").unwrap();
    let whole = |spec: &str| {
        with(CLEAN, &format!("spec:\n  {PLAIN}\n  owner: team:sre   # four\n  expires: 2027-06-30\n"), spec)
    };
    for (line, options) in [
        ("restrict,pty", "{restrict: true, pty: true}"),
        ("no-pty", "{pty: false}"),
        ("from=\"10.0.0.0/8,!10.1.2.3\",tunnel=\"0\"", "{from: [\"10.0.0.0/8\", \"!10.1.2.3\"], tunnel: 0}"),
        (
            "restrict,command=\"/bin/a b\",environment=\"NO=1\"",
            "{restrict: true, command: \"/bin/a b\", environment: {\"NO\": \"1\"}}",
        ),
    ] {
        for (before, then) in [
            (
                format!("spec:\n  publicKey: '{line}  {key}' # key\n  owner: team:sre\n"),
                format!("spec:\n  publicKey: '{key}' # key\n  options: {options}\n  owner: team:sre\n"),
            ),
            (
                format!("spec: {{publicKey: '{line} {key}', owner: team:sre}}\n"),
                format!("spec: {{options: {options}, publicKey: '{key}', owner: team:sre}}\n"),
            ),
        ] {
            let (text, then) = (whole(&before), whole(&then));
            let fixed = fixed_by(&text, Applicability::Safe);
            assert_eq!(after(&fixed, &text), then);
            assert!(
                fixed.left().diagnostics.iter().all(|one| one.rule.name == "from-host-name"),
                "{:#?}",
                fixed.left().diagnostics
            );
        }
    }
    // At the end of a file without a last line end, and in one that has returns.
    let text = format!(
        "apiVersion: keyplan/v1\r\nkind: SSHKey\r\nmetadata: {{name: a, project: b}}\r\nspec:\r\n  publicKey: 'no-pty {key}'"
    );
    let expected = format!("{}\r\n  options: {{pty: false}}", text.replace("no-pty ", ""));
    assert_eq!(after(&fixed_by(&text, Applicability::Safe), &text), expected);
}

/// Where the bytes of a value are not its own, or more than one fix is possible, none is offered.
#[test]
fn nothing_is_offered_where_it_is_not_certain() {
    let (_, key) = PLAIN.split_once(": ").unwrap();
    let block = PLAIN.replace("publicKey: ", "publicKey: |-\n    ").replace(" ops@p", "  ops@p");
    for (piece, wrong) in [
        // Aliases, and what they stand for.
        ("sshKey: ops", "sshKey: &key opps\n  loginUser: *key"),
        ("labels: {tier: \"1.10\",", "labels: {tier: &tier 1.10, other: *tier,"),
        ("labels: {tier: \"1.10\",", "labels: {tier: &tier \"1.10\", other: !!str 1.10,"),
        // A block scalar.
        (PLAIN, &block),
        // A comment line that would be lost.
        (PLAIN, &format!("publicKey: \"# mine\\n{key}\"")),
        // Two that mean the same field.
        ("sshKey: ops", "sshkey: ops\n  SSHKEY: ops"),
        ("sshKey: ops", "sshKey: ops\n  sshkey: ops"),
        // More than one key, or another thing than a name.
        ("sshKey: ops", "sshKeys: [ops, backup]"),
        ("sshKey: ops", "sshKeys: []"),
        ("sshKey: ops", "sshKeys: [&a ops]"),
        ("sshKey: ops", "sshKeys: [1e3]"),
        ("sshKey: ops", "sshKeys: {name: ops}"),
        // Options that sshd would drop, and others that are declared already.
        (PLAIN, &format!("publicKey: 'no-pty,cert-authority {key}'")),
        (PLAIN, &format!("publicKey: 'no-pty {key}'\n  options: {{restrict: true}}")),
    ] {
        let text = with(CLEAN, piece, wrong);
        let found = check(&text);
        assert!(!found.diagnostics.is_empty(), "{wrong}");
        for diagnostic in &found.diagnostics {
            assert!(diagnostic.fix.is_none(), "{wrong}: {diagnostic:#?}");
        }
    }
    let near = with(CLEAN, "metadata: {name: sre}\n", "metadata: {name: srf}\n");
    let near = near.replace(
        "[ana, ben]}   # three\n",
        "[ana]}\n---\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: srg}\nspec: {members: [ben]}\n",
    );
    assert!(check(&near).diagnostics.iter().all(|one| one.fix.is_none()));
}

/// Of a file in which something is masked nothing can be written back.
#[test]
fn a_file_with_a_private_key_in_it_is_left_alone() {
    let secret = "-----BEGIN OPENSSH PRIVATE KEY-----\n  b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n  -----END OPENSSH PRIVATE KEY-----";
    let text = with(CLEAN, "sshKey: ops", "sshkey: ops");
    assert!(check(&text).diagnostics.iter().any(|one| one.fix.is_some()));
    let text = text.replace("# five", &format!("description: |\n  {secret}\n  # five"));
    let found = check(&text);
    assert!(found.diagnostics.iter().any(|one| one.rule.name == "private-key"));
    assert!(found.diagnostics.iter().all(|one| one.fix.is_none()));
}

/// Fixtures that break a rule: each fix is of a kind that its rule says it may offer, its finding is gone
/// afterwards, and a second time nothing changes.
#[test]
fn fixes_of_broken_workspaces_do_what_they_say() {
    let mut offered = BTreeSet::new();
    let rules = repository().join("tests/fixtures/rules").read_dir_utf8().unwrap().map(Result::unwrap);
    let cases = rules.flat_map(|rule| rule.path().read_dir_utf8().unwrap().map(Result::unwrap));
    for case in cases.map(camino::Utf8DirEntry::into_path) {
        let found = check_folder(&case, &Changed::new());
        for diagnostic in &found.diagnostics {
            let Some(fix) = &diagnostic.fix else { continue };
            assert!(diagnostic.rule.fixes.contains(&fix.applicability), "{case}: {diagnostic:#?}");
            offered.insert((diagnostic.rule.name, fix.applicability));
            let source = found.sources.file(fix.file);
            let text = edited(source.text(), &fix.edits);
            let texts = [(source.path().to_owned(), text)].into();
            let rest = check_folder(&case, &texts);
            let is_same =
                |other: &&Diagnostic| other.rule == diagnostic.rule && other.summary == diagnostic.summary;
            let times = |validated: &Validated| validated.diagnostics.iter().filter(is_same).count();
            assert!(times(&rest) < times(&found), "{case}: {diagnostic:#?}");
            let is_known = |new: &&Diagnostic| {
                found.diagnostics.iter().any(|old| old.rule == new.rule && old.summary == new.summary)
            };
            let is_hidden = |new: &&Diagnostic| match diagnostic.rule.name {
                // What has the wrong shape is not looked at any further, and hides the rest of what it is about.
                "unknown-field" | "unknown-kind" | "wrong-type" | "second-key" => true,
                "key-options" => ["unrestricted-command", "from-host-name"].contains(&new.rule.name),
                // What a name means is looked at once it means something.
                _ => fix.applicability == Applicability::Unsafe,
            };
            let new: Vec<_> =
                rest.diagnostics.iter().filter(|one| !is_known(one) && !is_hidden(one)).collect();
            assert!(new.is_empty(), "{case}: {diagnostic:#?}: {new:#?}");
        }
        let check = |changed: &Changed| Ok::<_, Infallible>(check_folder(&case, changed));
        let Ok(once) = fix(Applicability::Unsafe, check);
        let texts: Changed =
            once.files.iter().map(|(path, file)| (path.clone(), file.after.clone())).collect();
        let Ok(again) = fix(Applicability::Unsafe, |changed| {
            let both = texts.iter().chain(changed).map(|(path, text)| (path.clone(), text.clone()));
            check(&both.collect())
        });
        assert!(again.files.is_empty(), "{case}");
    }
    for (piece, rows) in ROWS {
        let found = rows.iter().map(|(wrong, ..)| check(&with(CLEAN, piece, wrong)));
        offered.extend(
            found
                .flat_map(|found| found.diagnostics)
                .filter_map(|one| Some((one.rule.name, one.fix?.applicability))),
        );
    }
    let said = rules::ALL.iter().flat_map(|rule| rule.fixes.iter().map(|kind| (rule.name, *kind)));
    let missing: Vec<_> = said.filter(|kind| !offered.contains(kind)).collect();
    assert!(missing.is_empty(), "nothing shows these fixes: {missing:?}");
}
