//! A cluster that a format of `files` cannot carry.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::{Cluster, Resources};
use crate::node_files::{Logins, FormatError, is_exclusive, refusal};
use crate::source::Route;

/// A cluster that a format of `files` cannot carry.
pub static RULE: Rule = Rule {
    name: "refused-by-format",
    severity: Severity::Error,
    fixed: true,
    summary: "a cluster that a format of `files` cannot carry",
    check: Check::Whole(check),
    docs: "\
### What it does
Finds clusters that cannot be written in one of the formats that `files.formats` of `keyplan.yaml` lists:

- `cloud-init`, `capi` and `ansible` know no ML-DSA keys.
- `capi` takes lines of at most 2,048 characters, in which no RSA key of 16384 bits fits, no options with `: `
  or ` #` in them, and only names of clusters that objects of Kubernetes can have.
- `ansible` takes no option with a quote within quotes.
- A login user such as `yes` or `null` is no text in YAML 1.1, and `default` is the image's own user to
  `cloud-init` and `capi`.
- A file of `authorized-keys` or `ansible` holds every key of its user. Where two clusters with different keys
  have a node and the login user in common, each file takes the other cluster's key away.

### Why
What reads these files would drop the key without a word, or take something else for it: the node is born, and
nobody gets in. And what is written last would decide who gets into a node that two clusters share.

### Example
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  target: files
  files: {formats: [capi]}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: Prod EU, project: payments}   # Kubernetes has no such names
spec: {sshKey: ops}
```

### Remedy
Do what the finding says: give the cluster a key of another type, as of `ssh-keygen -t ed25519`; or rename the
cluster, with `metadata.previousName`; or set another `loginUser`; or take the node from one of two clusters;
or take the format out of `formats`.
",
};

/// Finds clusters that cannot be written in one of the formats that are asked for.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    if resources.formats.is_empty() {
        return;
    }
    let clusters = resources
        .by_project()
        .flat_map(|part| part.clusters.iter().map(move |cluster| (cluster, part.key_of(&cluster.value))));
    for (cluster, key) in clusters {
        let key = key.and_then(|key| (*key.value).clone().accepted());
        for format in &resources.formats {
            let Some(refusal) = refusal(*format, &cluster.value, key.as_ref()) else { continue };
            let route = match &refusal {
                // There is no such file then, and nothing is lost.
                FormatError::NoKey => continue,
                FormatError::KeyType { .. } | FormatError::TooLong { .. } | FormatError::Options { .. } => {
                    Route::fields(["spec", "sshKey"])
                }
                FormatError::SharedNode { .. } => Route::fields(["spec", "nodes"]),
                FormatError::User { .. } => Route::fields(["spec", "loginUser"]),
                FormatError::Name(_) => Route::fields(["metadata", "name"]),
            };
            let address = format!("{}/{}", cluster.value.project, cluster.value.name);
            findings.push(
                RULE.finding(format!("`{format}` cannot carry cluster `{address}`"))
                    .label(Location::Value(cluster.origin, route), refusal.to_string())
                    .help(refusal.help()),
            );
        }
    }
    shared_nodes(resources, findings);
}

/// Finds clusters whose files take each other's keys away.
fn shared_nodes(resources: &Resources, findings: &mut Vec<Finding>) {
    let Some(format) = resources.formats.iter().find(|format| is_exclusive(**format)) else { return };
    let with_keys: Vec<_> = resources
        .by_project()
        .flat_map(|part| part.clusters.iter().map(move |cluster| (cluster, part.key_of(&cluster.value))))
        .map(|(cluster, key)| (cluster, key.and_then(|key| (*key.value).clone().accepted())))
        .collect();
    let logins = Logins::of(with_keys.iter().filter_map(|(cluster, key)| Some((&*cluster.value, key.as_ref()?))));
    for (cluster, key) in &with_keys {
        let Some((other, refusal)) = logins.shared(&cluster.value, key.as_ref()) else { continue };
        let address = format!("{}/{}", cluster.value.project, cluster.value.name);
        let nodes = |origin| Location::Value(origin, Route::fields(["spec", "nodes"]));
        let is_before = |one: &Cluster| (&one.project, &one.name) < (&other.project, &other.name);
        let other = resources.clusters.partition_point(|one| is_before(&one.value));
        let other = resources.clusters.get(other).map_or(cluster.origin, |other| other.origin);
        findings.push(
            RULE.finding(format!("`{format}` cannot carry cluster `{address}`"))
                .label(nodes(cluster.origin), refusal.to_string())
                .label(nodes(other), "the other cluster has the node here")
                .help(refusal.help()),
        );
    }
}
