//! A Code Quality report, as GitLab shows it in merge requests:
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use serde::Serialize;

use super::annotation::Annotation;
use crate::report::json_v1;

#[derive(Serialize)]
struct Issue {
    /// All that is shown: one line, with the rule in it.
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

pub(super) fn write(out: &mut dyn Write, annotations: Vec<Annotation>) -> io::Result<()> {
    json_v1::write(out, &annotations.into_iter().map(issue).collect::<Vec<_>>())
}

fn issue(annotation: Annotation) -> Issue {
    Issue {
        description: format!(
            "{}: {}",
            annotation.rule.name,
            annotation.lines().join("; ").replace('\n', " ")
        ),
        check_name: annotation.rule.name,
        severity: if annotation.is_error() { "major" } else { "minor" },
        fingerprint: annotation.fingerprint,
        location: Location {
            path: annotation.region.path,
            lines: Lines { begin: annotation.region.start.line, end: annotation.region.end.line },
        },
    }
}
