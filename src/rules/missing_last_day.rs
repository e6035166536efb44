//! A key that does not expire.

use jiff::ToSpan;

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::Resources;

/// A key that does not expire.
pub static RULE: Rule = Rule {
    name: "missing-last-day",
    severity: Severity::Off,
    fixed: false,
    summary: "a key without `expires`",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds SSH keys without `spec.expires`. It is off until `keyplan.yaml` says `rules: {missing-last-day: error}`,
or `warning`.

### Why
A key without a last day opens its clusters until it is taken away by hand. With one, `expiring-key` asks for
a new key in time, and a key that everybody forgot closes by itself. Where a policy wants a day on every key,
a review finds the one without it only by reading all.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...     # and no `expires` beside it
  owner: team:sre
```

### Remedy
Write the last day on which the key is to be valid, as in `expires: 2027-06-30`. To say how far away it may
be, or for some clusters only, write an `AccessTest` with `key: {lastDayWithin: 180d}` in place of this rule.
",
};

/// Finds keys without a last day. What else is an error of a key comes first: its day may be what could not be read.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let in_a_year = resources.today.saturating_add(1.year());
    let lasting = resources.keys.iter().filter(|key| key.value.expires.is_none());
    for key in lasting.filter(|key| !resources.faulty.contains(&key.origin)) {
        findings.push(
            RULE.finding(format!("the key `{}/{}` has no last day", key.value.project, key.value.name))
                .label(name_of(key.origin), "this key is valid for ever")
                .help(format!("write its last day below `spec`, as in `expires: {in_a_year}`")),
        );
    }
}
