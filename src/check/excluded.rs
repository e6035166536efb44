//! What `spec.exclude` of `keyplan.yaml` passes over. It is read before all other files.

use std::io;

use camino::Utf8Path;

use crate::check::declare::load::load_yaml;
use crate::check::declare::{self, Body};
use crate::source::FileId;
use crate::source::walk::{Files, Walked};

/// The files of a workspace, without those that it passes over.
///
/// # Errors
/// When the workspace is no folder that can be read.
pub fn list(files: &dyn Files) -> io::Result<Walked> {
    let mut walked = files.list()?;
    take_out(files, &mut walked);
    Ok(walked)
}

/// Takes out of what the walk found what the workspace passes over. `keyplan.yaml` itself is always read.
fn take_out(files: &dyn Files, walked: &mut Walked) {
    let patterns = patterns(files, walked);
    if patterns.is_empty() {
        return;
    }
    let is_read =
        |path: &Utf8Path| is_workspace(path) || !patterns.iter().any(|pattern| names(pattern, path));
    walked.files.retain(|path| is_read(path));
    walked.others.retain(|path| is_read(path));
    walked.rest.retain(|path| is_read(path));
    walked.problems.retain(|(path, _)| is_read(path));
}

fn is_workspace(path: &Utf8Path) -> bool {
    matches!(path.as_str(), "keyplan.yaml" | "keyplan.yml")
}

/// What is wrong in the file is found when it is read with the others.
fn patterns(files: &dyn Files, walked: &Walked) -> Vec<Box<str>> {
    let Some(path) = walked.files.iter().find(|path| is_workspace(path)) else { return Vec::new() };
    let Ok(bytes) = files.read(path) else { return Vec::new() };
    let mut unused = Vec::new();
    let source = load_yaml(FileId(0), path.clone(), bytes, &mut unused);
    let declarations = declare::declarations(FileId(0), &source, &mut unused);
    let workspace = declarations.into_iter().find_map(|declaration| match declaration.body {
        Body::Workspace(workspace) => workspace.spec,
        _ => None,
    });
    workspace.and_then(|spec| spec.exclude).into_iter().flatten().flatten().collect()
}

/// Whether a pattern names a file, or a folder that it is in. `*` and `?` stand for what is between slashes,
/// `**` for any folders.
fn names(pattern: &str, path: &Utf8Path) -> bool {
    let pattern: Vec<_> = pattern.trim_end_matches('/').split('/').filter(|part| *part != ".").collect();
    let path: Vec<_> = path.as_str().split('/').collect();
    (1..=path.len()).any(|length| matches(&pattern, &path[..length], |part| *part == "**", names_one))
}

/// Whether a part of a pattern names a file or a folder by its own name.
fn names_one(part: &&str, name: &&str) -> bool {
    let (part, name): (Vec<_>, Vec<_>) = (part.chars().collect(), name.chars().collect());
    matches(&part, &name, |letter| *letter == '*', |letter, other| *letter == '?' || letter == other)
}

/// Whether a pattern matches all of a text, where some of its parts stand for any run of parts.
fn matches<T>(
    pattern: &[T],
    text: &[T],
    is_any: impl Fn(&T) -> bool,
    is_one: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    // Where the last run is in the pattern, and up to where it reaches.
    let mut run = None;
    while next < text.len() {
        match pattern.get(at) {
            Some(part) if is_any(part) => {
                run = Some((at, next));
                at += 1;
            }
            Some(part) if is_one(part, &text[next]) => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((start, reach)) = run else { return false };
                run = Some((start, reach + 1));
                (at, next) = (start + 1, reach + 1);
            }
        }
    }
    pattern[at..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::names;

    #[test]
    fn a_pattern_names_files_and_folders() {
        for (pattern, named, others) in [
            (
                "docker-compose.yml",
                &["docker-compose.yml"][..],
                &["a/docker-compose.yml", "docker-compose_yml"][..],
            ),
            ("*.yml", &["a.yml"], &["a/b.yml", "a.yaml"]),
            (
                "**/kustomization.yaml",
                &["kustomization.yaml", "a/b/kustomization.yaml"],
                &["a/kustomization.yml"],
            ),
            ("helm", &["helm/a.yaml", "helm/b/c.yaml"], &["helmet/a.yaml", "a/helm/b.yaml"]),
            ("helm/", &["helm/a.yaml"], &["helm2"]),
            ("a/**/c?.yaml", &["a/cd.yaml", "a/x/y/cd.yaml"], &["a/c.yaml", "b/a/cd.yaml"]),
            ("./ci/*", &["ci/a.yaml", "ci/b/c.yaml"], &["ci2/a.yaml"]),
            ("a*b*c", &["abc", "aXbYbc"], &["acb"]),
        ] {
            for path in named {
                assert!(names(pattern, Utf8Path::new(path)), "{pattern} {path}");
            }
            for path in others {
                assert!(!names(pattern, Utf8Path::new(path)), "{pattern} {path}");
            }
        }
    }
}
