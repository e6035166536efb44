//! A key that clusters have, and that someone who holds it no longer may still have.

use crate::diagnostics::{Check, Rule, Severity};

/// A key that clusters have, and that someone who holds it no longer may still have.
pub static RULE: Rule = Rule {
    name: "former-holder",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key that clusters have, and that someone who holds it no longer may still have",
    check: Check::Plan,
    fixes: &[],
    docs: "\
### What it does
Looks at what is declared beside the former holders of keys, whom the state remembers: people who owned a key,
or were in the team that owns it. Where clusters are to have that very key, `plan` notes it, also when nothing
changes. Whoever holds the key again, by any name of it, is not told of.

At `warning` it is a note, and stops nothing. At `error` a plan that leaves such a key in place cannot be
applied, whatever else is in it. The plan in which someone leaves can: it says so itself. `validate` knows no
state, and `plan --base` asks none: neither tells of it.

### Why
Nobody takes a private key back from the laptop of someone who left. The plan in which they leave says so
once. Until the clusters have another key, they still get in.

### Example
```yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com]}          # ben@example.com was here when it was last applied
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI..., owner: team:sre}    # still the same key
```

### Remedy
Have a new key made, as with `ssh-keygen -t ed25519`, and put its public half in place of the old one. A plan
that does that says nothing any more. `keyplan who` names the people and their clusters. If all private halves
are known to be gone, set `rules: {former-holder: off}` in `keyplan.yaml`; it holds for the workspace.
",
};
