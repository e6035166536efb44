//! A key that the cloud of its cluster does not take.

use super::repeats::name_of;
use crate::diagnostics::{Finding, Rule, Severity, Where};
use crate::model::{Cloud, KeyType, PublicKey, Resources};
use crate::source::Route;

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

/// The fewest bits of an RSA key that Azure takes.
const AZURE_BITS: usize = 2048;

/// Finds clusters whose cloud does not take their key.
pub fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for (cluster, key) in resources.clusters_with_keys() {
        let Some(key) = key else { continue };
        let Some(public_key) = &key.value.public_key else { continue };
        if takes(cluster.value.cloud, public_key) {
            continue;
        }
        let name = &key.value.name;
        let (cloud, kind) = (cluster.value.cloud, public_key.key_type().name());
        let what = match public_key.key_type() {
            KeyType::Rsa => format!("an {kind} key of {} bits", public_key.bits()),
            _ => format!("an {kind} key"),
        };
        findings.push(
            RULE.finding(format!(
                "{cloud} does not take the key of cluster `{}/{}`",
                cluster.value.project, cluster.value.name
            ))
            .label(
                Where::Value(cluster.origin, Route::fields(["spec", "sshKey"])),
                format!("{cloud} takes RSA keys of at least {AZURE_BITS} bits"),
            )
            .label(name_of(key.origin), format!("`{name}` is {what}"))
            .help("make a key that it takes: `ssh-keygen -t rsa -b 4096`"),
        );
    }
}

/// Azure documents RSA of at least 2048 bits for AKS nodes and virtual machines.
fn takes(cloud: Cloud, key: &PublicKey) -> bool {
    match cloud {
        Cloud::Aks | Cloud::Azure => key.key_type() == KeyType::Rsa && key.bits() >= AZURE_BITS,
        Cloud::Vsphere
        | Cloud::Maas
        | Cloud::EdgeNative
        | Cloud::Aws
        | Cloud::Eks
        | Cloud::Cloudstack
        | Cloud::Gcp
        | Cloud::Gke
        | Cloud::Generic => true,
    }
}
