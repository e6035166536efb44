//! Test reports, as CI servers read them.

use keyplan::check::Validated;
use keyplan::diagnostics::{has_weight, visible};
use keyplan::report::findings::FindingsFormat;

use super::{Expected, written};
use crate::junit;
use crate::support::{Workspace, check};

/// Holds the report against what was found.
pub(super) fn says(validated: &Validated, expected: &[Expected]) {
    let report = junit::read(&written(validated, FindingsFormat::Junit));
    let of_tests = |one: &&Expected| one.rule == "access-test-failed";
    let named: Vec<_> = report.cases.iter().filter(|case| case.name.contains(" at ")).collect();
    assert_eq!(named.len(), expected.iter().filter(|one| !of_tests(one)).count());
    for one in expected.iter().filter(|one| !of_tests(one)) {
        let name = format!("{} at {}:{}", one.rule, one.region[0], one.region[1]);
        let class = weighed_for_xml(&visible(&one.path));
        let is_it = |case: &&&junit::Case| case.name == name && case.class == class;
        let case = named.iter().find(is_it).unwrap_or_else(|| panic!("{name} in {class}"));
        assert_eq!(case.failure.is_some(), one.is_error, "{name}");
    }
    assert_eq!(report.cases.iter().filter(|case| case.is_test()).count(), validated.tests.len());
    assert!(!report.cases.is_empty(), "what is empty passes");
}

/// The same for XML, in which `##` may be written by the number of its letters.
fn weighed_for_xml(text: &str) -> String {
    text.chars()
        .map(|letter| if has_weight(letter) { letter.into() } else { letter.escape_unicode().to_string() })
        .collect()
}

/// Whether the report has one case, which passes.
pub(super) fn passes(validated: &Validated) {
    let report = junit::read(&written(validated, FindingsFormat::Junit));
    assert!(matches!(&report.cases[..], [case] if case.failure.is_none()));
}

const TESTED: &str = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n\
    spec: {members: [{user: ana, role: Project Admin}]}\n---\n\
    apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\n\
    spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/, owner: ana}\n---\n\
    apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: c, project: p}\nspec: {sshKey: k}\n";

const TESTS: &str = "apiVersion: keyplan/v1\nkind: AccessTest\nmetadata: {name: ana-opens-it}\n\
    spec: {clusters: {names: [p/c]}, openedOnlyBy: [ana]}\n---\n\
    apiVersion: keyplan/v1\nkind: AccessTest\nmetadata: {name: ben-opens-it}\n\
    spec: {clusters: {names: [p/c]}, openedOnlyBy: [ben]}\n";

fn tests_of(settings: &str, more: &str) -> Vec<(String, &'static str)> {
    let access = format!("{TESTED}{more}");
    let files = [
        ("access.yaml", access.as_bytes()),
        ("tests.yaml", TESTS.as_bytes()),
        ("keyplan.yaml", settings.as_bytes()),
    ];
    let validated = check(&Workspace::with(&files).root);
    let report = junit::read(&written(&validated, FindingsFormat::Junit));
    let tests = report.cases.into_iter().filter(junit::Case::is_test);
    tests
        .map(|case| {
            assert_eq!(case.class, "access/tests.yaml");
            let outcome = match (case.failure, case.is_skipped) {
                (Some(_), _) => "failed",
                (None, true) => "skipped",
                (None, false) => "passed",
            };
            (case.name, outcome)
        })
        .collect()
}

#[test]
fn every_access_test_is_a_case_also_one_that_passes() {
    let settings = |rules: &str| {
        format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\nspec: {{rules: {{{rules}}}}}\n"
        )
    };
    let [ana, ben] = ["AccessTest ana-opens-it", "AccessTest ben-opens-it"].map(str::to_owned);
    for (rules, more, outcomes) in [
        ("", "", ["passed", "failed"]),
        ("access-test-failed: warning", "", ["passed", "passed"]),
        ("access-test-failed: 'off'", "", ["skipped", "skipped"]),
        ("", "---\napiVersion: keyplan/v1\nkind: Nothing\n", ["skipped", "skipped"]),
    ] {
        let expected = vec![(ana.clone(), outcomes[0]), (ben.clone(), outcomes[1])];
        assert_eq!(tests_of(&settings(rules), more), expected, "{rules} {more}");
    }
}
