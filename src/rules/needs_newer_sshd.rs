//! A key that the sshd of a cluster's nodes does not understand.

use std::sync::Arc;

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::{Cluster, Declared, DeclaredKey, Resources};
use crate::openssh::{KeyType, Need, Needed, OpenSshVersion, PublicKey};
use crate::source::Route;

/// A key that the sshd of a cluster's nodes does not understand.
pub static RULE: Rule = Rule {
    name: "needs-newer-sshd",
    severity: Severity::Error,
    fixed: false,
    summary: "a key that the sshd on the nodes is too old for",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds clusters with a key whose line the OpenSSH on their nodes does not understand. `sshd` of a cluster
says which one that is: the oldest on its nodes. An older one than the line needs is an error. Where
nothing is said, what needs more than OpenSSH 8.0 is a warning.

The types `sk-…` need 8.2, Ed25519 6.5 and ML-DSA-44 10.5; the options `restrict` 7.2, `permitlisten` 7.8,
`no-touch-required` 8.2 and `verify-required` 8.4. `expires` needs 9.1. Where `sshd` says an older one,
from 7.7 on, the day is written without a time zone, and two days later: the key then opens on all of its
last day wherever the node is, and up to 36 hours longer.

### Why
sshd drops a line of which it does not understand one word, and tells nobody but its debug log. The key
then opens nothing, and the old one is gone. Debian 11 has OpenSSH 8.4, Ubuntu 22.04 has 8.9, RHEL 8 has
8.0 and RHEL 9 has 8.7: none of them knows a day in UTC.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  expires: 2027-06-30        # needs OpenSSH 9.1, or `sshd` in the cluster
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
```

### Remedy
Run `ssh -V` on the nodes, and write the oldest version in the cluster, as in `sshd: \"8.4\"`. If the line
still needs more, take the option away, use a key of another type, or update the nodes and then `sshd`.
",
};

/// What every sshd still in use understands, where nothing is said: RHEL 8 has it.
const TAKEN_FOR_GRANTED: OpenSshVersion = OpenSshVersion::new(8, 0);

/// Finds clusters whose nodes do not understand the line of their key, and keys of which that is not known.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for part in resources.by_project() {
        // In most projects there is nothing to look up.
        let is_quiet = |cluster: &Declared<Arc<Cluster>>| cluster.value.sshd.is_none();
        if part.keys.iter().all(is_plain) && part.clusters.iter().all(is_quiet) {
            continue;
        }
        let mut unsaid = vec![Vec::new(); part.keys.len()];
        for cluster in part.clusters {
            let number = cluster.value.ssh_key.as_ref().and_then(|name| part.number_of_key(name));
            let Some(number) = number else { continue };
            let key = &part.keys[number];
            match cluster.value.sshd {
                None if is_plain(key) => {}
                None => unsaid[number].push(cluster),
                Some(sshd) => {
                    let too_new = needs_of(key, Some(sshd)).into_iter().filter(|need| need.since > sshd);
                    findings.extend(too_new.map(|need| too_old(cluster, sshd, key, &need)));
                }
            }
        }
        findings.extend(part.keys.iter().zip(&unsaid).filter_map(|(key, clusters)| not_said(key, clusters)));
    }
}

/// Whether nothing of a key needs more than a common sshd, as of most keys.
fn is_plain(key: &DeclaredKey) -> bool {
    let is_common = |key_type| matches!(key_type, KeyType::Ed25519 | KeyType::Rsa);
    let value = &key.value;
    let key_type = value.public_key.as_ref().map(PublicKey::key_type);
    value.expires.is_none() && value.options.is_none() && key_type.is_none_or(is_common)
}

fn needs_of(key: &DeclaredKey, sshd: Option<OpenSshVersion>) -> Vec<Need> {
    let accepted = Arc::unwrap_or_clone(key.value.clone()).accepted();
    accepted.map(|key| key.needs(sshd)).unwrap_or_default()
}

fn too_old(
    cluster: &Declared<Arc<Cluster>>,
    sshd: OpenSshVersion,
    key: &DeclaredKey,
    Need { what, since }: &Need,
) -> Finding {
    let Cluster { project, name, .. } = &*cluster.value;
    let help = match what {
        Needed::KeyType(_) => "give the cluster a key of another type, or update its nodes and then `sshd`",
        Needed::Option(_) | Needed::Expiry | Needed::ExpiryInUtc => {
            "take it from the key, or update the nodes and then `sshd`"
        }
    };
    RULE.finding(format!("the sshd of cluster `{project}/{name}` would drop its key"))
        .label(
            Location::Value(cluster.origin, Route::fields(["spec", "sshd"])),
            format!("OpenSSH {sshd} does not understand {what}"),
        )
        .label(place(key, *what), format!("this needs OpenSSH {since}"))
        .help(help)
}

/// The one finding for a key of several clusters that do not say what their nodes have.
fn not_said(key: &DeclaredKey, clusters: &[&Declared<Arc<Cluster>>]) -> Option<Finding> {
    let first = clusters.first()?;
    let is_told_elsewhere = |what| matches!(what, Needed::KeyType(KeyType::MlDsa44Ed25519));
    let need = needs_of(key, None)
        .into_iter()
        .filter(|need| need.since > TAKEN_FOR_GRANTED && !is_told_elsewhere(need.what))
        .max_by_key(|need| need.since)?;
    let Need { what, since } = need;
    let others = match clusters.len() - 1 {
        0 => String::new(),
        1 => ", and one more".to_owned(),
        more => format!(", and {more} more"),
    };
    let what_then = match what {
        Needed::ExpiryInUtc => "; before 9.1 the day is then written without a time zone",
        Needed::KeyType(_) | Needed::Option(_) | Needed::Expiry => "",
    };
    Some(
        RULE.finding(format!("the key `{}/{}` needs OpenSSH {since} on its nodes", key.value.project, key.value.name))
            .label(place(key, what), format!("an older sshd drops a key with {}", short(what)))
            .label(name_of(first.origin), format!("this cluster does not say which it has{others}"))
            .help(format!("write the oldest OpenSSH of its nodes in the cluster, as in `sshd: \"9.2\"`{what_then}"))
            .as_warning(),
    )
}

fn short(what: Needed) -> &'static str {
    match what {
        Needed::KeyType(_) => "this type",
        Needed::Option(_) => "this option",
        Needed::Expiry | Needed::ExpiryInUtc => "a day in UTC",
    }
}

/// The field of a key that needs something.
fn place(key: &DeclaredKey, what: Needed) -> Location {
    let option = |name| Route::fields(["spec", "options", name]);
    let route = match what {
        Needed::KeyType(_) => return name_of(key.origin),
        Needed::Option("permitlisten") => option("permitListen"),
        Needed::Option("no-touch-required") => option("touchRequired"),
        Needed::Option("verify-required") => option("verifyRequired"),
        Needed::Option(name) => option(name),
        Needed::Expiry | Needed::ExpiryInUtc => Route::fields(["spec", "expires"]),
    };
    Location::Value(key.origin, route)
}
