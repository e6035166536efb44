//! Files that look like declarations and are not read, and a workspace of which nothing is read.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::{Finding, Location};
use crate::rules::{nothing_read, unread_file};
use crate::source::walk::Files;
use crate::source::{SourceFile, SourceSet};

/// Finds those of the files beside the declarations that hold declarations all the same.
pub(super) fn check(
    files: &dyn Files,
    others: &[Utf8PathBuf],
    file_count: usize,
    sources: &mut SourceSet,
    findings: &mut Vec<Finding>,
) {
    let mut add = |path: &Utf8Path| {
        Location::File(sources.add(SourceFile::of_text(path.to_owned(), String::new(), Vec::new())))
    };
    for path in others {
        if files.head(path).is_ok_and(|bytes| declares(&String::from_utf8_lossy(&bytes))) {
            findings.push(unread_file::finding(add(path), path));
        }
    }
    if file_count == 0 {
        findings.push(nothing_read::finding(add(Utf8Path::new("."))));
    }
}

/// Whether a text, in YAML or in JSON, says that it is of keyplan.
fn declares(text: &str) -> bool {
    text.match_indices("apiVersion").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':').unwrap_or_default().trim_start();
        value.trim_start_matches(['"', '\'']).starts_with("keyplan/")
    })
}

#[cfg(test)]
mod tests {
    use super::declares;

    #[test]
    fn knows_declarations_by_their_version() {
        for text in [
            "apiVersion: keyplan/v1\n",
            "{\"apiVersion\": \"keyplan/v1\"}",
            "# x\napiVersion:   'keyplan/v2'",
        ] {
            assert!(declares(text), "{text}");
        }
        for text in
            ["{\"apiVersion\": {\"const\": \"keyplan/v1\"}}", "apiVersion: v1\nname: keyplan/", "{}", ""]
        {
            assert!(!declares(text), "{text}");
        }
    }
}
