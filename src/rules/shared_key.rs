//! The same key material under two names.

use super::repeats::name_of;
use crate::diagnostics::{Finding, Rule, Severity};
use crate::model::{Declared, PublicKey, Resources, SshKey};

/// The same key material under two names.
pub static RULE: Rule = Rule {
    name: "shared-key",
    severity: Severity::Error,
    fixed: false,
    summary: "the same key material under two names",
    docs: "\
### What it does
Finds two keys with the same public key. Comments do not count: keys are the same when their SHA256
fingerprints are. Within one project this is an error, across projects a warning. Both places are shown.

### Why
Two names look like two keys. Who deletes `backup` believes that its holder is locked out, but the same
private key still opens every cluster that has `ops`. Across projects it can be meant, for one team that
serves both; still, one stolen private key then opens both.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops@payments}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: backup, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... backup@payments}  # only the comment differs
```

### Remedy
If one key was pasted by mistake, get the right one: `fingerprint` guards against this. If both are meant,
keep one name and let the clusters of the other use it. A key in two projects is best replaced by one key for
each. If it is to stay, set `rules: {shared-key: warning}` or `off` in `keyplan.yaml`; it holds for the
workspace.
",
};

/// Finds the same public key under two names: an error within a project, a warning across projects.
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let keys =
        resources.keys.iter().filter_map(|key| Some((key.value.public_key.as_ref()?.fingerprint(), key)));
    let mut keys: Vec<_> = keys.collect();
    keys.sort_by_key(|(fingerprint, key)| (*fingerprint, key.origin));
    for group in keys.chunk_by(|one, other| one.0 == other.0) {
        for (number, (_, key)) in group.iter().enumerate() {
            let earlier = group[..number].iter().map(|(_, earlier)| *earlier);
            let earlier: Vec<_> = earlier.filter(|earlier| !same_name(earlier, key)).collect();
            let in_project = earlier.iter().find(|earlier| earlier.value.project == key.value.project);
            match (in_project, earlier.first()) {
                (Some(first), _) => findings.push(finding(first, key)),
                (None, Some(first)) => findings.push(finding(first, key).as_warning()),
                (None, None) => {}
            }
        }
    }
}

type Key = Declared<SshKey<Option<PublicKey>>>;

fn same_name(one: &Key, other: &Key) -> bool {
    one.value.project == other.value.project && one.value.name == other.value.name
}

fn finding(first: &Key, second: &Key) -> Finding {
    let names = [first, second].map(|key| format!("`{}/{}`", key.value.project, key.value.name));
    RULE.finding(format!("{} and {} are the same key", names[0], names[1]))
        .label(name_of(second.origin), "the same key again, under this name")
        .label(name_of(first.origin), "first declared here")
        .help("keep one name for it, or make a second key: `ssh-keygen -t ed25519`")
}
