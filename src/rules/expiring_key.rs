//! A key whose last day is near.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::Resources;
use crate::source::Route;

/// A key whose last day is near.
pub static RULE: Rule = Rule {
    name: "expiring-key",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key whose last day is within 30 days",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds keys whose `spec.expires` is today or within the next 30 days. Days are counted in UTC. Once the day
has passed, the key is found by `expired-key` instead.

### Why
An expired key opens nothing, so that its clusters have no way in, from a day on that nobody waits for.
Thirty days are time to ask the owner for a new key and to have the change reviewed.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  owner: team:sre
  expires: 2027-06-30        # found from 31 May 2027 on
```

### Remedy
Replace `publicKey` with a new one from the owner, and set a new date. If the key is not needed any more,
delete it and take it from its clusters before the day comes. To be stopped early rather than warned, set
`rules: {expiring-key: error}` in `keyplan.yaml`.
",
};

/// How many days before its last one a key is reported.
const DAYS: i32 = 30;

/// Finds keys whose last day is near.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for key in &resources.keys {
        let Some(day) = key.value.expires else { continue };
        let left = (day - resources.today).get_days();
        if !(0..=DAYS).contains(&left) {
            continue;
        }
        let when = match left {
            0 => "today".into(),
            1 => "tomorrow".into(),
            days => format!("in {days} days"),
        };
        findings.push(
            RULE.finding(format!("the key `{}/{}` expires {when}", key.value.project, key.value.name))
                .label(Location::Value(key.origin, Route::fields(["spec", "expires"])), "this is its last day")
                .help("bring a new key, move its clusters to it, then delete this one"),
        );
    }
}
