//! The binary, in a workspace whose target is the fake.

use std::process::{Command, Output};

use super::fake::{API_KEY, Fake};
use crate::support::{Workspace, command, stderr, stdout};

/// What `keyplan.yaml` says. `more` are fields of `palette`, each behind a comma.
pub(super) fn settings(fake: &Fake, more: &str) -> String {
    settings_of(fake, "acme", more)
}

/// The same for a tenant of another name.
pub(super) fn settings_of(fake: &Fake, tenant: &str, more: &str) -> String {
    format!(
        "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: acme}}\n\
         spec:\n  target: palette\n  palette: {{tenant: {tenant}, host: \"{}\"{more}}}\n",
        fake.url()
    )
}

/// keyplan with this API key.
pub(super) fn command_with(workspace: &Workspace, key: Option<&str>, args: &[&str]) -> Command {
    let mut command = command(&workspace.root);
    command.env("SSL_CERT_FILE", "/nonexistent").args(args);
    key.map(|key| command.env("SPECTROCLOUD_APIKEY", key));
    command
}

pub(super) fn run_with(workspace: &Workspace, key: Option<&str>, args: &[&str]) -> Output {
    command_with(workspace, key, args).output().unwrap()
}

/// What a run tells. The API key is never in it, and no byte of it rules the terminal.
#[track_caller]
pub(super) fn told(workspace: &Workspace, args: &[&str], code: i32) -> String {
    let output = run_with(workspace, Some(API_KEY), args);
    let told = stdout(&output) + &stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{told}");
    assert!(!told.contains(API_KEY) && !told.contains('\u{1b}'), "{told}");
    told
}
