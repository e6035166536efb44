//! Where the workspace declares what access is made of.

use std::fmt;

use camino::Utf8Path;

use crate::diagnostics::visible;
use crate::model::{Cluster, Declared, Desired, DocumentId, Member, Name, SshKey, Team, UserName};
use crate::report::paths::Shown;
use crate::source::{FileId, SourceSet};

/// A file and the line in it at which a document begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", visible(&self.file), self.line)
    }
}

/// A fact of which a path is made.
#[derive(Clone, Copy, Debug)]
pub enum Link<'a> {
    Member(&'a Name, &'a UserName),
    Team(&'a Team),
    Key(&'a SshKey),
    Cluster(&'a Cluster),
    Role(&'a Name, &'a Member),
}

/// What a workspace declares, and where.
#[derive(Debug)]
pub struct DeclaredPlaces<'a> {
    pub desired: &'a Desired,
    pub sources: &'a SourceSet,
    pub shown: Shown,
}

impl DeclaredPlaces<'_> {
    /// Where a fact is declared; nothing where the declarations say something else.
    #[must_use]
    pub fn of(&self, link: Link<'_>) -> Option<Place> {
        let home = |name: &Name| self.desired.projects.get(name);
        let team = |name: &Name| self.desired.teams.get(name);
        match link {
            Link::Member(name, user) => origin(team(name), |team| team.members.contains(user)),
            Link::Team(of) => origin(team(&of.name), |team| team.members == of.members),
            Link::Key(of) => origin(home(&of.project)?.keys.get(&of.name), |key| {
                key.owner == of.owner && key.public_key == of.public_key
            }),
            Link::Cluster(of) => {
                origin(home(&of.project)?.clusters.get(&of.name), |cluster| cluster.ssh_key == of.ssh_key)
            }
            Link::Role(name, member) => {
                origin(home(name).map(|home| &home.project), |project| project.members.contains(member))
            }
        }
        .and_then(|document| self.place(document))
    }

    fn place(&self, document: DocumentId) -> Option<Place> {
        let file = self.sources.file(FileId(document.file));
        let line = file.line_of_document(document.document)?;
        Some(Place { file: self.shown.path(Utf8Path::new(file.path())), line })
    }
}

fn origin<T>(declared: Option<&Declared<T>>, says: impl FnOnce(&T) -> bool) -> Option<DocumentId> {
    declared.filter(|declared| says(&declared.value)).map(|declared| declared.origin)
}
