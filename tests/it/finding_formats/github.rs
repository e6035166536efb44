//! Annotations, as GitHub's runner reads them.

use std::collections::BTreeMap;

use keyplan::check::Validated;
use keyplan::diagnostics::{Severity, has_weight, visible};
use keyplan::report::findings::{FindingsFormat, github_annotations};
use keyplan::report::paths::RepositoryPaths;

use super::{Expected, written};
use crate::ci_commands::{azure, github_brackets, teamcity};
use crate::github::{Annotation, parsed};
use crate::support::{check, repository};

/// Holds the annotations against what was found.
pub(super) fn says(validated: &Validated, expected: &[Expected]) {
    let output = written(validated, FindingsFormat::Github);
    let lines: Vec<_> = output.split(['\n', '\r']).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), expected.len(), "{output}");
    for (line, Expected { is_error, rule, path, region, summary }) in lines.into_iter().zip(expected) {
        let Annotation { command, properties, data } = parsed(line).unwrap();
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
