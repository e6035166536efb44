//! An access test that does not hold.

mod tell;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::access::test::{Breach, run};
use crate::diagnostics::{Applicability, Fix, Check, Finding, Location, Rule, Severity, quoted, suggestion};
use crate::model::{AccessTest, Declared, Desired, Name};
use crate::source::Route;

/// An access test that does not hold.
pub static RULE: Rule = Rule {
    name: "access-test-failed",
    severity: Severity::Error,
    fixed: false,
    summary: "access that is not as an `AccessTest` says",
    check: Check::Desired(check),
    fixes: &[Applicability::Unsafe],
    docs: "\
### What it does
Holds each document of `kind: AccessTest` against what is declared, and finds the links that break it:
the member of a team, the owner or the last day of a key, the member of a project. It also finds tests
that are about no cluster. Tests are run once nothing else is an error.

### Why
Who gets into a cluster follows from several documents: a team, a key, a cluster. A change of one of them
may look harmless to whoever reads that one alone. A test says what must be true of all together, and is
checked before merge.

### Example
```yaml
apiVersion: keyplan/v1
kind: AccessTest
metadata: {name: prod-is-for-sre}
spec:
  clusters: {labels: {env: prod}}
  openedOnlyBy: [team:sre]
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}    # the key of a cluster with the label `env: prod`
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  owner: dana@example.com                   # who is not in the team `sre`
```

### Remedy
Change the link that the finding points at: take the person out of the team, give the cluster another
key, or give the key another owner. If the access is meant, change the test, and have it reviewed as what
it is.
",
};

/// What a link that breaks a test does, in a sentence.
#[must_use]
pub fn sentence(test: &AccessTest, breach: &Breach) -> String {
    tell::sentence(test, breach)
}

/// How many links of a test are told one by one.
const MOST_BREACHES: usize = 16;

/// Runs each test.
fn check(desired: &Desired, tests: &[Declared<AccessTest>], today: Date, findings: &mut Vec<Finding>) {
    let found: Vec<_> = tests.par_iter().map(|test| failures(desired, test, today)).collect();
    findings.extend(found.into_iter().flatten());
}

fn failures(desired: &Desired, test: &Declared<AccessTest>, today: Date) -> Vec<Finding> {
    let mut findings = missing_clusters(desired, test);
    let result = run(desired, &test.value, today);
    if result.selected == 0 && findings.is_empty() {
        findings.push(no_cluster(test));
    }
    let (told, rest) = result.breaches.split_at(result.breaches.len().min(MOST_BREACHES));
    findings.extend(told.iter().map(|breach| tell::finding(&RULE, desired, test, breach)));
    if let Some(next) = rest.first() {
        findings.push(more(desired, test, next, rest.len()));
    }
    findings
}

/// Names of clusters that are not declared.
fn missing_clusters(desired: &Desired, test: &Declared<AccessTest>) -> Vec<Finding> {
    let names = &test.value.clusters.names;
    let is_there = |(project, name): &(Name, Name)| {
        desired.projects.get(project).is_some_and(|project| project.clusters.contains_key(name))
    };
    let missing = (0..).zip(names).filter(|(_, name)| !is_there(name)).take(MOST_BREACHES);
    let finding = |(number, (project, name)): (usize, &(Name, Name))| {
        let wanted = format!("{project}/{name}");
        let known = desired.projects.values().flat_map(|project| project.clusters.values());
        let known = known.take(MOST_COMPARED).map(|cluster| {
            format!("{}/{}", cluster.value.project, cluster.value.name)
        });
        let known: Vec<_> = known.collect();
        let near = suggestion(&wanted, known.iter().map(String::as_str));
        let help = near.map_or_else(|| "delete it, or declare the cluster".into(), |near| near.help());
        let at = Location::Value(test.origin, Route::fields(["spec", "clusters", "names"]).item(number));
        let is_named = |near: &str| names.iter().any(|(project, name)| format!("{project}/{name}") == near);
        let fix = near.filter(|near| !is_named(near.word)).and_then(|near| Fix::name(at.clone(), near));
        RULE.finding(format!("test {} names cluster {}, which is not declared", quoted(test.value.name.as_str()), quoted(&wanted)))
            .label(at, "there is no such cluster")
            .help(help)
            .fix(fix)
    };
    missing.map(finding).collect()
}

/// How many names of clusters are compared with one that is missing.
const MOST_COMPARED: usize = 1_000;

fn no_cluster(test: &Declared<AccessTest>) -> Finding {
    RULE.finding(format!("test {} is about no cluster", quoted(test.value.name.as_str())))
        .label(
            Location::Value(test.origin, Route::fields(["spec", "clusters"])),
            "no cluster meets all of this",
        )
        .help("name labels or projects that clusters have, or delete the test")
}

/// What is left of a test that breaks at many links.
fn more(desired: &Desired, test: &Declared<AccessTest>, next: &Breach, count: usize) -> Finding {
    let mut finding = tell::finding(&RULE, desired, test, next);
    if count > 1 {
        finding.summary = format!("test {} breaks at {count} more links", quoted(test.value.name.as_str()));
    }
    finding
}
