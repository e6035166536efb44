//! The same key material under two names.

use crate::diagnostics::{Rule, Severity};

/// The same key material under two names.
pub static RULE: Rule = Rule {
    name: "shared-key",
    severity: Severity::Error,
    fixed: false,
    summary: "the same key material under two names",
    docs: "\
### What it does
Finds two keys with the same public key. Comments do not count: keys are the same when their SHA256
fingerprints are. Within one project this is an error, across projects a warning. Both places are shown.

### Why
Two names look like two keys. Who deletes `backup` believes that its holder is locked out, but the same
private key still opens every cluster that has `ops`. Across projects it can be meant, for one team that
serves both; still, one stolen private key then opens both.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops@payments}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: backup, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... backup@payments}  # only the comment differs
```

### Remedy
If one key was pasted by mistake, get the right one: `fingerprint` guards against this. If both are meant,
keep one name and let the clusters of the other use it. A key in two projects is best replaced by one key for
each. If it is to stay, set `rules: {shared-key: warning}` or `off` in `keyplan.yaml`; it holds for the
workspace.
",
};
