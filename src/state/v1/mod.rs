//! The format of what the state keeps of resources, version 1: frozen. A field is never renamed or taken
//! out. One may be added that is left out where it says nothing: then every state without it keeps its
//! bytes, and an older keyplan, for which `deny_unknown_fields` makes a state with it an error, stops
//! rather than lose it. Anything else is a version of its own.

mod decode;
mod encode;
mod shape;

pub use self::decode::Invalid;
pub(super) use self::decode::{
    read_address, read_day, read_fingerprint, read_name, read_node, read_options, read_role, read_subject,
    read_user,
};
pub(super) use self::encode::{former_holders_bytes, project_bytes, teams_bytes};
pub use self::shape::{
    ClusterV1, FormerHoldersObject, KeyV1, MemberV1, MetadataV1, PastHolderV1, ProjectObject, ProjectV1,
    StrayV1, TeamV1, TeamsObject,
};
