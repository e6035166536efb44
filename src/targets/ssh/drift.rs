//! What a file of authorized keys holds, against what is recorded.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::block::KeyFile;
use super::desired::is_expired;
use super::line::{foreign_line, says_something};
use crate::model::{Acceptance, Address, Differences, Edited, ForeignLine, Observed};
use crate::openssh::Fingerprint;
use crate::plan::ClusterAccess;

/// How many foreign lines of a file are named: of many nodes, all are in memory at a time.
const MOST_NAMED: usize = 50;

/// Compares a file with the blocks that belong into it: of each cluster that is there its key, if it has one. One
/// past its last day is not put any more; where it was before that, it may stay.
pub(super) fn compare(file: &[u8], wanted: &BTreeMap<Address, ClusterAccess>, today: Date) -> Observed {
    let file = match KeyFile::parse(file) {
        Ok(file) => file,
        Err(torn) => return Observed::Broken(torn.to_string()),
    };
    let mut differences = Differences::default();
    tell_foreign(&mut differences, &file, &acceptances(wanted, today));
    let keys =
        wanted.iter().filter_map(|(address, access)| Some((address, &access.cluster, access.key.as_ref()?)));
    for (address, cluster, key) in keys.clone() {
        if file.block(address).is_none() {
            if is_expired(key, today) {
                continue;
            }
            differences.missing.push(address.clone());
        } else if !file.has_exactly(address, &[key.authorized_line(cluster.sshd).to_string()]) {
            differences.edited.push(Edited::whole(address.clone()));
        }
    }
    let has_key = |cluster: &Address| keys.clone().any(|(of, ..)| of == cluster);
    let extra = file.clusters().into_iter().filter(|cluster| !has_key(cluster));
    differences.extra = extra.cloned().collect();
    Observed::Known(differences)
}

type Acceptances = BTreeMap<Fingerprint, Acceptance>;

/// What the clusters of a file know. Of several that know one key, the one that accepts it longest counts.
fn acceptances(wanted: &BTreeMap<Address, ClusterAccess>, today: Date) -> Acceptances {
    let lasts = |acceptance: &Acceptance| (acceptance.known.until.is_none(), acceptance.known.until);
    let mut longest = Acceptances::new();
    for (address, access) in wanted {
        for known in &access.cluster.known_keys {
            let acceptance = Acceptance {
                cluster: address.clone(),
                known: known.clone(),
                is_expired: known.is_expired(today),
            };
            if longest.get(&known.fingerprint).is_none_or(|other| lasts(other) < lasts(&acceptance)) {
                longest.insert(known.fingerprint, acceptance);
            }
        }
    }
    longest
}

/// Counts the foreign lines of a file, and names the first ones.
fn tell_foreign(differences: &mut Differences, file: &KeyFile, acceptances: &Acceptances) {
    for (number, line) in file.numbered_foreign().filter(|(_, line)| says_something(line)) {
        let line = foreign_line(number, line);
        let acceptance = line.key.and_then(|key| acceptances.get(&key));
        differences.foreign_lines += 1;
        differences.unknown_lines += usize::from(acceptance.is_none_or(|acceptance| acceptance.is_expired));
        if differences.foreign.len() < MOST_NAMED {
            differences.foreign.push(ForeignLine { acceptance: acceptance.cloned(), ..line });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use jiff::civil::Date;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::{MOST_NAMED, compare};
    use crate::model::{
        Address, Cloud, Cluster, Differences, Edited, ForeignLine, KnownKey, Metadata, Name, Observed, SshKey,
    };
    use crate::openssh::{Fingerprint, PublicKey, SharedOptions};
    use crate::plan::ClusterAccess;

    const TODAY: Date = jiff::civil::date(2026, 1, 1);
    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn key() -> SshKey {
        SshKey {
            project: name("payments"),
            name: name("ops"),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(LINE).unwrap(),
            owner: None,
            expires: None,
            options: SharedOptions::default(),
        }
    }

    fn address(cluster: &str) -> Address {
        Address::parse(&format!("cluster/payments/{cluster}")).unwrap()
    }

    fn cluster(of: &str, has_key: bool, known_keys: Vec<KnownKey>) -> (Address, ClusterAccess) {
        let cluster = Cluster {
            project: name("payments"),
            name: name(of),
            metadata: Metadata::default(),
            ssh_key: has_key.then(|| name("ops")),
            cloud: Cloud::default(),
            login_user: "spectro".into(),
            nodes: Vec::new(),
            sshd: None,
            known_keys,
        };
        (address(of), ClusterAccess { cluster: cluster.into(), key: has_key.then(|| Arc::new(key())) })
    }

    fn block(cluster: &str, line: &str) -> String {
        let marker = |end: &str| format!("# {end} MANAGED BY keyplan cluster/payments/{cluster}\n");
        format!("{}{line}\n{}", marker("BEGIN"), marker("END"))
    }

    #[test]
    fn each_difference_has_its_name() {
        let line = key().authorized_line(None).to_string();
        let wanted: BTreeMap<_, _> = [
            cluster("edited", true, Vec::new()),
            cluster("keyless", false, Vec::new()),
            cluster("keyless and there", false, Vec::new()),
            cluster("missing", true, Vec::new()),
            cluster("right", true, Vec::new()),
        ]
        .into();
        let file = format!(
            "restrict {LINE} ana's \tlaptop\n\n# a comment\n{}{}{}{}last",
            block("edited", &format!("{line}\n{line}")),
            block("keyless and there", &line),
            block("right", &line),
            block("unheard of", "")
        );
        let foreign = |number, key, comment: &str| ForeignLine {
            number,
            key,
            comment: comment.into(),
            acceptance: None,
        };
        let expected = Differences {
            missing: vec![address("missing")],
            extra: vec![address("keyless and there"), address("unheard of")],
            edited: vec![Edited::whole(address("edited"))],
            foreign_lines: 2,
            unknown_lines: 2,
            foreign: vec![
                foreign(1, Some(*key().public_key.fingerprint()), "ana's \tlaptop"),
                foreign(17, None, ""),
            ],
        };
        assert_eq!(compare(file.as_bytes(), &wanted, TODAY), Observed::Known(expected));
        let one = [cluster("right", true, Vec::new())].into();
        assert!(!compare(block("right", &line).as_bytes(), &one, TODAY).is_drift());
        assert!(compare(&file.as_bytes()[..200], &wanted, TODAY).is_drift());
    }

    /// What sshd reads as a key, another one for each number.
    fn encoded(number: u8) -> (String, Fingerprint) {
        let blob = [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], &[number; 32]].concat();
        (data_encoding::BASE64.encode(&blob), Fingerprint::of(&blob))
    }

    fn known(number: u8, until: Option<Date>) -> KnownKey {
        KnownKey { fingerprint: encoded(number).1, reason: format!("reason {number}").into(), until }
    }

    /// Keys that a cluster knows, each once: yesterday was the last day, today is, or there is none.
    fn known_keys() -> impl Strategy<Value = Vec<KnownKey>> {
        let until = prop_oneof![Just(None), Just(Some(TODAY)), Just(TODAY.yesterday().ok())];
        vec(option::of(until), 4).prop_map(|all| {
            (0..).zip(all).filter_map(|(number, until)| Some(known(number, until?))).collect()
        })
    }

    fn seen(file: &str, wanted: &BTreeMap<Address, ClusterAccess>) -> Differences {
        match compare(file.as_bytes(), wanted, TODAY) {
            Observed::Known(differences) => differences,
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn a_foreign_line_is_known_where_a_cluster_accepts_its_key_today(
            lines in vec(0u8..5, 0..60),
            (one, two) in (known_keys(), known_keys()),
        ) {
            let wanted = [cluster("one", false, one.clone()), cluster("two", false, two.clone())].into();
            let file = lines.iter().map(|key| format!("ssh-ed25519  {} key {key}\n", encoded(*key).0));
            let file = file.collect::<Vec<_>>().concat();
            let all = || [("one", &one), ("two", &two)].into_iter().flat_map(|(name, known)| {
                known.iter().map(move |known| (name, known))
            });
            let of = |key: u8| all().filter(move |(_, known)| known.fingerprint == encoded(key).1);
            let accepts = |key: u8| of(key).any(|(_, known)| known.until.is_none_or(|last| TODAY <= last));
            let differences = seen(&file, &wanted);
            prop_assert_eq!(differences.foreign_lines, lines.len());
            prop_assert_eq!(differences.unknown_lines, lines.iter().filter(|key| !accepts(**key)).count());
            prop_assert_eq!(differences.foreign.len(), lines.len().min(MOST_NAMED));
            for (line, key) in differences.foreign.iter().zip(&lines) {
                prop_assert_eq!(&line.comment, &format!("key {key}"));
                prop_assert_eq!(line.acceptance.is_some(), of(*key).next().is_some());
                let Some(acceptance) = &line.acceptance else { continue };
                prop_assert_eq!(acceptance.is_expired, !accepts(*key));
                let is_declared =
                    of(*key).any(|(name, known)| (address(name), known) == (acceptance.cluster.clone(), &acceptance.known));
                prop_assert!(is_declared);
            }
        }

        #[test]
        fn what_clusters_know_is_no_drift_of_blocks(one in known_keys(), has_block in any::<bool>()) {
            let file = if has_block { block("one", &key().authorized_line(None).to_string()) } else { String::new() };
            let [with, without] = [one, Vec::new()].map(|known| seen(&file, &[cluster("one", true, known)].into()));
            prop_assert_eq!(with, without);
        }
    }

    #[test]
    fn a_known_key_in_another_place_of_a_line_makes_no_other_key_known() {
        let wanted = [cluster("one", false, vec![known(0, None)])].into();
        let (ours, theirs) = (encoded(0).0, encoded(1).0);
        for (line, unknown) in [
            (format!("restrict ssh-ed25519 {ours} {theirs}"), 0),
            (format!("command=\"x {ours} y\" ssh-ed25519 {theirs}"), 1),
            (format!("environment=\"A={ours}\",pty ssh-ed25519\t{theirs} ssh-ed25519 {ours}"), 1),
            (format!("# ssh-ed25519 {ours}\nssh-ed25519 {theirs}"), 1),
            (format!("ssh-ed25519 {theirs} {ours}"), 1),
            ("no key".into(), 1),
        ] {
            assert_eq!(seen(&line, &wanted).unknown_lines, unknown, "{line}");
        }
    }
}
