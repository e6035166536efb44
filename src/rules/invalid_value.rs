//! A value that its field does not take.

use crate::diagnostics::{Finding, Rule, Severity, Where, nearest, quoted};

/// A value that its field does not take.
pub static RULE: Rule = Rule {
    name: "invalid-value",
    severity: Severity::Error,
    fixed: true,
    summary: "a value that its field does not take",
    docs: "\
### What it does
Finds values that have the right type, but that their field does not take: a date that is not in the calendar,
an address that no node can have, a login user that no system accepts, a fingerprint in another form than
`SHA256:...`, an unknown cloud, and in `keyplan.yaml` a budget, a state store, a target or a rule setting that
does not exist. A setting for a rule that is fixed is such a value too.

### Why
Each of these values decides something later: when a key ends, which machine is asked, what a guard allows. A
wrong one would fail then, or be taken for something else in silence.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
  cloud: vsfere              # did you mean `vsphere`?
  nodes: [\"10.0.0.11:99999\"] # ports end at 65535
```

### Remedy
Correct the value; the finding says what the field takes. A date is written `2027-06-30`. A node is a host
name or an IP address, with `:PORT` if it is not 22; an IPv6 address with a port is written
`\"[fd00::11]:2222\"`. The clouds are vsphere, maas, edge-native, azure, aks, aws, eks, cloudstack, gcp, gke
and generic. A rule that is fixed cannot be lowered or turned off: delete its line.
",
};

/// A value that its field does not take. `cannot` begins the headline, as in "`expires` cannot be".
#[must_use]
pub fn finding(at: Where, cannot: &str, value: &str, why: &str, help: &str) -> Finding {
    RULE.finding(format!("{cannot} {}", quoted(value))).label(at, why).help(help)
}

/// A value that is none of the words that its field takes.
#[must_use]
pub fn not_one_of(at: Where, cannot: &str, value: &str, words: &[&str]) -> Finding {
    let help = match nearest(value, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}", words.join(", ")),
    };
    RULE.finding(format!("{cannot} {}", quoted(value))).label(at, "unknown value").help(help)
}
