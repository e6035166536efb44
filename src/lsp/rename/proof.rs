//! That a rename changes a name, and nothing else of what is declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::edits::EditsOfFiles;
use super::refusal::Refusal;
use crate::check::{Validated, validate};
use crate::diagnostics::{Severity, visible};
use crate::lsp::editor::Editor;
use crate::lsp::workspace::OpenWorkspace;
use crate::model::{Address, Cluster, Name, Recorded, RecordedProject, SshKey, Subject};
use crate::source::edited;
use crate::source::walk::Files;

/// Checks the workspace with the edits made.
pub(super) fn changes_only_the_name(
    workspace: &mut OpenWorkspace,
    (address, new): (&Address, &Name),
    edits: &EditsOfFiles,
    editor: &Editor<'_>,
) -> Result<(), Refusal> {
    let after = check_edited(workspace, edits, editor)?;
    let before = workspace.validated(editor).ok_or(Refusal::Nothing)?;
    match (&before.desired, &after.desired) {
        (Some(before), Some(after)) => {
            let mut expected = Recorded::from(before);
            give(&mut expected, address, new);
            if expected == Recorded::from(after) { Ok(()) } else { Err(Refusal::More) }
        }
        // Where there were errors before, there may be as many after.
        _ if after.count(Severity::Error) <= before.count(Severity::Error) => Ok(()),
        _ => {
            let is_error = |severity: Severity| severity == Severity::Error;
            let first = after.diagnostics.iter().find(|one| is_error(one.severity));
            Err(Refusal::Invalid(first.map(|one| visible(&one.summary)).unwrap_or_default()))
        }
    }
}

fn check_edited(
    workspace: &OpenWorkspace,
    edits: &EditsOfFiles,
    editor: &Editor<'_>,
) -> Result<Validated, Refusal> {
    let mut files = editor.files(&workspace.root);
    let texts: BTreeMap<_, _> = edits
        .iter()
        .filter_map(|(path, edits)| {
            let text = String::from_utf8(files.read(path).ok()?).ok()?;
            Some((path.clone(), edited(&text, edits)))
        })
        .collect();
    files.texts.extend(texts.iter().map(|(path, text)| (path.clone(), text.as_str())));
    validate(&files, (editor.host.today)(), workspace.proofs()).map_err(|_| Refusal::Nothing)
}

/// Gives what has an address another name, and lets all that refers to it follow.
fn give(recorded: &mut Recorded, address: &Address, new: &Name) {
    let old = address.name();
    match address {
        Address::Team(_) => give_team(recorded, old, new),
        Address::Project(_) => {
            if let Some(home) = recorded.projects.remove(old) {
                recorded.projects.insert(new.clone(), home.renamed(new));
            }
        }
        Address::Key(project, _) => {
            if let Some(home) = recorded.projects.get_mut(project) {
                give_key(home, old, new);
            }
        }
        Address::Cluster(project, _) => {
            if let Some(home) = recorded.projects.get_mut(project) {
                give_cluster(home, old, new);
            }
        }
    }
}

fn give_cluster(home: &mut RecordedProject, old: &Name, new: &Name) {
    if let Some(mut cluster) = home.clusters.remove(old) {
        let changed: &mut Cluster = Arc::make_mut(&mut cluster);
        changed.name = new.clone();
        home.clusters.insert(new.clone(), cluster);
    }
}

fn give_key(home: &mut RecordedProject, old: &Name, new: &Name) {
    if let Some(mut key) = home.keys.remove(old) {
        let changed: &mut SshKey = Arc::make_mut(&mut key);
        changed.name = new.clone();
        home.keys.insert(new.clone(), key);
    }
    for cluster in home.clusters.values_mut().filter(|cluster| cluster.ssh_key.as_ref() == Some(old)) {
        let changed: &mut Cluster = Arc::make_mut(cluster);
        changed.ssh_key = Some(new.clone());
    }
}

fn give_team(recorded: &mut Recorded, old: &Name, new: &Name) {
    if let Some(mut team) = recorded.teams.remove(old) {
        team.name = new.clone();
        recorded.teams.insert(new.clone(), team);
    }
    let (was, is) = (Subject::Team(old.clone()), Subject::Team(new.clone()));
    for home in recorded.projects.values_mut() {
        let members = home.project.members.iter_mut().filter(|member| member.subject == was);
        members.for_each(|member| member.subject = is.clone());
        home.project.members.sort_unstable();
        for key in home.keys.values_mut().filter(|key| key.owner.as_ref() == Some(&was)) {
            let changed: &mut SshKey = Arc::make_mut(key);
            changed.owner = Some(is.clone());
        }
    }
}
