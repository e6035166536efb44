//! A plan that gives access where none may be given.

use crate::diagnostics::{Check, Rule, Severity};

/// A plan that gives access where none may be given.
pub static RULE: Rule = Rule {
    name: "new-access",
    severity: Severity::Error,
    fixed: true,
    summary: "a plan that gives access, with `--no-new-access`",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
With `keyplan plan --no-new-access`, refuses a plan by which anybody or anything gains access, and ends with
5: a cluster gets a key, another key, another login user or more nodes; a key gets wider options, a later last
day or none, or people who did not hold it; a person gains a role in a project. What takes access away is no
gain, nor is a new name. Options are wider unless it is certain that they allow no more: another `command` is
wider.

### Why
Most pull requests are not meant to let anybody in. A job that checks this by itself leaves to people those
that are.

### Example
```sh
keyplan plan --base origin/main --no-new-access access
```
with, in the change:
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
  loginUser: root                    # it was spectro
```

### Remedy
Read the block `Access` of the plan. If it is meant, have it approved by those who answer for access, and run
the job without `--no-new-access`.
",
};
