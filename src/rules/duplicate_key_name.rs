//! Two keys of one project with the same name.

use super::repeats::{all_places, repeats};
use crate::diagnostics::{Finding, Rule, Severity};
use crate::model::Resources;

/// Two keys of one project with the same name.
pub static RULE: Rule = Rule {
    name: "duplicate-key-name",
    severity: Severity::Error,
    fixed: true,
    summary: "two keys of one project with the same name",
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
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for group in
        repeats(&resources.keys, |one, other| (&one.project, &one.name) == (&other.project, &other.name))
    {
        let key = &group[0].value;
        let fingerprint =
            |index: usize| group[index].value.public_key.as_ref().map(crate::openssh::PublicKey::fingerprint);
        let same = (1..group.len())
            .all(|index| fingerprint(index).is_some() && fingerprint(index) == fingerprint(0));
        let help = if same {
            "they are the same key: delete all but one of them"
        } else {
            "they are different keys: give each a name of its own"
        };
        let finding =
            RULE.finding(format!("project `{}` has {} keys named `{}`", key.project, group.len(), key.name));
        findings.push(all_places(finding, group).help(help));
    }
}
