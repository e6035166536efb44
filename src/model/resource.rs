//! Resources: projects, teams, SSH keys and clusters.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Address, DocumentId, KnownKey, Name, NodeAddress, Subject, UserName};
use crate::openssh::{AuthorizedLine, Need, OpenSshVersion, PublicKey, SharedOptions, needs};
use crate::words::words;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub description: Option<Box<str>>,
    /// For machines: names and values, sorted by name.
    pub labels: Vec<(Box<str>, Box<str>)>,
    pub protected: bool,
    /// Set on a recorded resource that may be otherwise than is recorded, since a change was applied in part: what else
    /// may be there of it. No declaration has it, so that the next plan changes the resource again.
    pub partially_applied: Option<Arc<BTreeSet<Stray>>>,
}

impl Metadata {
    /// What else may be there of a partially applied resource.
    pub fn strays(&self) -> impl Iterator<Item = &Stray> {
        self.partially_applied.iter().flat_map(|strays| strays.iter())
    }
}

/// A project: it groups clusters, holds keys, and gives roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Unique among projects.
    pub name: Name,
    pub metadata: Metadata,
    pub members: Vec<Member>,
}

/// A role given to a user or a team.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub subject: Subject,
    pub role: Role,
}

words! {
    /// A role in a project. The names are those of Spectro Cloud Palette.
    pub enum Role {
        ProjectAdmin = "Project Admin",
        ProjectEditor = "Project Editor",
        ProjectViewer = "Project Viewer",
        ClusterAdmin = "Cluster Admin",
        ClusterEditor = "Cluster Editor",
        ClusterViewer = "Cluster Viewer",
    }
}

impl Role {
    /// Whether it lets a person give a cluster another key.
    #[must_use]
    pub const fn may_change_keys(self) -> bool {
        match self {
            Self::ProjectAdmin | Self::ClusterAdmin => true,
            Self::ProjectEditor | Self::ProjectViewer | Self::ClusterEditor | Self::ClusterViewer => false,
        }
    }
}

/// A team: a name for several users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Unique among teams.
    pub name: Name,
    pub metadata: Metadata,
    pub members: Vec<UserName>,
}

/// An SSH key of a project. `K` is its public key: while a workspace is being checked, perhaps none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey<K = PublicKey> {
    /// The project that it belongs to.
    pub project: Name,
    /// Unique in its project.
    pub name: Name,
    pub metadata: Metadata,
    pub public_key: K,
    pub owner: Option<Subject>,
    /// The last day on which it is valid, in UTC.
    pub expires: Option<Date>,
    /// What it may do, and from where.
    pub options: SharedOptions,
}

/// A cluster of a project. It has at most one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The project that it belongs to.
    pub project: Name,
    /// Unique in its project.
    pub name: Name,
    pub metadata: Metadata,
    /// The one key that opens it, of the same project.
    pub ssh_key: Option<Name>,
    pub cloud: Cloud,
    /// The user that logs in on its nodes.
    pub login_user: Box<str>,
    /// Its nodes, where they are known.
    pub nodes: Vec<NodeAddress>,
    /// The oldest OpenSSH on its nodes, where that is known.
    pub sshd: Option<OpenSshVersion>,
    /// Keys of others that its nodes may have, by fingerprint, each once.
    pub known_keys: Vec<KnownKey>,
}

/// The user that logs in on nodes unless a cluster says otherwise.
pub const DEFAULT_LOGIN_USER: &str = "spectro";

/// Whether a text is the name of a user of a system: a POSIX name, as `useradd` takes it.
#[must_use]
pub fn is_login_user(text: &str) -> bool {
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    begins && goes_on && text.len() <= 32
}

words! {
    #[derive(Default)]
    pub enum Cloud {
        Vsphere = "vsphere",
        Maas = "maas",
        EdgeNative = "edge-native",
        Azure = "azure",
        Aks = "aks",
        Aws = "aws",
        Eks = "eks",
        Cloudstack = "cloudstack",
        Gcp = "gcp",
        Gke = "gke",
        #[default]
        Generic = "generic",
    }
}

/// Where Palette keeps the key of a cluster, by what its nodes run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaletteKeyField {
    /// A list of keys, which may be empty.
    List,
    /// One key, which has to be there.
    Required,
    /// One key, which cannot be changed.
    Fixed,
    /// The name of a key pair of that cloud, in place of a key.
    KeyPair,
    /// Nowhere.
    Nowhere,
}

impl Cloud {
    #[must_use]
    pub const fn palette_key_field(self) -> PaletteKeyField {
        match self {
            Self::Vsphere | Self::Maas | Self::EdgeNative => PaletteKeyField::List,
            Self::Azure => PaletteKeyField::Required,
            Self::Aks => PaletteKeyField::Fixed,
            Self::Aws | Self::Eks | Self::Cloudstack => PaletteKeyField::KeyPair,
            Self::Gcp | Self::Gke | Self::Generic => PaletteKeyField::Nowhere,
        }
    }
}

/// A resource and where it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared<T> {
    pub origin: DocumentId,
    /// The name that it had before, when it is renamed; of projects and clusters.
    pub previous_name: Option<Name>,
    pub value: T,
}

impl Project {
    /// `project/NAME`
    #[must_use]
    pub fn address(&self) -> Address {
        Address::Project(self.name.clone())
    }
}

impl Team {
    /// `team/NAME`
    #[must_use]
    pub fn address(&self) -> Address {
        Address::Team(self.name.clone())
    }
}

/// What may be there of a partially applied resource beside what its own name and user say: the change would have given
/// it this name, or this user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    pub address: Address,
    /// Of a cluster: whose file a block with that address is in.
    pub login_user: Option<Box<str>>,
}

impl SshKey<Option<PublicKey>> {
    /// The same key, if its public key is accepted.
    #[must_use]
    pub fn accepted(self) -> Option<SshKey> {
        let Self { project, name, metadata, public_key, owner, expires, options } = self;
        Some(SshKey { project, name, metadata, public_key: public_key?, owner, expires, options })
    }
}

impl SshKey {
    /// The one line that opens a node to the key, with its address as comment: the comment from the declaration is
    /// never written to a node. `sshd` is the oldest OpenSSH on the nodes, as far as that is said.
    #[must_use]
    pub fn authorized_line(&self, sshd: Option<OpenSshVersion>) -> AuthorizedLine {
        AuthorizedLine::new(&self.public_key, &self.options, self.expires, &self.address(), sshd)
    }

    /// What its line needs of the OpenSSH on a node.
    #[must_use]
    pub fn needs(&self, sshd: Option<OpenSshVersion>) -> Vec<Need> {
        needs(self.public_key.key_type(), &self.options, self.expires.is_some(), sshd)
    }
}

impl<K> SshKey<K> {
    /// `key/PROJECT/NAME`
    #[must_use]
    pub fn address(&self) -> Address {
        Address::Key(self.project.clone(), self.name.clone())
    }
}

impl Cluster {
    /// `cluster/PROJECT/NAME`
    #[must_use]
    pub fn address(&self) -> Address {
        Address::Cluster(self.project.clone(), self.name.clone())
    }
}
