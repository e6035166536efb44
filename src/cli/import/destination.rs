//! The workspace that is imported into: what it declares already, what its rules say of what is to come, and its new files.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::check::Validated;
use crate::check::proofs::Proofs;
use crate::cli::args::Format;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::planning::not_valid;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{check_files, proofs};
use crate::durable::{Draft, Readers, create_folders, folder_of, sync_folder};
use crate::import::{Declarations, DeclaredFind, Layout, LeftOut, NewFile, Noted, Refusal, judge, refusals};
use crate::model::{Address, Cluster, Desired, DesiredProject, Metadata, Name, Project, Settings, SshKey};
use crate::openssh::Fingerprint;
use crate::report::paths::Shown;
use crate::report::view::plural;
use crate::source::walk::{Files, Folder, Unreadable, Walked};

/// The schema for editors, which `keyplan init` writes.
const SCHEMA: &str = ".keyplan/schemas/declaration-v1.json";

/// A workspace without errors.
pub(super) struct Destination<'a> {
    workspace: &'a Utf8Path,
    proofs: Proofs,
    pub(super) desired: Desired,
    pub(super) settings: Settings,
}

/// Files that are not there yet, and what is declared with them.
pub(super) struct Prepared {
    files: Vec<NewFile>,
    pub(super) desired: Desired,
}

impl<'a> Destination<'a> {
    /// Checks a workspace; nothing when it has errors, which are then shown.
    pub(super) fn open(
        workspace: &'a Utf8Path,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Self>, Failure> {
        let mut proofs = proofs(workspace);
        let validated = check_files(&Folder(workspace), workspace, &mut proofs, terminal)?;
        let Some(desired) = validated.desired else {
            refuse(&validated, workspace, terminal)?;
            return Ok(None);
        };
        Ok(Some(Self { workspace, proofs, desired, settings: validated.settings }))
    }

    /// What is declared of a project.
    pub(super) fn home(&self, project: &Name) -> Option<&DesiredProject> {
        self.desired.projects.get(project)
    }

    /// The declaration of a project, unless it is declared already.
    pub(super) fn project(&self, name: &Name) -> Vec<Noted<Project>> {
        let project = Project { name: name.clone(), metadata: Metadata::default(), members: Vec::new() };
        if self.home(name).is_some() { Vec::new() } else { vec![project.into()] }
    }

    /// The keys of a project that are declared already.
    pub(super) fn keys(&self, project: &Name) -> BTreeMap<Fingerprint, Arc<SshKey>> {
        let keys = self.home(project).into_iter().flat_map(|home| home.keys.values());
        keys.map(|key| (*key.value.public_key.fingerprint(), Arc::clone(&key.value))).collect()
    }

    /// Whether a cluster is declared already, which is then told.
    pub(super) fn has_cluster(&self, cluster: &Cluster, terminal: &mut Terminal<'_>) -> io::Result<bool> {
        let is_declared =
            self.home(&cluster.project).is_some_and(|home| home.clusters.contains_key(&cluster.name));
        if is_declared {
            terminal.say(&format!(
                "declared already: `{}`, which stays as it is: to give it a key, write `sshKey`",
                cluster.address()
            ))?;
        }
        Ok(is_declared)
    }

    /// Of declared keys those that no rule of this workspace refuses, and what is left out.
    pub(super) fn judge(
        &mut self,
        keys: Vec<DeclaredFind>,
        project: &Name,
        terminal: &Terminal<'_>,
    ) -> Result<(Vec<DeclaredFind>, Vec<LeftOut>), Failure> {
        let (projects, folder) = (self.project(project), self.free_folder());
        judge(keys, projects, &folder, |new| self.check_with(new, terminal))
    }

    /// What the rules of this workspace refuse of declarations.
    pub(super) fn refusals(
        &mut self,
        declarations: &Declarations,
        terminal: &Terminal<'_>,
    ) -> Result<BTreeMap<Address, Refusal>, Failure> {
        let folder = self.free_folder();
        refusals(declarations, &folder, |new| self.check_with(new, terminal))
    }

    /// Writes declarations into files of their own, if the workspace is valid with them.
    pub(super) fn write(
        mut self,
        declarations: &Declarations,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitCode, Failure> {
        let Some(prepared) = self.prepare(declarations, terminal)? else { return Ok(ExitCode::Findings) };
        self.create_all(&prepared, terminal)?;
        let workspace = self.workspace;
        terminal.say(&format!("next: `keyplan validate {workspace}`, then `keyplan plan {workspace}`"))?;
        Ok(ExitCode::Done)
    }

    /// The files of declarations, if the workspace is valid with them; nothing when it is not, which is then shown.
    pub(super) fn prepare(
        &mut self,
        declarations: &Declarations,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Prepared>, Failure> {
        let workspace = self.workspace;
        let schema = workspace.join(SCHEMA).is_file().then_some(Utf8Path::new(SCHEMA));
        let layout = Layout { schema, is_taken: &|path| workspace.join(path).symlink_metadata().is_ok() };
        let files = layout.files(declarations);
        let new = files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes())).collect();
        let mut validated = self.check_with(new, terminal)?;
        let Some(desired) = validated.desired.take() else {
            refuse(&validated, workspace, terminal)?;
            return Ok(None);
        };
        if let Some(address) = declarations.addresses().find(|address| !desired.declares(address)) {
            return Err(Failure::Refused {
                problem: format!(
                    "`{address}` would not be read: `exclude` of keyplan.yaml passes over its file"
                ),
                help: "nothing was written; take the pattern out of `exclude`".into(),
            });
        }
        self.folders_are_fit(&files)?;
        Ok(Some(Prepared { files, desired }))
    }

    /// Writes files, and tells of each.
    pub(super) fn create_all(&self, prepared: &Prepared, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
        for file in &prepared.files {
            self.create(file)?;
            let documents = plural(file.documents, "document");
            terminal.say(&format!("wrote {}: {documents}", self.shown(&file.path)))?;
        }
        Ok(())
    }

    /// Whether each folder can be made, or is one already: a link may lead out of the workspace.
    fn folders_are_fit(&self, files: &[NewFile]) -> Result<(), Failure> {
        let mut folders = files.iter().map(|file| folder_of(&file.path));
        let unfit = |folder: &&Utf8Path| {
            self.workspace.join(folder).symlink_metadata().is_ok_and(|about| !about.is_dir())
        };
        match folders.find(|folder| *folder != "." && unfit(folder)) {
            None => Ok(()),
            Some(folder) => Err(Failure::Refused {
                problem: format!("`{}` is no folder, or a link to one", self.shown(folder)),
                help: "nothing was written; move it away".into(),
            }),
        }
    }

    fn create(&self, NewFile { path, text, documents: _ }: &NewFile) -> Result<(), Failure> {
        let (shown, path) = (self.shown(path), self.workspace.join(path));
        let folder = folder_of(&path);
        let written = || -> io::Result<bool> {
            create_folders(folder)?;
            let mut draft = Draft::new(path.clone(), Readers::Umask)?;
            draft.write_all(text.as_bytes())?;
            let is_new = draft.create()?;
            sync_folder(folder)?;
            Ok(is_new)
        };
        if written().map_err(Failure::io(format!("cannot write `{shown}`")))? {
            return Ok(());
        }
        Err(Failure::Refused {
            problem: format!("`{shown}` has appeared meanwhile, and is not written over"),
            help: "run it again: what is declared by then is not declared again".into(),
        })
    }

    /// A path below the workspace, as the caller can open it.
    fn shown(&self, path: &Utf8Path) -> String {
        Shown::below(self.workspace).path(path)
    }

    /// Checks the workspace as it would be with more files.
    fn check_with(
        &mut self,
        new: BTreeMap<Utf8PathBuf, Vec<u8>>,
        terminal: &Terminal<'_>,
    ) -> Result<Validated, Failure> {
        let files = WithMore { folder: Folder(self.workspace), new };
        check_files(&files, self.workspace, &mut self.proofs, terminal)
    }

    /// A folder below the workspace that is not there.
    fn free_folder(&self) -> Utf8PathBuf {
        let mut names = (1_u32..).map(|number| Utf8PathBuf::from(format!("imported-{number}")));
        let is_free = |name: &Utf8PathBuf| self.workspace.join(name).symlink_metadata().is_err();
        names.find(is_free).unwrap_or_default()
    }
}

/// Shows the errors of a workspace.
fn refuse(
    validated: &Validated,
    workspace: &Utf8Path,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    not_valid(validated, &Shown::below(workspace), Format::Human, "imported", terminal)?;
    Ok(ExitCode::Findings)
}

/// A workspace in a folder, with files that are not there yet.
struct WithMore<'a> {
    folder: Folder<'a>,
    new: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl Files for WithMore<'_> {
    fn list(&self) -> io::Result<Walked> {
        let mut walked = self.folder.list()?;
        walked.files.extend(self.new.keys().cloned());
        walked.files.sort_unstable();
        Ok(walked)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.new.get(path).map_or_else(|| self.folder.read(path), |text| Ok(text.clone()))
    }

    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.new.get(path).map_or_else(|| self.folder.head(path), |text| Ok(text.clone()))
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        self.folder.read_key(path)
    }

    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        self.folder.beside(path)
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn io::Read>, Unreadable> {
        self.folder.open_list(path)
    }
}
