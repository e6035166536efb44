//! What the target of the workspace cannot hold.

use std::sync::Arc;

use crate::diagnostics::{Check, Finding, Location, Rule, Severity};
use crate::model::{Cluster, Declared, DeclaredKey, PaletteKeyField, Resources, TargetKind};
use crate::source::Route;

/// What the target of the workspace cannot hold.
pub static RULE: Rule = Rule {
    name: "refused-by-target",
    severity: Severity::Error,
    fixed: true,
    summary: "something that the target cannot hold",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
With `target: palette` in `keyplan.yaml`, finds what Palette has no place for:

- `sshKey` of a cluster of `aws`, `eks` or `cloudstack`: there Palette names a key pair of that cloud, and not
  a key of its own; and of `gcp`, `gke` or `generic`, where it has no field for a key.
- `options` of a key: Palette knows keys, and not the lines of `authorized_keys` with what limits them.

### Why
A plan would show access that nobody gets, or limits that nothing keeps.

### Example
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  target: palette
  palette: {tenant: acme}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-us, project: payments}
spec: {cloud: eks, sshKey: ops}   # an EC2 key pair is used there
```

### Remedy
Delete `sshKey` of such a cluster: it can be declared without one. Delete `options` of the key, or bring that
key to its nodes with `target: ssh`, in a workspace of its own.
",
};

/// Finds what the target cannot hold.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    match resources.target {
        TargetKind::Record | TargetKind::Ssh | TargetKind::Files => {}
        TargetKind::Palette => {
            let keys = resources.keys.iter().filter(|key| !key.value.options.is_none());
            findings.extend(keys.map(with_options));
            findings.extend(resources.clusters.iter().filter_map(without_a_field));
        }
    }
}

fn with_options(key: &DeclaredKey) -> Finding {
    RULE.finding(format!("`palette` cannot hold the options of key `{}/{}`", key.value.project, key.value.name))
        .label(
            Location::Value(key.origin, Route::fields(["spec", "options"])),
            "Palette knows keys alone: nothing there would keep these limits",
        )
        .help("delete `options`, or bring this key to its nodes with `target: ssh` in a workspace of its own")
}

fn without_a_field(cluster: &Declared<Arc<Cluster>>) -> Option<Finding> {
    let Cluster { project, name, cloud, ssh_key, .. } = &*cluster.value;
    ssh_key.as_ref()?;
    let why = match cloud.palette_key_field() {
        PaletteKeyField::List | PaletteKeyField::Required | PaletteKeyField::Fixed => return None,
        PaletteKeyField::KeyPair => "there Palette names a key pair of that cloud",
        PaletteKeyField::Nowhere => "there Palette has no field for a key",
    };
    Some(
        RULE.finding(format!("`palette` cannot hold the key of cluster `{project}/{name}` of {cloud}"))
            .label(Location::Value(cluster.origin, Route::fields(["spec", "sshKey"])), why)
            .help("delete `sshKey`, or set `cloud` to what the cluster runs on"),
    )
}
