//! The words of keyplan as types: names, addresses, public keys and resources. No I/O, ever, and
//! nothing of ours is imported.

mod address;
mod authorized_key;
pub mod base64;
mod fingerprint;
mod from_pattern;
mod key_options;
mod key_type;
mod letter;
mod name;
mod nearest;
mod node_address;
mod node_format;
mod openssh_version;
mod origin;
mod permit;
mod place;
mod public_key;
mod resource;
mod resources;
mod settings;
pub mod wire;
pub(crate) mod words;

pub use address::{Address, ResourceKind};
pub use authorized_key::authorized_line;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use from_pattern::{FromFault, FromPattern, Source};
pub use key_options::{
    KeyOptions, MAX_OPTIONS, MAX_TUNNEL, OptionText, OptionTextFault, Permission, SharedOptions, VariableName,
};
pub use key_type::KeyType;
pub use letter::{has_weight, is_plain};
pub use name::{MAX_NAME, MAX_USER, Name, NameFault, Subject, TEAM, UserName};
pub use nearest::nearest;
pub use node_address::{DEFAULT_PORT, NodeAddress, NodeAddressFault};
pub use node_format::NodeFormat;
pub use openssh_version::{Need, Needed, OpenSshVersion, least_openssh, needs};
pub use origin::Origin;
pub use permit::{Permit, PermitFault};
pub use place::{Differences, Observed, Place};
pub use public_key::{NotCanonical, PublicKey, bits_of};
pub use resource::{
    Cloud, Cluster, DEFAULT_LOGIN_USER, Declared, Member, Metadata, Project, Role, SshKey, Team,
};
pub use resources::{
    DeclaredKey, Desired, DesiredProject, OfProject, Recorded, RecordedProject, Resources, Unclear,
};
pub use settings::{
    DEFAULT_ACCESS_LOSS, DEFAULT_ACCESS_LOSS_PERCENT, DEFAULT_DELETES, DEFAULT_DELETES_PERCENT,
    DEFAULT_DIRECTORY, DEFAULT_PARALLEL, DEFAULT_TIMEOUT, FilesSettings, Settings, SshSettings, TargetKind,
};
