//! What a file of authorized keys holds, against what is recorded.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::block::KeyFile;
use super::desired::{KeyGrant, is_expired};
use super::line::{foreign_line, says_something};
use crate::model::{Address, Differences, Edited, Observed};

/// How many foreign lines of a file are named: of many nodes, all are in memory at a time.
const MOST_NAMED: usize = 50;

/// Compares a file with the blocks that belong into it: of each cluster that is there its key, if it has one. One
/// past its last day is not put any more; where it was before that, it may stay.
pub(super) fn compare(file: &[u8], wanted: &BTreeMap<Address, Option<KeyGrant>>, today: Date) -> Observed {
    let file = match KeyFile::parse(file) {
        Ok(file) => file,
        Err(torn) => return Observed::Broken(torn.to_string()),
    };
    let mut differences = Differences {
        foreign_lines: file.foreign_lines(),
        foreign: file
            .numbered_foreign()
            .filter(|(_, line)| says_something(line))
            .take(MOST_NAMED)
            .map(|(number, line)| foreign_line(number, line))
            .collect(),
        ..Differences::default()
    };
    let keys = wanted.iter().filter_map(|(cluster, key)| Some((cluster, key.as_ref()?)));
    for (cluster, (key, sshd)) in keys.clone() {
        if file.block(cluster).is_none() {
            if is_expired(key, today) {
                continue;
            }
            differences.missing.push(cluster.clone());
        } else if !file.has_exactly(cluster, &[key.authorized_line(*sshd).to_string()]) {
            differences.edited.push(Edited::whole(cluster.clone()));
        }
    }
    let has_key = |cluster: &Address| keys.clone().any(|(of, _)| of == cluster);
    let extra = file.clusters().into_iter().filter(|cluster| !has_key(cluster));
    differences.extra = extra.cloned().collect();
    Observed::Known(differences)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use jiff::civil::Date;

    use super::{KeyGrant, compare};
    use crate::model::{Address, Differences, Edited, ForeignLine, Metadata, Name, Observed, SshKey};
    use crate::openssh::{PublicKey, SharedOptions};

    const TODAY: Date = jiff::civil::date(2026, 1, 1);
    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    fn key() -> KeyGrant {
        let key = SshKey {
            project: Name::parse("payments").unwrap(),
            name: Name::parse("ops").unwrap(),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(LINE).unwrap(),
            owner: None,
            expires: None,
            options: SharedOptions::default(),
        };
        (Arc::new(key), None)
    }

    fn block(cluster: &str, line: &str) -> String {
        let marker = |end: &str| format!("# {end} MANAGED BY keyplan cluster/payments/{cluster}\n");
        format!("{}{line}\n{}", marker("BEGIN"), marker("END"))
    }

    #[test]
    fn each_difference_has_its_name() {
        let cluster = |name: &str| Address::parse(&format!("cluster/payments/{name}")).unwrap();
        let line = key().0.authorized_line(None).to_string();
        let wanted: BTreeMap<_, _> = [
            (cluster("edited"), Some(key())),
            (cluster("keyless"), None),
            (cluster("keyless and there"), None),
            (cluster("missing"), Some(key())),
            (cluster("right"), Some(key())),
        ]
        .into();
        let file = format!(
            "restrict {LINE} ana's \tlaptop\n\n# a comment\n{}{}{}{}last",
            block("edited", &format!("{line}\n{line}")),
            block("keyless and there", &line),
            block("right", &line),
            block("unheard of", "")
        );
        let expected = Differences {
            missing: vec![cluster("missing")],
            extra: vec![cluster("keyless and there"), cluster("unheard of")],
            edited: vec![Edited::whole(cluster("edited"))],
            foreign_lines: 2,
            foreign: vec![
                ForeignLine {
                    number: 1,
                    key: Some(*key().0.public_key.fingerprint()),
                    comment: "ana's \tlaptop".into(),
                },
                ForeignLine { number: 17, key: None, comment: String::new() },
            ],
        };
        assert_eq!(compare(file.as_bytes(), &wanted, TODAY), Observed::Known(expected));
        assert!(
            !compare(block("right", &line).as_bytes(), &[(cluster("right"), Some(key()))].into(), TODAY)
                .is_drift()
        );
        assert!(compare(&file.as_bytes()[..200], &wanted, TODAY).is_drift());
    }
}
