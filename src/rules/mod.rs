//! What is checked: one file per rule, with its documentation inside it, and the registry of all.
//! Rules see resources and texts, never bytes of a file.

pub mod duplicate_cluster;
pub mod duplicate_field;
pub mod duplicate_key_name;
pub mod duplicate_member;
pub mod duplicate_project;
pub mod duplicate_team;
pub mod expired_key;
pub mod expiring_key;
pub mod invalid_name;
pub mod invalid_value;
pub mod key_out_of_scope;
pub mod key_refused_by_cloud;
pub mod misplaced_workspace;
pub mod missing_field;
pub mod path_outside_workspace;
pub mod second_key;
pub mod shared_key;
pub mod similar_name;
pub mod unknown_api_version;
pub mod unknown_field;
pub mod unknown_key;
pub mod unknown_kind;
pub mod unknown_project;
pub mod unknown_role;
pub mod unknown_team;
pub mod unreadable_file;
pub mod unused_key;
pub mod wrong_type;
pub mod yaml_syntax;
