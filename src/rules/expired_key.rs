//! A key past its last day.

use jiff::civil::Date;

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::Resources;
use crate::source::Route;

/// A key past its last day.
pub static RULE: Rule = Rule {
    name: "expired-key",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key past its last day",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds keys whose `spec.expires` has passed. The day itself still counts: a key with `expires: 2027-06-30`
is expired from the start of 1 July 2027, UTC.

### Why
Someone decided how long this key was to be trusted, and that time is over. It opens nothing any more: the
line on a node has the day as `expiry-time`, and sshd refuses the key from then on; `keyplan
authorized-keys` and `keyplan render` leave it out. Its clusters have no way in until they get another
key. It is a warning, because a key that has ended must not stop the change that replaces it, nor any
other.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  owner: team:sre
  expires: 2024-06-30        # long ago
```

### Remedy
Ask the owner for a new public key, put it in `publicKey` and set a new date; the plan lists the clusters
that the change reaches. If nobody needs the key, delete it and take it from its clusters. If the key is
to live on, a later `expires` in a reviewed change says so in the open. Set `rules: {expired-key: error}`
in `keyplan.yaml` if nothing is to be applied before that is done.
",
};

/// Finds keys whose last day is over.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for key in &resources.keys {
        if let Some(day) = key.value.expires.filter(|&day| day < resources.today) {
            findings.push(
                RULE.finding(format!("the key `{}/{}` has expired", key.value.project, key.value.name))
                    .label(
                        Location::Value(key.origin, Route::fields(["spec", "expires"])),
                        format!("its last day was {}", days_ago(resources.today, day)),
                    )
                    .detail("it opens nothing any more")
                    .help("replace it by a new key, or write a later `expires` if it is to live on"),
            );
        }
    }
}

fn days_ago(today: Date, day: Date) -> String {
    match (today - day).get_days() {
        1 => "yesterday".into(),
        days => format!("{days} days ago"),
    }
}
