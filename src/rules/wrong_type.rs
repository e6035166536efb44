//! A value of a type that its field does not take.

use crate::diagnostics::{Rule, Severity};

/// A value of a type that its field does not take.
pub static RULE: Rule = Rule {
    name: "wrong-type",
    severity: Severity::Error,
    fixed: true,
    summary: "a value of the wrong type",
    docs: "\
### What it does
Finds values of the wrong type: a number where a text belongs, a text where a list belongs, and so on. It also
finds texts that YAML readers take for something else when they are not quoted, such as `no`, `0123` and
`1e3`.

### Why
keyplan reads YAML 1.2, core schema, where `0123` is the number 123 and `1e3` is the number 1000; other tools
still read YAML 1.1, where `no` is false. If keyplan turned such values into text on its own, the name in the
plan could differ from the name in the file. So it asks for quotes, and shows the quoted form.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata:
  name: 0123                 # a number to YAML: write \"0123\"
  project: payments
  labels: {canary: no}       # false to many readers: write \"no\"
spec:
  sshKey: ops
  nodes: 10.0.0.11           # a list: write [10.0.0.11]
```

### Remedy
Write the value as the finding shows it: quotes around a text, brackets or dashes for a list, no quotes around
`true`, `false` and numbers where a field wants those.
",
};
