//! What is open in the editor: folders, documents, and the workspaces that they belong to.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::PublishDiagnosticsParams;

use super::documents::Documents;
use super::editor::Editor;
use super::host::Host;
use super::initialize::ClientParams;
use super::links::{real_folder, written_root};
use super::workspace::OpenWorkspace;
use crate::check::declare::API_VERSION;
use crate::source::walk::{SETTINGS, has_settings};

/// What is open.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) editor: Editor<'a>,
    /// Whether the client tells of changed files when it is asked to.
    pub(super) watches_files: bool,
    /// The folders that the editor has open, as it writes them, with their paths without links.
    pub(super) folders: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    workspaces: BTreeMap<Utf8PathBuf, OpenWorkspace>,
    /// What is still to be told of workspaces that were closed.
    farewells: Vec<PublishDiagnosticsParams>,
}

impl<'a> Session<'a> {
    pub(super) fn new(host: &'a Host<'a>, client: &ClientParams) -> Self {
        let editor = Editor {
            host,
            encoding: client.encoding(),
            documents: Documents::default(),
            written_roots: BTreeMap::new(),
        };
        let mut session = Self {
            editor,
            watches_files: client.watches_files(),
            folders: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            farewells: Vec::new(),
        };
        session.open_folders(client.folders().into_iter());
        session
    }

    /// Notes folders that the editor opens.
    pub(super) fn open_folders(&mut self, folders: impl Iterator<Item = Utf8PathBuf>) {
        self.folders.extend(folders.map(|folder| {
            let real = real_folder(&folder);
            (folder, real)
        }));
    }

    /// Says that a file may have changed, by its path without links.
    pub(super) fn touch(&mut self, path: &Utf8Path) {
        let touched = self.workspaces.iter_mut().filter(|(root, _)| path.starts_with(root));
        touched.for_each(|(_, workspace)| workspace.touch());
    }

    /// The innermost workspace that a file is in by its path without links, its path there, and the editor.
    pub(super) fn workspace_of(
        &mut self,
        path: &Utf8Path,
    ) -> Option<(&mut OpenWorkspace, Utf8PathBuf, &Editor<'a>)> {
        self.open_workspaces();
        let around = self.workspaces.iter_mut().filter(|(root, _)| path.starts_with(root));
        let (root, workspace) = around.max_by_key(|(root, _)| root.components().count())?;
        let below = path.strip_prefix(root).ok()?.to_owned();
        Some((workspace, below, &self.editor))
    }

    /// Tells what is new in each workspace.
    pub(super) fn news(&mut self) -> Vec<PublishDiagnosticsParams> {
        self.open_workspaces();
        let mut news = std::mem::take(&mut self.farewells);
        news.extend(self.workspaces.values_mut().flat_map(|workspace| workspace.news(&self.editor)));
        news
    }

    /// Opens and closes workspaces as documents and folders ask for it.
    fn open_workspaces(&mut self) {
        let roots = self.roots();
        let closed: Vec<_> = self.workspaces.keys().filter(|root| !roots.contains(*root)).cloned().collect();
        for root in closed {
            let workspace = self.workspaces.remove(&root);
            self.farewells.extend(workspace.into_iter().flat_map(OpenWorkspace::farewell));
        }
        let written = |root: &Utf8PathBuf| Some((root.clone(), self.written(root)?));
        self.editor.written_roots = roots.iter().filter_map(written).collect();
        for root in roots {
            let open = self.workspaces.entry(root);
            open.or_insert_with_key(|root| OpenWorkspace::new(root, self.editor.host));
        }
    }

    /// The root of a workspace as the client writes it: by its folders, else by its documents.
    fn written(&self, root: &Utf8Path) -> Option<Utf8PathBuf> {
        let folders = self.folders.iter().map(|(written, real)| (written.as_path(), real.as_path()));
        folders.chain(self.editor.documents.paths()).find_map(|names| written_root(root, names))
    }

    /// The workspaces of all folders and documents, by their paths without links.
    fn roots(&self) -> BTreeSet<Utf8PathBuf> {
        if let Some(only) = &self.editor.host.workspace {
            return [only.clone()].into();
        }
        let of_folders = self.folders.values().filter_map(|folder| self.top_of(folder));
        let of_documents = self.editor.documents.iter().filter_map(|(path, document)| {
            let folder = path.parent()?;
            self.top_of(folder).or_else(|| self.folder_without_settings(path, &document.text))
        });
        of_folders.chain(of_documents).collect()
    }

    /// The nearest folder upwards that has a `keyplan.yaml`, saved or not.
    fn top_of(&self, folder: &Utf8Path) -> Option<Utf8PathBuf> {
        let is_open = |path: &Utf8Path| self.editor.documents.get(path).is_some();
        let is_top = |folder: &&Utf8Path| {
            has_settings(folder) || SETTINGS.iter().any(|file| is_open(&folder.join(file)))
        };
        folder.ancestors().find(is_top).map(Utf8Path::to_owned)
    }

    /// The folder of the editor that a document of keyplan is in: the workspace, where there is no `keyplan.yaml`. Other
    /// YAML makes none of it.
    fn folder_without_settings(&self, path: &Utf8Path, text: &str) -> Option<Utf8PathBuf> {
        let is_declaration = text.lines().any(|line| {
            line.strip_prefix("apiVersion:").is_some_and(|version| version.trim().starts_with(API_VERSION))
        });
        let inner = self.folders.values().filter(|folder| is_declaration && path.starts_with(folder));
        inner.max_by_key(|folder| folder.components().count()).cloned()
    }
}
