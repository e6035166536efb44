//! Code Quality reports, as GitLab reads them.

use keyplan::check::Validated;
use keyplan::report::findings::FindingsFormat;

use super::{Expected, is_valid_by, json};

/// Holds the report against what was found.
pub(super) fn says(validated: &Validated, expected: &[Expected]) {
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
