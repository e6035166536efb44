//! What the rules of a workspace say of keys that are to be declared.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::declarations::{Declarations, Noted};
use super::found::{FoundKey, LeftOut, places};
use super::layout::Layout;
use crate::check::Validated;
use crate::diagnostics::{Diagnostic, Severity};
use crate::model::{Address, Project, SshKey};
use crate::rules::unused_key;

/// A declaration, and what it is made from.
pub type DeclaredFind = (Noted<SshKey>, FoundKey);

/// Keeps the keys that no rule refuses; each is judged alone, whatever is wrong with another. What is refused is left out,
/// with the first of its findings.
///
/// `check` checks the workspace with more files; `folder` is a path below it where there is nothing. The project of the
/// keys is declared there as well unless it is already.
///
/// # Errors
/// When `check` fails.
pub fn judge<E>(
    keys: Vec<DeclaredFind>,
    projects: Vec<Noted<Project>>,
    folder: &Utf8Path,
    check: impl FnOnce(BTreeMap<Utf8PathBuf, Vec<u8>>) -> Result<Validated, E>,
) -> Result<(Vec<DeclaredFind>, Vec<LeftOut>), E> {
    if keys.is_empty() {
        return Ok((keys, Vec::new()));
    }
    let path = |number: usize| folder.join(format!("{number}.yaml"));
    let mut new = BTreeMap::new();
    if !projects.is_empty() {
        new.insert(folder.join("project.yaml"), text(&Declarations { projects, ..Declarations::default() }));
    }
    for (number, (key, _)) in keys.iter().enumerate() {
        let keys = vec![key.clone()];
        new.insert(path(number), text(&Declarations { keys, ..Declarations::default() }));
    }
    let validated = check(new)?;
    let refused = errors(&validated);
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for (number, (key, found)) in keys.into_iter().enumerate() {
        match refused.get(&*path(number)) {
            None => kept.push((key, found)),
            Some(diagnostic) => left_out.push(LeftOut {
                at: places(&found.at),
                why: format!("{}: {}", found.key.fingerprint(), diagnostic.summary),
                rule: Some(diagnostic.rule.name),
            }),
        }
    }
    Ok((kept, left_out))
}

/// Why a rule refuses a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    pub rule: &'static str,
}

/// What the rules refuse of declarations, with the first finding of each: of the first kind of which any is refused, as
/// what names a refused resource is refused for that alone.
///
/// `check` and `folder` are as for [`judge`].
///
/// # Errors
/// When `check` fails.
pub fn refusals<E>(
    declarations: &Declarations,
    folder: &Utf8Path,
    check: impl FnOnce(BTreeMap<Utf8PathBuf, Vec<u8>>) -> Result<Validated, E>,
) -> Result<BTreeMap<Address, Refusal>, E> {
    // Files are read in the order of their names: of two that cannot stand together the first stays.
    let path = |number: usize| folder.join(format!("{number:08}.yaml"));
    let texts = declarations.each().enumerate();
    let new: BTreeMap<_, _> = texts.map(|(number, alone)| (path(number), text(&alone))).collect();
    if new.is_empty() {
        return Ok(BTreeMap::new());
    }
    let validated = check(new)?;
    let errors = errors(&validated);
    let mut refused = BTreeMap::new();
    let mut kind = None;
    for (number, address) in declarations.addresses().enumerate() {
        let Some(error) = errors.get(&*path(number)) else { continue };
        if *kind.get_or_insert(address.kind()) != address.kind() {
            break;
        }
        refused.insert(address, Refusal { why: error.summary.clone(), rule: error.rule.name });
    }
    Ok(refused)
}

fn text(declarations: &Declarations) -> Vec<u8> {
    let alone = Layout { schema: None, is_taken: &|_| false };
    alone.files(declarations).into_iter().map(|file| file.text).collect::<String>().into_bytes()
}

/// The first error in each file. Whether a cluster has a key is not said here.
fn errors(validated: &Validated) -> BTreeMap<&Utf8Path, &Diagnostic> {
    let mut first = BTreeMap::new();
    for diagnostic in &validated.diagnostics {
        if diagnostic.severity == Severity::Error && *diagnostic.rule != unused_key::RULE {
            first.entry(validated.sources.file(diagnostic.place().file).path()).or_insert(diagnostic);
        }
    }
    first
}
