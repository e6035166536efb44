//! A key of which nobody is the owner.

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::Resources;

/// A key of which nobody is the owner.
pub static RULE: Rule = Rule {
    name: "missing-owner",
    severity: Severity::Off,
    fixed: false,
    summary: "a key without `owner`",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds SSH keys without `spec.owner`. It is off until `keyplan.yaml` says `rules: {missing-owner: error}`, or
`warning`.

### Why
Who can log in with a key that has no owner is not known: `keyplan who` counts such keys apart, and an access
test that is about people fails. When a person leaves, nobody can say whether the key has to go as well.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...     # and no `owner` beside it
```

### Remedy
Write whose key it is: `owner: ana@example.com` for a person, `owner: team:sre` for a team whose members share
it. Of a key that a machine has, the owner is who looks after the machine. If nobody knows, replace the key.
",
};

/// Finds keys without an owner. What else is an error of a key comes first: its owner may be what could not be read.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let ownerless = resources.keys.iter().filter(|key| key.value.owner.is_none());
    for key in ownerless.filter(|key| !resources.faulty.contains(&key.origin)) {
        findings.push(
            RULE.finding(format!("the key `{}/{}` has no owner", key.value.project, key.value.name))
                .label(name_of(key.origin), "nobody knows who holds this key")
                .help("write whose key it is below `spec`: `owner: ana@example.com` or `owner: team:sre`"),
        );
    }
}
