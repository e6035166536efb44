//! A key that the cloud of its cluster does not take.

use std::sync::Arc;

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::{Cloud, Cluster, Declared, DeclaredKey, Resources};
use crate::openssh::{KeyType, PublicKey};
use crate::source::Route;

/// A key that the cloud of its cluster does not take.
pub static RULE: Rule = Rule {
    name: "key-refused-by-cloud",
    severity: Severity::Error,
    fixed: false,
    summary: "a key that the cloud of its cluster does not take",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds clusters whose `cloud` does not take their key. `aks` takes RSA keys only, and `azure` RSA and
Ed25519; RSA of at least 2048 bits. The other clouds take every type that keyplan accepts.

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
Make an RSA key for the clusters of that cloud, `ssh-keygen -t rsa -b 3072 -f ops-rsa`, declare it under
its own name, and name it in `sshKey`. The other clusters can keep the key that they have. If the cloud
has learned more types since, set `rules: {key-refused-by-cloud: warning}` in `keyplan.yaml`, and tell us.
",
};

/// The fewest bits of an RSA key that Azure takes.
const AZURE_BITS: usize = 2048;

/// Finds clusters whose cloud does not take their key.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for part in resources.by_project() {
        for cluster in part.clusters.iter().filter(|cluster| is_choosy(cluster.value.cloud)) {
            let Some(key) = part.key_of(&cluster.value) else { continue };
            let Some(public_key) = &key.value.public_key else { continue };
            findings.extend(refused(cluster.value.cloud, public_key).map(|what| finding(cluster, key, &what)));
        }
    }
}

/// Azure documents RSA of at least 2048 bits for AKS nodes, and that or Ed25519 for virtual machines.
const fn is_choosy(cloud: Cloud) -> bool {
    match cloud {
        Cloud::Aks | Cloud::Azure => true,
        Cloud::Vsphere
        | Cloud::Maas
        | Cloud::EdgeNative
        | Cloud::Aws
        | Cloud::Eks
        | Cloud::Cloudstack
        | Cloud::Gcp
        | Cloud::Gke
        | Cloud::Generic => false,
    }
}

/// What a key is that such a cloud does not take.
fn refused(cloud: Cloud, key: &PublicKey) -> Option<String> {
    let kind = key.key_type().name();
    match (key.key_type(), key.bits()) {
        (KeyType::Rsa, AZURE_BITS..) => None,
        (KeyType::Ed25519, _) if cloud == Cloud::Azure => None,
        (KeyType::Rsa, bits) => Some(format!("an {kind} key of {bits} bits")),
        _ => Some(format!("an {kind} key")),
    }
}

fn finding(cluster: &Declared<Arc<Cluster>>, key: &DeclaredKey, what: &str) -> Finding {
    let Cluster { project, name, cloud, .. } = &*cluster.value;
    let and_ed25519 = if *cloud == Cloud::Azure { ", and Ed25519" } else { "" };
    RULE.finding(format!("{cloud} does not take the key of cluster `{project}/{name}`"))
        .label(
            Location::Value(cluster.origin, Route::fields(["spec", "sshKey"])),
            format!("{cloud} takes RSA keys of at least {AZURE_BITS} bits{and_ed25519}"),
        )
        .label(name_of(key.origin), format!("`{}` is {what}", key.value.name))
        .help("make a key that it takes: `ssh-keygen -t rsa -b 4096`")
}
