//! The tests of keyplan as a whole: one module per subject, one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "tests stop at the first surprise, read their own fixtures, and say what they skip"
)]

mod access_loss;
mod access_page;
mod access_questions;
mod access_tests;
mod adopt_page;
mod approval;
mod authorized_keys;
mod azure;
mod broken_acme;
mod ci_commands;
mod command_line;
mod completions;
mod connections;
mod documentation;
mod documents;
mod fast_path;
mod files_target;
mod finding_formats;
mod fix_command;
mod fixes;
mod former_holders;
#[cfg(unix)]
mod gcs;
mod generated;
mod git;
#[cfg(unix)]
mod git_base;
#[cfg(unix)]
mod git_hostile;
#[cfg(unix)]
mod git_snapshot;
mod github;
mod history;
mod import;
mod import_laws;
mod import_nodes;
mod import_terraform;
mod interrupted;
mod invariants;
mod jump_hosts;
mod junit;
mod key_cases;
mod key_options;
#[cfg(unix)]
mod kit;
mod known_keys;
mod layering;
mod leases;
mod licences;
mod lsp;
mod month;
mod net_effect;
#[cfg(unix)]
mod new_access;
mod node_formats;
mod object_fakes;
mod object_laws;
mod object_scene;
mod oracle;
mod output_files;
mod owner_roles;
mod palette;
mod palette_drift;
mod palette_plan;
mod plan_apply;
mod plan_laws;
mod plan_markdown;
mod plan_view;
#[cfg(unix)]
mod price_list;
mod private_keys;
mod properties;
mod push;
#[cfg(unix)]
mod recipes;
mod remedies;
mod renames;
mod reports;
mod resource_target;
#[cfg(unix)]
mod review;
mod rules;
mod s3;
mod schemas;
mod secrets;
mod served;
mod shared_nodes;
mod silent;
mod simulation;
mod ssh_settings;
mod sshd;
mod state_bound;
mod state_cache;
mod state_copy;
mod state_faults;
mod state_format;
#[cfg(unix)]
mod state_git;
mod state_probe;
mod state_reads;
mod state_trips;
mod support;
mod target_laws;
mod tls;
mod validate;
mod verify;
mod weak_keys;
