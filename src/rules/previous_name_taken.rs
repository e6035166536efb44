//! Two declarations that go on with the same recorded resource.

use super::repeats::places_again;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};
use crate::model::{Declared, Name, DocumentId, Resources};
use crate::source::Route;

/// Two declarations that go on with the same recorded resource.
pub static RULE: Rule = Rule {
    name: "previous-name-taken",
    severity: Severity::Error,
    fixed: true,
    summary: "a `previousName` that two declarations claim",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two projects, or two clusters of one project, whose `metadata.previousName` is the same. All places are
shown.

### Why
`previousName` says which recorded resource a declaration goes on with. A resource has one successor: with two
claims, one cluster would keep the nodes and the key of the old one, and the other would be new, and nobody
has said which.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments, previousName: prod}
spec: {sshKey: ops, nodes: [10.0.0.11]}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-ap, project: payments, previousName: prod}  # `prod` became prod-eu
spec: {sshKey: ops, nodes: [10.0.0.12]}
```

### Remedy
Keep `previousName` where the resource goes on, and delete it from the others: they are new.
",
};

/// Who claims a name: the project of a cluster, the name that is claimed, and where.
type Claim<'a> = (Option<&'a Name>, &'a Name, DocumentId);

/// Finds previous names that more than one declaration claims. A resource that is declared twice is for the rules
/// of duplicates, and counts once.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let mut projects: Vec<_> = renamed(&resources.projects).collect();
    projects.dedup_by_key(|(project, _)| &project.value.name);
    report(projects.into_iter().map(|(project, name)| (None, name, project.origin)).collect(), "project", findings);
    let mut clusters: Vec<_> = renamed(&resources.clusters).collect();
    clusters.dedup_by_key(|(cluster, _)| (&cluster.value.project, &cluster.value.name));
    let clusters = clusters.into_iter().map(|(cluster, name)| (Some(&cluster.value.project), name, cluster.origin));
    report(clusters.collect(), "cluster", findings);
}

/// Those that have a previous name.
fn renamed<T>(declared: &[Declared<T>]) -> impl Iterator<Item = (&Declared<T>, &Name)> {
    declared.iter().filter_map(|one| Some((one, one.previous_name.as_ref()?)))
}

fn report(mut claims: Vec<Claim<'_>>, kind: &str, findings: &mut Vec<Finding>) {
    claims.sort_unstable();
    for group in claims.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let [(project, name, first), others @ ..] = group else { continue };
        if others.is_empty() {
            continue;
        }
        let name = match project {
            Some(project) => quoted(&format!("{project}/{name}")),
            None => quoted(name.as_str()),
        };
        let number = group.len();
        let finding = RULE.finding(format!("{number} declarations go on with the {kind} {name}"));
        let again = others.iter().map(|(_, _, origin)| place(*origin));
        let finding = places_again(finding, again, "claimed").label(place(*first), "first claimed here");
        findings.push(finding.help("keep `previousName` on the one that goes on, and delete it from the others"));
    }
}

fn place(origin: DocumentId) -> Location {
    Location::Value(origin, Route::fields(["metadata", "previousName"]))
}
