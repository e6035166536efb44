//! The words of keyplan as types: names, addresses and resources. No I/O, ever.

mod access_test;
mod address;
mod document_id;
mod known_key;
mod letter;
mod name;
mod nearest;
mod node_address;
mod node_format;
mod place;
mod resource;
mod resources;
mod settings;
mod state_place;

pub use access_test::{AccessTest, ClusterSelector, KeyConditions, LimitingOption};
pub use address::{Address, ResourceKind};
pub use document_id::DocumentId;
pub use known_key::KnownKey;
pub use letter::{has_weight, is_plain};
pub use name::{MAX_NAME, MAX_USER, Name, NameError, Subject, TEAM, UserName, written_as_team};
pub use nearest::{Suggestion, did_you_mean, is_same_word, nearest, suggestion};
pub use node_address::{DEFAULT_PORT, NodeAddress, NodeAddressError};
pub use node_format::NodeFormat;
pub use place::{Acceptance, Differences, Edited, FieldDifference, ForeignLine, Observed, Place};
pub use resource::{
    Cloud, Cluster, DEFAULT_LOGIN_USER, Declared, Member, Metadata, PaletteKeyField, Project, Role, SshKey,
    Stray, Team, is_login_user,
};
pub use resources::{
    DeclaredKey, Desired, DesiredProject, OfProject, Recorded, RecordedProject, Resources, Unclear,
};
pub use settings::{
    DEFAULT_ACCESS_LOSS, DEFAULT_ACCESS_LOSS_PERCENT, DEFAULT_DELETES, DEFAULT_DELETES_PERCENT,
    DEFAULT_DIRECTORY, DEFAULT_PALETTE_HOST, DEFAULT_PALETTE_PARALLEL, DEFAULT_PALETTE_TIMEOUT,
    DEFAULT_PARALLEL, DEFAULT_TIMEOUT, FilesSettings, FormerHolderLevel, PaletteSettings, Settings,
    SshSettings, TargetKind, TeamMembers,
};
pub use state_place::{
    Prefix, S3Place, StatePlace, StatePlaceError, is_path_of_git, is_region, without_secrets,
};
