//! A key that the cloud of its cluster does not take.

use crate::diagnostics::{Rule, Severity};

/// A key that the cloud of its cluster does not take.
pub static RULE: Rule = Rule {
    name: "key-refused-by-cloud",
    severity: Severity::Error,
    fixed: false,
    summary: "a key that the cloud of its cluster does not take",
    docs: "\
### What it does
Finds clusters whose `cloud` does not take their key. `aks` and `azure` take RSA keys only, of at least 2048
bits. The other clouds take every type that keyplan accepts.

### Why
The cloud refuses the key when the cluster is made or changed, and its message comes late and far from the
line that is wrong. The pair is known to fail when it is written, so it can be said at review.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops                # Ed25519
  cloud: aks                 # takes RSA only
```

### Remedy
Make an RSA key for the clusters of that cloud, `ssh-keygen -t rsa -b 3072 -f ops-rsa`, declare it under its
own name, and name it in `sshKey`. The other clusters can keep the key that they have. If the cloud has
learned more types since, set `rules: {key-refused-by-cloud: warning}` in `keyplan.yaml`, and tell us.
",
};
