//! Which file each declaration belongs into, and what is in it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::declarations::Declarations;
use super::document;
use crate::model::Name;

/// A file that is to be written; its path is relative to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub path: Utf8PathBuf,
    pub text: String,
    /// How many documents are in it.
    pub documents: usize,
}

/// Where and how files are written.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// The schema that editors are pointed to, below the workspace; nothing where there is none.
    pub schema: Option<&'a Utf8Path>,
    /// Whether there is something at a path already.
    pub is_taken: &'a dyn Fn(&Utf8Path) -> bool,
}

impl std::fmt::Debug for Layout<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layout").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Layout<'_> {
    /// The files of declarations, in the order in which they are to be written: what is named is written before what
    /// names it. Teams are in `teams.yaml`, and each project in a folder with its name. Where there is such a file
    /// already, the next free number is in the name: `keys-2.yaml`.
    #[must_use]
    pub fn files(&self, declarations: &Declarations) -> Vec<NewFile> {
        let Declarations { teams, projects, keys, clusters } = declarations;
        let mut files = Vec::new();
        files.extend(self.file("teams", &teams.iter().map(document::team).collect::<Vec<_>>()));
        for project in projects_of(declarations) {
            let within = |file: &str| format!("{project}/{file}");
            let projects = projects.iter().filter(|noted| noted.resource.name == *project);
            files.extend(self.file(&within("project"), &projects.map(document::project).collect::<Vec<_>>()));
            let keys = keys.iter().filter(|noted| noted.resource.project == *project);
            files.extend(self.file(&within("keys"), &keys.map(document::key).collect::<Vec<_>>()));
            let clusters = clusters.iter().filter(|noted| noted.resource.project == *project);
            files
                .extend(self.file(&within("clusters"), &clusters.map(document::cluster).collect::<Vec<_>>()));
        }
        files
    }

    fn file(&self, stem: &str, documents: &[String]) -> Option<NewFile> {
        if documents.is_empty() {
            return None;
        }
        let numbered = (2_u32..).map(|number| Utf8PathBuf::from(format!("{stem}-{number}.yaml")));
        let mut paths = std::iter::once(Utf8PathBuf::from(format!("{stem}.yaml"))).chain(numbered);
        let path = paths.find(|path| !(self.is_taken)(path))?;
        let text = self.modeline(&path) + &documents.join("---\n");
        Some(NewFile { path, text, documents: documents.len() })
    }

    /// The comment by which editors find the schema.
    fn modeline(&self, path: &Utf8Path) -> String {
        let Some(schema) = self.schema else { return String::new() };
        let up = "../".repeat(path.components().count() - 1);
        format!("# yaml-language-server: $schema={up}{schema}\n")
    }
}

/// The projects that have anything to be written.
fn projects_of(declarations: &Declarations) -> BTreeSet<&Name> {
    let Declarations { teams: _, projects, keys, clusters } = declarations;
    let projects = projects.iter().map(|noted| &noted.resource.name);
    let keys = keys.iter().map(|noted| &noted.resource.project);
    projects.chain(keys).chain(clusters.iter().map(|noted| &noted.resource.project)).collect()
}
