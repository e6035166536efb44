//! A field that stands twice in one mapping.

use crate::diagnostics::{Rule, Severity};

/// A field that stands twice in one mapping.
pub static RULE: Rule = Rule {
    name: "duplicate-field",
    severity: Severity::Error,
    fixed: true,
    summary: "a field that stands twice in one mapping",
    docs: "\
### What it does
Finds a field that occurs twice in the same mapping. Both places are shown.

### Why
YAML does not allow it, but readers differ: some keep the first value, some the last, some complain. So the
reviewer may believe one value while a tool uses the other. It is most often left over from a merge of two
branches that both added the field.

`sshKey` twice on one cluster with different values is found by `second-key`.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
  loginUser: spectro
  loginUser: ubuntu          # which of the two is it?
```

### Remedy
Keep the line that is right and delete the other. For a list, join the items under one field.
",
};
