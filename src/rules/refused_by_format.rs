//! A cluster that a format of `files` cannot carry.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::model::Resources;
use crate::node_files::{FormatError, refusal};
use crate::source::Route;

/// A cluster that a format of `files` cannot carry.
pub static RULE: Rule = Rule {
    name: "refused-by-format",
    severity: Severity::Error,
    fixed: true,
    summary: "a cluster that a format of `files` cannot carry",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds clusters that cannot be written in one of the formats that `files.formats` of `keyplan.yaml` lists:

- `cloud-init`, `capi` and `ansible` know no ML-DSA keys.
- `capi` takes lines of at most 2,048 characters, in which no RSA key of 16384 bits fits, no options with `: `
  or ` #` in them, and only names of clusters that objects of Kubernetes can have.
- `ansible` takes no option with a quote within quotes.
- A login user such as `yes` or `null` is no text in YAML 1.1, and `default` is the image's own user to
  `cloud-init` and `capi`.

### Why
What reads these files would drop the key without a word, or take something else for it: the node is born, and
nobody gets in.

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
cluster, with `metadata.previousName`; or set another `loginUser`; or take the format out of `formats`.
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
}
