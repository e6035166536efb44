//! Findings in the formats of forges and CI servers: each is read as its reader does, on what is empty, ordinary, large
//! and hostile.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use keyplan::check::Validated;
use keyplan::diagnostics::{Severity, has_weight, visible};
use keyplan::report::findings::{FindingsFormat, findings, github_annotations};
use keyplan::report::paths::{RepositoryPaths, Shown};
use proptest::prelude::*;
use serde_json::Value;

use crate::ci_commands::{azure, broken, github_brackets, hostile, teamcity, valid};
use crate::github::{self, Annotation};
use crate::junit;
use crate::support::{PLAIN, Workspace, check, repository};

const FORMATS: [FindingsFormat; 4] =
    [FindingsFormat::Sarif, FindingsFormat::Github, FindingsFormat::Gitlab, FindingsFormat::Junit];

/// The findings of a workspace that is in the folder `access` of a repository.
fn written(validated: &Validated, format: FindingsFormat) -> String {
    let mut text = Vec::new();
    let (shown, paths) = (Shown::below(Utf8Path::new("..")), RepositoryPaths::below("access"));
    findings(&mut text, validated, (&shown, &paths), format, PLAIN).unwrap();
    String::from_utf8(text).unwrap()
}

fn json(validated: &Validated, format: FindingsFormat) -> Value {
    serde_json::from_str(&written(validated, format)).unwrap()
}

#[track_caller]
fn is_valid_by(schema: &str, document: &Value) {
    let path = repository().join("tests/fixtures/formats").join(schema);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = schema.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{document:#}");
}

fn results(sarif: &Value) -> &[Value] {
    sarif["runs"][0]["results"].as_array().unwrap()
}

/// The place of a result, with its path as it is.
fn place(location: &Value) -> (String, [u64; 4]) {
    let physical = &location["physicalLocation"];
    let region = &physical["region"];
    let numbers =
        ["startLine", "startColumn", "endLine", "endColumn"].map(|name| region[name].as_u64().unwrap());
    (decoded(physical["artifactLocation"]["uri"].as_str().unwrap()), numbers)
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, behind @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(&behind[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What every format has to say, from the findings themselves: the errors first.
struct Expected {
    is_error: bool,
    rule: &'static str,
    path: String,
    region: [u64; 4],
    summary: String,
}

fn expected(validated: &Validated) -> Vec<Expected> {
    let mut all: Vec<_> = validated
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.place();
            let file = validated.sources.file(place.file);
            let [start, end] = [place.span.start, place.span.end].map(|byte| file.position(byte));
            let path = if file.path() == "." { "access".into() } else { format!("access/{}", file.path()) };
            Expected {
                is_error: diagnostic.severity == Severity::Error,
                rule: diagnostic.rule.name,
                path,
                region: [start.line, start.column, end.line, end.column].map(|number| number as u64),
                summary: visible(&diagnostic.summary),
            }
        })
        .collect();
    all.sort_by_key(|one| !one.is_error);
    all
}

fn fingerprints(sarif: &Value) -> Vec<&str> {
    results(sarif)
        .iter()
        .map(|result| result["partialFingerprints"]["keyplan/v1"].as_str().unwrap())
        .collect()
}

/// Holds every format against what was found.
fn says_what_was_found(validated: &Validated) {
    let expected = expected(validated);
    sarif_says(validated, &expected);
    gitlab_says(validated, &expected);
    github_says(&written(validated, FindingsFormat::Github), &expected);
    junit_says(validated, &expected);
}

fn sarif_says(validated: &Validated, expected: &[Expected]) {
    let sarif = json(validated, FindingsFormat::Sarif);
    is_valid_by("sarif.json", &sarif);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(results(&sarif).len(), expected.len());
    for (result, expected) in results(&sarif).iter().zip(expected) {
        let Expected { is_error, rule, path, region, summary } = expected;
        assert_eq!(result["level"], if *is_error { "error" } else { "warning" });
        assert_eq!(result["ruleId"], *rule);
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], *rule);
        assert_eq!(place(&result["locations"][0]), (path.clone(), *region));
        let text = result["message"]["text"].as_str().unwrap();
        let is_link = text.match_indices("](").any(|(at, _)| !text[..at].ends_with('\\'));
        assert!(!is_link, "{text}");
        let plain = text.replace("\\[", "[").replace("\\]", "]").replace("\\\\", "\\");
        assert!(plain.starts_with(&summary.replace("\\\\", "\\")), "{text}\n{summary}");
    }
    let fingerprints = fingerprints(&sarif);
    assert_eq!(fingerprints.iter().collect::<BTreeSet<_>>().len(), fingerprints.len(), "unique in a run");
}

fn gitlab_says(validated: &Validated, expected: &[Expected]) {
    let report = json(validated, FindingsFormat::Gitlab);
    is_valid_by("code-quality.json", &report);
    let issues = report.as_array().unwrap();
    assert_eq!(issues.len(), expected.len());
    for (issue, Expected { is_error, rule, path, region, summary }) in issues.iter().zip(expected) {
        assert_eq!(issue["severity"], if *is_error { "major" } else { "minor" });
        assert_eq!(issue["location"]["path"], *path);
        assert_eq!(issue["location"]["lines"]["begin"], region[0]);
        assert_eq!(issue["location"]["lines"]["end"], region[2]);
        assert!(issue["description"].as_str().unwrap().starts_with(&format!("{rule}: {summary}")));
    }
}

fn github_says(output: &str, expected: &[Expected]) {
    let lines: Vec<_> = output.split(['\n', '\r']).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), expected.len(), "{output}");
    for (line, Expected { is_error, rule, path, region, summary }) in lines.into_iter().zip(expected) {
        let Annotation { command, properties, data } = github::parsed(line).unwrap();
        assert_eq!(command, if *is_error { "error" } else { "warning" });
        let mut wanted = BTreeMap::from([
            ("file", weighed(&visible(path))),
            ("line", region[0].to_string()),
            ("endLine", region[2].to_string()),
            ("title", format!("keyplan {rule}")),
        ]);
        if region[0] == region[2] {
            wanted.extend([("col", region[1].to_string()), ("endColumn", region[3].to_string())]);
        }
        let properties: BTreeMap<_, _> =
            properties.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        assert_eq!(properties, wanted, "{line}");
        assert!(data.chars().count() <= 4_096 * 10);
        assert!(data.starts_with(&weighed(summary)), "{data}\n{summary}");
        let others = [github_brackets, azure, teamcity];
        assert!(others.iter().all(|parse| parse(line).is_none()), "{line}");
    }
}

/// A text in which each character counts where texts are compared, and no `##` is.
fn weighed(text: &str) -> String {
    let mut weighed = String::new();
    let mut before = None;
    for letter in text.chars() {
        if !has_weight(letter) || (before == Some('#') && letter == '#') {
            weighed.extend(letter.escape_unicode());
        } else {
            weighed.push(letter);
        }
        before = Some(letter);
    }
    weighed
}

fn junit_says(validated: &Validated, expected: &[Expected]) {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_says_what_was_found_whatever_stands_there(text in hostile()) {
        says_what_was_found(&check(&broken(&text).root));
        says_what_was_found(&check(&valid(&text).root));
    }
}

#[test]
fn texts_of_strangers_are_only_text() {
    for text in [
        "[a](https://evil.example) ![b](c)",
        "](x)",
        "</failure></testcase>]]><![CDATA[&amp;&#0;",
        "%0A::set-output name=a::b%25",
        "`a` **b** <img src=x onerror=alert(1)> | c",
        "a,b:c;d=e#f%20g h\u{e9}\u{202e}",
        "[[ATTACHMENT|/etc/passwd]]",
    ] {
        says_what_was_found(&check(&broken(text).root));
        says_what_was_found(&check(&valid(text).root));
    }
}

#[test]
fn an_ordinary_workspace_and_one_that_is_broken_everywhere() {
    for folder in ["examples/acme", "tests/fixtures/broken-acme"] {
        says_what_was_found(&check(&repository().join(folder)));
    }
}

#[test]
fn where_nothing_is_found_the_documents_are_valid() {
    let files: &[(&str, &[u8])] =
        &[("a.yaml", b"apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n")];
    let validated = check(&Workspace::with(files).root);
    assert!(validated.diagnostics.is_empty());
    assert_eq!(results(&json(&validated, FindingsFormat::Sarif)), [] as [Value; 0]);
    assert_eq!(written(&validated, FindingsFormat::Gitlab), "[]\n");
    assert_eq!(written(&validated, FindingsFormat::Github), "");
    let report = junit::read(&written(&validated, FindingsFormat::Junit));
    assert!(matches!(&report.cases[..], [case] if case.failure.is_none()), "one case that passes");
    says_what_was_found(&validated);
    says_what_was_found(&check(&Workspace::with(&[]).root));
}

/// So many unused keys, each a warning, and one error behind them.
fn many(count: usize) -> Validated {
    use std::fmt::Write as _;
    let mut text = String::from("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n");
    for number in 0..count {
        write!(
            text,
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c{number}, project: q}}\nspec: {{}}\n"
        )
        .unwrap();
    }
    text += "---\napiVersion: keyplan/v1\nkind: Nothing\n";
    check(&Workspace::with(&[("a.yaml", text.as_bytes())]).root)
}

#[test]
fn more_results_than_a_run_may_have_are_counted() {
    let validated = many(25_010);
    let sarif = json(&validated, FindingsFormat::Sarif);
    let left_out = validated.diagnostics.len() - 25_000;
    assert_eq!(results(&sarif).len(), 25_000);
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    let text = notification["message"]["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("{left_out} findings left out")), "{text}");
    is_valid_by("sarif.json", &sarif);
}

#[test]
fn github_is_given_no_more_than_it_shows() {
    let workspace = repository().join("tests/fixtures/broken-acme");
    let validated = check(&workspace);
    let mut text = Vec::new();
    github_annotations(&mut text, &validated, &RepositoryPaths::below("access")).unwrap();
    let text = String::from_utf8(text).unwrap();
    let count = |name| text.lines().filter(|line| line.starts_with(name)).count();
    let most = |severity| validated.count(severity).min(10);
    assert_eq!(count("::error "), most(Severity::Error));
    assert_eq!(count("::warning "), most(Severity::Warning));
    assert_eq!(text.lines().count(), count("::error ") + count("::warning "));
}

#[test]
fn a_fingerprint_stays_where_the_finding_moves() {
    let repeated = "apiVersion: keyplan/v1\nkind: Nothing\n---\napiVersion: keyplan/v1\nkind: Nothing\n";
    let of = |text: &str, path: &str| {
        let validated = check(&Workspace::with(&[(path, text.as_bytes())]).root);
        let sarif = json(&validated, FindingsFormat::Sarif);
        fingerprints(&sarif).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let before = of(repeated, "a.yaml");
    assert_eq!(before.len(), 2, "two that are equal but for their place");
    assert_ne!(before[0], before[1]);
    assert_eq!(of(&format!("# a comment\n\n{}", repeated.replace("kind:", "kind:    ")), "a.yaml"), before);
    assert!(of(repeated, "b.yaml").iter().all(|other| !before.contains(other)), "another file");
    let gitlab = check(&Workspace::with(&[("a.yaml", repeated.as_bytes())]).root);
    let gitlab = json(&gitlab, FindingsFormat::Gitlab);
    let of_gitlab: Vec<_> = gitlab.as_array().unwrap().iter().map(|issue| &issue["fingerprint"]).collect();
    assert_eq!(of_gitlab, before.iter().collect::<Vec<_>>(), "the same in every format");
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

#[test]
fn the_same_files_give_the_same_bytes() {
    let workspace = repository().join("tests/fixtures/broken-acme");
    for format in FORMATS {
        assert_eq!(written(&check(&workspace), format), written(&check(&workspace), format));
    }
}

/// A result carries its fix as a reader of SARIF applies it: by lines and columns, the last replacement first.
#[test]
fn sarif_has_the_fixes() {
    let before = "# ü 🙂\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: t, labels: {ü: 🙂, no: b}}\nspec: {members: [7]}\n";
    let after = before.replace("no:", "\"no\":").replace('7', "\"7\"");
    let workspace = Workspace::with(&[("a b.yaml", before.as_bytes())]);
    let sarif = json(&check(&workspace.root), FindingsFormat::Sarif);
    is_valid_by("sarif.json", &sarif);
    let mut text = before.to_owned();
    let mut replacements = Vec::new();
    for fix in results(&sarif).iter().filter_map(|result| result.get("fixes")) {
        let change = &fix[0]["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uri"], "access/a%20b.yaml");
        replacements.extend(change["replacements"].as_array().unwrap());
    }
    let at = |text: &str, line: u64, column: u64| {
        let number = |number: u64| usize::try_from(number).unwrap() - 1;
        let start: usize = text.split_inclusive('\n').take(number(line)).map(str::len).sum();
        start + text[start..].chars().take(number(column)).map(char::len_utf8).sum::<usize>()
    };
    replacements.sort_by_key(|it| std::cmp::Reverse(it["deletedRegion"]["startLine"].as_u64()));
    for replacement in replacements {
        let region = |name: &str| replacement["deletedRegion"][name].as_u64().unwrap();
        let start = at(&text, region("startLine"), region("startColumn"));
        let end = at(&text, region("endLine"), region("endColumn"));
        text.replace_range(start..end, replacement["insertedContent"]["text"].as_str().unwrap());
    }
    assert_eq!(text, after);
}
