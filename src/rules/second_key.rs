//! A second key on one cluster.

use std::collections::HashSet;
use std::sync::Arc;

use super::repeats::{MOST_PLACES, Repeats, repeats};
use crate::diagnostics::{Applicability, Fix, Check, Finding, Rule, Severity, Location, quoted};
use crate::model::{Cluster, Declared, Resources};
use crate::source::Route;

/// A second key on one cluster.
pub static RULE: Rule = Rule {
    name: "second-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a second key on one cluster",
    check: Check::Whole(check),
    fixes: &[Applicability::Safe],
    docs: "\
### What it does
Finds every way to give one cluster two keys: a list in `sshKey`, a field `sshKeys`, `sshKey` twice with
different values in one document, and a cluster that is declared twice with different keys, in one file or in
two. Both keys are shown, each at its place.

### Why
A cluster has at most one key: Palette takes one, and the nodes obey one. Where a file gives two, only one of
them opens the cluster, and the file does not say which. Of two people who believe that they can log in, one
finds out at night that she cannot, and someone whose key was thought replaced may still get in. keyplan does
not choose for you: the first, the last and both are all guesses about who has access.

### Example
```yaml
# clusters/eu.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: [ops, backup]}        # a list; `sshKeys: [ops, backup]` is the same mistake
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-us, project: payments}
spec: {sshKey: ops, sshKey: backup}  # often left over from a merge
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-ap, project: payments}
spec: {sshKey: ops}
---
# clusters/old.yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-ap, project: payments}
spec: {sshKey: backup}               # `clusters/eu.yaml` says `ops`
```

### Remedy
- Keep one key and delete the other: `sshKey: ops`. For a cluster that is declared twice, delete one document.
- To change from one key to another, write only the new one. The plan shows it as a rekey: the new key exists
  before the cluster changes, and the old one goes last.
- If two groups must get in, declare one key that is meant for both, and keep its private half where both can
  use it. A second group with a key of its own needs a cluster of its own.
",
};

/// A key that a cluster is given: its name and where it stands.
pub type Given = (String, Location);

/// Several keys in one `sshKey`, or in a field `sshKeys`. `cluster` names the cluster for people.
#[must_use]
pub fn several(cluster: &str, given: Vec<Given>) -> Finding {
    let help = match given.first() {
        Some((first, _)) => format!("keep one: `sshKey: {}`", crate::diagnostics::visible(first)),
        None => "write one: `sshKey: NAME`".into(),
    };
    let count = given.len();
    labelled(RULE.finding(format!("{cluster} is given {count} keys")), given).help(help)
}

/// A field `sshKeys` that gives no two keys: there is no such field, so that there can be no second. `fix` is for one
/// that gives one.
#[must_use]
pub fn plural(cluster: &str, field: Location, only: Option<&str>, fix: Option<Fix>) -> Finding {
    RULE.finding(format!("{cluster} has `sshKeys`, and a cluster has one key"))
        .label(field, "there is no list of keys")
        .help(match only {
            Some(only) => format!("write `sshKey: {}`", crate::diagnostics::visible(only)),
            None => "write `sshKey: NAME`, or delete it: a cluster may have no key".into(),
        })
        .fix(fix)
}

/// A field `sshKeys` beside an `sshKey`, which is enough: they give no two keys.
#[must_use]
pub fn needless(cluster: &str, field: Location, (only, at): Given) -> Finding {
    RULE.finding(format!("{cluster} has `sshKeys` beside `sshKey`, and a cluster has one key"))
        .label(field, "there is no list of keys")
        .label(at, format!("{} is given here", quoted(&only)))
        .help("delete `sshKeys`")
}

/// Finds clusters that are declared more than once with different keys, in one file or in several.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    for group in repeats(&resources.clusters, is_same_cluster) {
        let given = keys_of(group);
        if given.len() > 1 {
            let cluster = &group[0].value;
            let finding = RULE.finding(format!(
                "cluster `{}/{}` is declared {}, with different keys",
                cluster.project,
                cluster.name,
                group.times()
            ));
            let help = "delete all but one of these declarations, and keep the key that is meant";
            findings.push(labelled(finding, given).help(help));
        }
    }
}

/// Whether two declarations are of one cluster.
pub(super) fn is_same_cluster(one: &Arc<Cluster>, other: &Arc<Cluster>) -> bool {
    (&one.project, &one.name) == (&other.project, &other.name)
}

/// The different keys that declarations of one cluster give it, each with its first place.
#[must_use]
pub fn keys_of(group: &[Declared<Arc<Cluster>>]) -> Vec<Given> {
    let mut seen = HashSet::new();
    let keys = group.iter().filter_map(|cluster| Some((cluster.value.ssh_key.as_ref()?, cluster.origin)));
    keys.filter(|(key, _)| seen.insert(key.as_str()))
        .map(|(key, origin)| (key.to_string(), Location::Value(origin, Route::fields(["spec", "sshKey"]))))
        .collect()
}

/// Both places as one sentence: "`ops` is given here" / "and `backup` here; a cluster has one key". Of many,
/// the first ones.
fn labelled(finding: Finding, given: Vec<Given>) -> Finding {
    let last = given.len().min(MOST_PLACES).saturating_sub(1);
    let more = given.len() - given.len().min(MOST_PLACES);
    given.into_iter().take(MOST_PLACES).enumerate().fold(finding, |finding, (number, (name, at))| {
        let name = quoted(&name);
        finding.label(
            at,
            match number {
                0 => format!("{name} is given here"),
                _ if number == last && more > 0 => {
                    format!("{name} here, and {more} more; a cluster has one key")
                }
                _ if number == last => format!("and {name} here; a cluster has one key"),
                _ => format!("{name} here"),
            },
        )
    })
}
