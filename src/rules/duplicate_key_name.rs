//! Two keys of one project with the same name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::repeats::duplicates;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{DeclaredKey, Resources, SshKey};
use crate::openssh::PublicKey;

/// Two keys of one project with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-key-name",
    severity: Severity::Error,
    fixed: true,
    summary: "two keys of one project with the same name",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two keys of one project with the same name. Both places are shown, also in two files.

### Why
A cluster names its key by the name alone. If `ops` can mean two public keys, then who can log in depends on
which of them is picked. A key of the same name in another project is no duplicate.

### Example
```yaml
# keys/ops.yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
# keys/ops-2026.yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}     # the file has a new name, the key has not
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAJ...}
```

### Remedy
To replace a key, change `publicKey` in the document that is there. To have both for a while, give the new one
its own name, such as `ops-2026`, and move the clusters to it one by one with `sshKey: ops-2026`.
",
};

/// Finds keys with the same name in one project.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let tell = |group: &[DeclaredKey]| {
        let key = &group[0].value;
        let fingerprints: BTreeSet<_> =
            group.iter().map(|key| key.value.public_key.as_ref().map(PublicKey::fingerprint)).collect();
        let is_one_key = fingerprints.len() == 1 && !fingerprints.contains(&None);
        let headline = format!("project `{}` has {} keys named `{}`", key.project, group.len(), key.name);
        let help = if is_one_key {
            "they are the same key: delete all but one of them"
        } else {
            "they are different keys: give each a name of its own"
        };
        Some((headline, help))
    };
    let is_same = |one: &Arc<SshKey<_>>, other: &Arc<SshKey<_>>| (&one.project, &one.name) == (&other.project, &other.name);
    duplicates(&RULE, &resources.keys, is_same, tell, findings);
}
