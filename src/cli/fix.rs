//! `keyplan validate --fix`, and `--diff` beside it.

use std::collections::BTreeMap;
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::args::Fixing;
use super::failure::Failure;
use super::terminal::Terminal;
use super::workspace::{check_files, proofs};
use crate::check::Validated;
use crate::check::fixes::{Fixed, FixedFile, fix};
use crate::diagnostics::{Applicability, Rule, visible};
use crate::durable::{Draft, folder_of, sync_folder};
use crate::report::diff::unified;
use crate::report::paths::Shown;
use crate::report::view::plural;
use crate::source::walk::{Folder, Overlay};

/// Applies fixes in memory.
pub(super) fn fixed(workspace: &Utf8Path, fixing: Fixing, terminal: &Terminal<'_>) -> Result<Fixed, Failure> {
    let most = if fixing.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let mut proofs = proofs(workspace);
    fix(most, |texts| {
        let texts = texts.iter().map(|(path, text)| (path.clone(), text.as_str())).collect();
        let files = Overlay { folder: Folder(workspace), texts };
        check_files(&files, workspace, &mut proofs, terminal)
    })
}

/// Prints what would change.
pub(super) fn show(fixed: &Fixed, shown: &Shown, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    for (path, file) in &fixed.files {
        unified(terminal.out, &shown.path(path), &file.before, &file.after)?;
    }
    terminal.out.flush()?;
    let (count, files) = (plural(fixed.count(), "finding"), plural(fixed.files.len(), "file"));
    terminal.say(&match fixed.count() {
        0 => "note: there is nothing to fix".to_owned(),
        _ => format!("note: `--fix` would fix {count} in {files}"),
    })?;
    Ok(())
}

/// Writes the files that change, each whole or not at all, and tells of each. Nothing is written when one of them is not
/// what was read.
pub(super) fn write(
    workspace: &Utf8Path,
    fixed: &Fixed,
    shown: &Shown,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let mut places = BTreeMap::new();
    for (path, file) in &fixed.files {
        places.insert(path, place_of(workspace, path, &shown.path(path), file)?);
    }
    for (path, file) in &fixed.files {
        let name = shown.path(path);
        let place = place_of(workspace, path, &name, file)?;
        replace(&place, file).map_err(Failure::io(format!("cannot write `{name}`")))?;
        terminal.say(&format!("fixed: {name}: {}", counted(&file.rules)))?;
    }
    if fixed.files.is_empty() {
        terminal.say("note: there is nothing to fix")?;
    }
    Ok(())
}

/// Tells of fixes that were left alone, or could be asked for.
pub(super) fn tell_of_fixes(validated: &Validated, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    let fixes = || validated.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    let count = |kind| fixes().filter(|fix| fix.applicability == kind).count();
    let (safe, unsafe_) = (count(Applicability::Safe), count(Applicability::Unsafe));
    terminal.out.flush()?;
    if safe > 0 {
        terminal.say(&format!("note: `--fix` can fix {}; `--diff` shows how", plural(safe, "finding")))?;
    }
    if unsafe_ > 0 {
        let number = if safe > 0 { format!("{unsafe_} more") } else { plural(unsafe_, "finding") };
        terminal.say(&format!(
            "note: `--fix --unsafe-fixes` can fix {number}: look at `--diff --unsafe-fixes` first, others may get in by it"
        ))?;
    }
    Ok(())
}

/// Where a file is that is still as it was read: in the workspace itself, and not behind a link.
fn place_of(
    workspace: &Utf8Path,
    path: &Utf8Path,
    name: &str,
    file: &FixedFile,
) -> Result<Utf8PathBuf, Failure> {
    let refused = |why: &str, help: &str| {
        let problem = format!("cannot fix `{name}`: {why}");
        Err(Failure::Refused { problem, help: help.to_owned() })
    };
    let found = || Ok((workspace.canonicalize_utf8()?, workspace.join(path).canonicalize_utf8()?));
    let (root, place) = found().map_err(Failure::io(format!("cannot find `{name}`")))?;
    if place != root.join(path) {
        return refused("it is behind a link", "fix the file that the link leads to");
    }
    let about = place.symlink_metadata().map_err(Failure::io(format!("cannot look at `{name}`")))?;
    if about.permissions().readonly() {
        return refused("it is read-only", "make it writable, or see `--diff`");
    }
    let now = read(&place).map_err(Failure::io(format!("cannot read `{name}`")))?;
    if now != file.before.as_bytes() {
        return refused("it has changed since it was read", "run the command again");
    }
    Ok(place)
}

#[expect(clippy::disallowed_methods, reason = "what is to be replaced is compared with what was read")]
fn read(place: &Utf8Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(place)
}

fn replace(place: &Utf8Path, file: &FixedFile) -> std::io::Result<()> {
    let mut draft = Draft::like(place)?;
    draft.write_all(file.after.as_bytes())?;
    draft.replace()?;
    // Not every file system can sync a folder; the file is whole all the same.
    let _ = sync_folder(folder_of(place));
    Ok(())
}

/// Rules with how often each is there: "untidy-key (2), wrong-type".
fn counted(rules: &[&Rule]) -> String {
    let mut counts = BTreeMap::new();
    for rule in rules {
        *counts.entry(rule.name).or_insert(0) += 1;
    }
    let counted = counts.into_iter().map(|(name, times)| match times {
        1 => name.to_owned(),
        _ => format!("{name} ({times})"),
    });
    visible(&counted.collect::<Vec<_>>().join(", "))
}
