//! A change that gives access, which nobody who may has approved.

use crate::diagnostics::{Check, Rule, Severity};

/// A change that gives access, which nobody who may has approved.
pub static RULE: Rule = Rule {
    name: "needs-approval",
    severity: Severity::Error,
    fixed: true,
    summary: "a change that gives access, which nobody who may has approved, with `--author`",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
With `keyplan plan --base REV --author A --approved-by B,C`, refuses a change that gives access unless one
of those who answer for it has approved it, and ends with 5. Who they are is read at the base, so that no
change gives its author the right to approve it:

- access to the clusters of a project: a Project Admin or Cluster Admin of it;
- members and roles of a project: a Project Admin of it;
- members of teams, new projects, `keyplan.yaml` and access tests: one of `owners` in `keyplan.yaml`.

Neither the author nor anybody who gains access by the change counts. To take away a protection needs the
same; to take away access needs nobody. `people` in `keyplan.yaml` tells which login at the forge is which
user: where it names any, other logins do not count.

### Why
A forge asks for any approval of any reviewer. Who may let people into a cluster is declared here.

### Example
```sh
keyplan plan --base origin/main --author \"$AUTHOR\" --approved-by \"$APPROVED_BY\" access
```
with, in `keyplan.yaml` at the base:
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  owners: [team:security]
  people: {dana: dana@example.com}
```

### Remedy
Have it approved by one of those whom the refusal names. Where nobody is left who could, split the change,
or give the role to a second person in a change of its own. As long as the base names no `owners`,
somebody who may push past the check has to add them once.
",
};
