//! Names that are declared, where one is to stand.

use std::collections::BTreeSet;

use gen_lsp_types::CompletionItemKind;

use super::candidate::Candidate;
use super::cursor::Cursor;
use crate::check::declare::Kind;
use crate::lsp::index::{Index, IndexedFile, Symbol};
use crate::model::{Address, Name, TEAM};
use crate::source::Segment;

/// What is named at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Projects,
    Teams,
    Users,
    /// Users, and teams as `team:NAME`.
    Subjects,
    /// Keys of the project of the document.
    Keys,
    /// Clusters, as `PROJECT/NAME`.
    Clusters,
}

/// The names that may stand at a place, in their order.
pub(super) fn candidates(cursor: &Cursor, index: &Index) -> Vec<Candidate> {
    let names =
        wanted(cursor).map(|wanted| names(wanted, cursor.project.as_ref(), index)).unwrap_or_default();
    let candidate = |text| Candidate { text, kind: CompletionItemKind::Reference, about: None };
    names.into_iter().map(candidate).collect()
}

fn wanted(cursor: &Cursor) -> Option<Names> {
    let fields = cursor.route.iter().map(|step| match step {
        Segment::Field(name) => name.as_ref(),
        Segment::Item(_) => "-",
    });
    match (cursor.kind?, &fields.collect::<Vec<_>>()[..]) {
        (Kind::SshKey | Kind::Cluster, ["metadata", "project"])
        | (Kind::AccessTest, ["spec", "clusters", "projects", "-"]) => Some(Names::Projects),
        (Kind::Cluster, ["spec", "sshKey"]) => Some(Names::Keys),
        (Kind::Project, ["spec", "members", "-", "team"]) => Some(Names::Teams),
        (Kind::Project, ["spec", "members", "-", "user"])
        | (Kind::Team, ["spec", "members", "-"])
        | (Kind::Workspace, ["spec", "people", _]) => Some(Names::Users),
        (Kind::SshKey, ["spec", "owner"])
        | (Kind::Workspace, ["spec", "owners", "-"])
        | (Kind::AccessTest, ["spec", "openedBy" | "openedOnlyBy" | "changedOnlyBy", "-"]) => {
            Some(Names::Subjects)
        }
        (Kind::AccessTest, ["spec", "clusters", "names", "-"]) => Some(Names::Clusters),
        _ => None,
    }
}

fn names(wanted: Names, home: Option<&Name>, index: &Index) -> BTreeSet<String> {
    let all = index.files.iter().flat_map(IndexedFile::occurrences);
    let name = |symbol: &Symbol, is_declaration: bool| match (wanted, symbol) {
        (Names::Users | Names::Subjects, Symbol::User(user)) => Some(user.to_string()),
        (_, Symbol::Resource(address)) if is_declaration => match (wanted, address) {
            (Names::Projects, Address::Project(name)) | (Names::Teams, Address::Team(name)) => {
                Some(name.to_string())
            }
            (Names::Subjects, Address::Team(name)) => Some(format!("{TEAM}{name}")),
            (Names::Keys, Address::Key(project, name)) => (Some(project) == home).then(|| name.to_string()),
            (Names::Clusters, Address::Cluster(project, name)) => Some(format!("{project}/{name}")),
            _ => None,
        },
        _ => None,
    };
    all.filter_map(|one| name(&one.symbol, one.is_declaration)).collect()
}
