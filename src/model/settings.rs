//! What `keyplan.yaml` says of the workspace as a whole.

use std::collections::BTreeMap;

use super::{Name, NodeFormat, ResourceKind, StatePlace, Subject, UserName};
use crate::words::words;

/// The folder in which a workspace keeps its state when nothing else is said.
const DEFAULT_STATE: &str = ".keyplan/state";

/// Most deletions that one plan may hold.
pub const DEFAULT_DELETES: u32 = 10;
/// Most deletions that one plan may hold, in percent of the recorded resources of a kind.
pub const DEFAULT_DELETES_PERCENT: u32 = 30;

/// Most clusters and people that may lose access in one plan without being deleted.
pub const DEFAULT_ACCESS_LOSS: u32 = 10;
/// The same in percent of those that are recorded in a project.
pub const DEFAULT_ACCESS_LOSS_PERCENT: u32 = 30;

/// Most nodes that are visited at the same time.
pub const DEFAULT_PARALLEL: u32 = 16;
/// Seconds that a node may take for each thing that is asked of it.
pub const DEFAULT_TIMEOUT: u32 = 10;

words! {
    #[derive(Default)]
    pub enum TargetKind {
        /// Nowhere else: the recorded state is the registry.
        #[default]
        Record = "record",
        /// On the nodes of clusters, over SSH.
        Ssh = "ssh",
        /// In files from which nodes are born.
        Files = "files",
        /// In Spectro Cloud Palette, over its API.
        Palette = "palette",
    }
}

impl TargetKind {
    /// The kind that an id is of, as [`Settings::target_id`] has it.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        let word = id.split([' ', ',']).next()?;
        Self::parse(word)
    }

    /// The kinds of resources that it has places for: a change of another kind is recorded and has no effect.
    #[must_use]
    pub const fn kinds(self) -> &'static [ResourceKind] {
        match self {
            Self::Record => &[],
            Self::Ssh | Self::Files => &[ResourceKind::Cluster],
            Self::Palette => ResourceKind::ALL,
        }
    }
}

words! {
    /// What becomes of a plan that leaves clusters a key which a former holder may still have.
    #[derive(Default)]
    pub enum FormerHolderLevel {
        /// Nothing is said of it.
        Off = "off",
        /// It is noted.
        #[default]
        Warning = "warning",
        /// It is not applied.
        Error = "error",
    }
}

/// How nodes are reached over SSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SshSettings {
    /// Most nodes that are visited at the same time; at least 1.
    pub parallel: u32,
    /// Seconds that a node may take to answer; at least 1.
    pub timeout: u32,
}

impl Default for SshSettings {
    fn default() -> Self {
        Self { parallel: DEFAULT_PARALLEL, timeout: DEFAULT_TIMEOUT }
    }
}

/// Where files are kept from which nodes are born with their key.
pub const DEFAULT_DIRECTORY: &str = ".rendered";

/// The files from which nodes are born with their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSettings {
    /// The folder that they are kept in, relative to the workspace.
    pub directory: Box<str>,
    /// The formats, in their order, each once.
    pub formats: Vec<NodeFormat>,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self { directory: DEFAULT_DIRECTORY.into(), formats: Vec::new() }
    }
}

/// Where Palette answers when nothing else is said.
pub const DEFAULT_PALETTE_HOST: &str = "api.spectrocloud.com";
/// Most requests to Palette at the same time.
pub const DEFAULT_PALETTE_PARALLEL: u32 = 8;
/// Seconds that a request to Palette may take in all.
pub const DEFAULT_PALETTE_TIMEOUT: u32 = 60;

words! {
    /// Whose the members of teams in Palette are.
    #[derive(Default)]
    pub enum TeamMembers {
        /// keyplan's: they are as they are declared.
        #[default]
        Declared = "declared",
        /// The identity system's, which fills teams at each login: only the roles of teams are keyplan's.
        Observed = "observed",
    }
}

/// Where Palette is, and how it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaletteSettings {
    /// The tenant that everything is in, by the name of its organisation or its uid: the API key of another tenant is
    /// refused. Empty only where the target is another one.
    pub tenant: Box<str>,
    /// Where Palette answers, as in `https://palette.example.com`; nothing where the environment may name it.
    pub host: Option<Box<str>>,
    /// A file of certificates, relative to the workspace, that are trusted beside those of the system.
    pub ca_file: Option<Box<str>>,
    /// Most requests at the same time; nothing for [`DEFAULT_PALETTE_PARALLEL`].
    pub parallel: Option<u32>,
    /// Seconds that a request may take in all; nothing for [`DEFAULT_PALETTE_TIMEOUT`].
    pub timeout: Option<u32>,
    pub teams: TeamMembers,
}

/// The settings of a workspace that plan and apply heed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The workspace's name, where it has one.
    pub name: Option<Name>,
    pub state: StatePlace,
    /// Most deletions that one plan may hold.
    pub deletes: u32,
    /// Most deletions that one plan may hold, in percent of the recorded resources of a kind.
    pub deletes_percent: u32,
    /// Most clusters and people that may lose access in one plan without being deleted.
    pub access_loss: u32,
    /// The same in percent of those that are recorded in a project.
    pub access_loss_percent: u32,
    /// Who answers for the whole workspace: teams, new projects, the settings.
    pub owners: Vec<Subject>,
    /// Who is who at the forge: users by their logins there.
    pub people: BTreeMap<Box<str>, UserName>,
    /// The level of the rule `former-holder`.
    pub former_holder: FormerHolderLevel,
    pub target: TargetKind,
    pub ssh: SshSettings,
    /// The files that the target `files` keeps.
    pub files: FilesSettings,
    pub palette: PaletteSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            state: StatePlace::Folder(DEFAULT_STATE.into()),
            deletes: DEFAULT_DELETES,
            deletes_percent: DEFAULT_DELETES_PERCENT,
            access_loss: DEFAULT_ACCESS_LOSS,
            access_loss_percent: DEFAULT_ACCESS_LOSS_PERCENT,
            owners: Vec::new(),
            people: BTreeMap::new(),
            former_holder: FormerHolderLevel::default(),
            target: TargetKind::default(),
            ssh: SshSettings::default(),
            files: FilesSettings::default(),
            palette: PaletteSettings::default(),
        }
    }
}

impl Settings {
    /// Where changes land, with the settings that decide which places those are: two that differ in it do not
    /// have their effects in the same places.
    #[must_use]
    pub fn target_id(&self) -> String {
        let kind = self.target.word();
        match self.target {
            // How many nodes are visited at a time, and how long each may take, decides no place.
            TargetKind::Record | TargetKind::Ssh => kind.into(),
            TargetKind::Files => {
                let formats: Vec<_> = self.files.formats.iter().map(ToString::to_string).collect();
                format!("{kind} in {} as {}", self.files.directory, formats.join(", "))
            }
            TargetKind::Palette => {
                let PaletteSettings { tenant, host, .. } = &self.palette;
                let host = host.as_ref().map(|host| format!(" at {host}")).unwrap_or_default();
                format!("{kind}, tenant {tenant}{host}")
            }
        }
    }
}
