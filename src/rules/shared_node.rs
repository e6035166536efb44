//! A node that two clusters have, with the same login user.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::shared_logins;
use crate::diagnostics::{Check, Finding, Location, Rule, Severity};
use crate::model::{Cluster, Declared, NodeAddress, NodeFormat, Resources};
use crate::node_files::{is_exclusive, refusal};
use crate::openssh::{Fingerprint, PublicKey};

/// A node that two clusters have, with the same login user.
pub static RULE: Rule = Rule {
    name: "shared-node",
    severity: Severity::Warning,
    fixed: false,
    summary: "a node that two clusters have, with the same login user",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds a node that two clusters name with the same `loginUser`. An address is the same in any letter case and
any spelling of IPv6, with port 22 written or not. That two names lead to one machine is not known here.

It is an error, whatever `rules` says, where `files.formats` lists `authorized-keys` or `ansible` and the
clusters have different keys: such a file holds every key of its user, so that each takes the other cluster's
key away.

### Why
Behind one login there is one account. With the target `ssh` each cluster has a block of its own there: the
keys of both open the node, and whoever opens one cluster is inside of the other. Where both have the same
key, a rekey of one locks nobody out there: the old key opens it for as long as the other cluster has it. A
node that asks `keyplan authorized-keys` names one cluster, and only that one's key opens it. With the target
`record` keyplan delivers nothing; but `who` and `verify` take both for right. Most often it is a node that
moved, or an address that was copied.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod, project: payments}
spec: {sshKey: ops, nodes: [10.10.0.11]}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: staging, project: payments}
spec: {sshKey: dev, nodes: [10.10.0.11]}      # who has `dev` gets into production
```

### Remedy
Name the node in the one cluster that it belongs to, or give one of the clusters another `loginUser`. If both
are meant, set `rules: {shared-node: off}` in `keyplan.yaml`; it holds for the workspace. Where a file would
take a key away, take the format out of `formats`.
",
};

/// A cluster with what opens it.
#[derive(Clone, Copy)]
struct Named<'a> {
    number: usize,
    cluster: &'a Declared<Arc<Cluster>>,
    key: Option<&'a Fingerprint>,
}

impl<'a> Named<'a> {
    fn of(resources: &'a Resources, number: usize) -> Self {
        let cluster = &resources.clusters[number];
        let key = resources.key_of(&cluster.value).and_then(|key| key.value.public_key.as_ref());
        Self { number, cluster, key: key.map(PublicKey::fingerprint) }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.cluster.value.project, self.cluster.value.name)
    }

    /// Whether the file of this cluster takes the key of another one away.
    fn takes_away(&self, other: &Self, format: NodeFormat) -> bool {
        let has_file = || self.key.is_some() || refusal(format, &self.cluster.value, None).is_none();
        is_exclusive(format) && other.key.is_some() && self.key != other.key && has_file()
    }
}

/// What two clusters share: the first of the nodes, how many there are, and the format whose files take keys away.
struct Shared<'a> {
    clusters: [Named<'a>; 2],
    node: &'a NodeAddress,
    nodes: usize,
    format: Option<NodeFormat>,
}

/// Tells of each cluster that shares nodes with one before it, once for each such cluster: with the first that has the
/// node, or with one whose key its file takes away.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let clusters = resources.clusters.iter().enumerate();
    let clusters = clusters.map(|(number, cluster)| (&*cluster.value, number));
    let mut all = BTreeMap::new();
    for login in shared_logins(&clusters) {
        let mut clusters = login.clusters.iter().map(|number| Named::of(resources, *number));
        let Some(first) = clusters.next() else { continue };
        let mut another: Option<Named<'_>> = None;
        for one in clusters {
            let clash = [Some(first), another].into_iter().flatten().find_map(|other| {
                let takes = |format: &&NodeFormat| {
                    one.takes_away(&other, **format) || other.takes_away(&one, **format)
                };
                resources.formats.iter().find(takes).map(|format| (other, *format))
            });
            let (other, format) = clash.map_or((first, None), |(other, format)| (other, Some(format)));
            another = another.or_else(|| (one.key != first.key).then_some(one));
            let shared = all.entry((one.number, other.number)).or_insert(Shared {
                clusters: [one, other],
                node: login.node,
                nodes: 0,
                format,
            });
            shared.nodes += 1;
        }
    }
    findings.extend(all.values().map(finding));
}

fn finding(shared: &Shared<'_>) -> Finding {
    let Shared { clusters: [one, other], node, nodes, format } = shared;
    let which = match nodes - 1 {
        0 => format!("node `{node}` is"),
        1 => format!("node `{node}` and one more are"),
        more => format!("node `{node}` and {more} more are"),
    };
    let at = |named: &Named<'_>| Location::Node(named.cluster.origin, (*node).clone());
    let mut help = "name it in one cluster, or give one of them another `loginUser`".to_owned();
    if format.is_some() {
        help.push_str(", or use another format");
    }
    let finding = RULE
        .finding(format!("{which} in `{}` and in `{}`", other.name(), one.name()))
        .label(at(one), consequence(one, other, *format))
        .label(at(other), format!("`{}` has it here, with the same login user", other.name()))
        .help(help);
    if format.is_some() { finding.as_fixed_error() } else { finding }
}

/// What comes of it, said at the node in the second of two clusters.
fn consequence(one: &Named<'_>, other: &Named<'_>, format: Option<NodeFormat>) -> String {
    let user = &one.cluster.value.login_user;
    let other_name = other.name();
    match (format, one.key, other.key) {
        (Some(format), Some(_), Some(_)) => {
            format!("each cluster's `{format}` file takes the other's key away")
        }
        (Some(format), None, _) => {
            format!("this cluster has no key, and its `{format}` file takes the other's away")
        }
        (Some(format), Some(_), None) => {
            format!("`{other_name}` has no key, and its `{format}` file takes this one's away")
        }
        (None, Some(one), Some(other)) if one == other => {
            format!("their key opens it as `{user}` for as long as one of them has it")
        }
        (None, Some(_), Some(_)) => format!("the keys of both open it as `{user}`"),
        (None, None, Some(_)) => {
            format!("this cluster has no key, and that of `{other_name}` opens it as `{user}`")
        }
        (None, Some(_), None) => format!("its key opens a node of `{other_name}`, which has none"),
        (None, None, None) => format!("the login user of both is `{user}`"),
    }
}
