//! Findings in the formats of forges and CI servers: each is read as its reader does, on what is empty, ordinary, large
//! and hostile.

mod github;
mod gitlab;
mod junit;
mod sarif;

use camino::Utf8Path;
use keyplan::check::Validated;
use keyplan::diagnostics::{Severity, visible};
use keyplan::report::findings::{FindingsFormat, findings};
use keyplan::report::paths::{RepositoryPaths, Shown};
use proptest::prelude::*;
use serde_json::Value;

use crate::ci_commands::{broken, hostile, valid};
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

/// Holds every format against what was found.
fn says_what_was_found(validated: &Validated) {
    let expected = expected(validated);
    sarif::says(validated, &expected);
    gitlab::says(validated, &expected);
    github::says(validated, &expected);
    junit::says(validated, &expected);
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
    sarif::is_empty(&validated);
    assert_eq!(written(&validated, FindingsFormat::Gitlab), "[]\n");
    assert_eq!(written(&validated, FindingsFormat::Github), "");
    junit::passes(&validated);
    says_what_was_found(&validated);
    says_what_was_found(&check(&Workspace::with(&[]).root));
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let workspace = repository().join("tests/fixtures/broken-acme");
    for format in FORMATS {
        assert_eq!(written(&check(&workspace), format), written(&check(&workspace), format));
    }
}
