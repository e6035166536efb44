//! Where the workspace declares what access is made of.

use std::fmt;

use camino::Utf8Path;

use crate::diagnostics::visible;
use crate::model::{Cluster, Declared, Desired, DocumentId, Member, Name, SshKey, Team, UserName};
use crate::report::paths::Shown;
use crate::source::{FileId, SourceSet};
use crate::words::words;

/// A file, and the line in it that says something.
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

words! {
    /// A field of `spec` that says a fact of which a path is made.
    pub enum LinkField {
        Members = "members",
        Owner = "owner",
        SshKey = "sshKey",
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
pub struct DeclaredPlaces<'a> {
    pub desired: &'a Desired,
    pub sources: &'a SourceSet,
    pub shown: Shown,
    /// The line of a field; nothing where its document is the nearest place that is known.
    pub line: &'a LineOf<'a>,
}

/// The line of a field of a document.
pub type LineOf<'a> = dyn Fn(DocumentId, LinkField) -> Option<usize> + Sync + 'a;

impl DeclaredPlaces<'_> {
    /// Where a fact is declared; nothing where the declarations say something else.
    #[must_use]
    pub fn of(&self, link: Link<'_>) -> Option<Place> {
        let home = |name: &Name| self.desired.projects.get(name);
        let team = |name: &Name| self.desired.teams.get(name);
        let field = link.field();
        let document = match link {
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
        };
        self.place(document?, field)
    }

    fn place(&self, document: DocumentId, field: LinkField) -> Option<Place> {
        let file = self.sources.file(FileId(document.file));
        let line = (self.line)(document, field).or_else(|| file.line_of_document(document.document))?;
        Some(Place { file: self.shown.path(Utf8Path::new(file.path())), line })
    }
}

impl Link<'_> {
    const fn field(self) -> LinkField {
        match self {
            Self::Member(..) | Self::Team(_) | Self::Role(..) => LinkField::Members,
            Self::Key(_) => LinkField::Owner,
            Self::Cluster(_) => LinkField::SshKey,
        }
    }
}

fn origin<T>(declared: Option<&Declared<T>>, says: impl FnOnce(&T) -> bool) -> Option<DocumentId> {
    declared.filter(|declared| says(&declared.value)).map(|declared| declared.origin)
}
