//! `keyplan init`: the files of a new workspace, valid as they are.
#![expect(clippy::disallowed_methods, reason = "this command writes files")]

use std::fs::{self, File};
use std::io::{ErrorKind, Write};

use camino::Utf8Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::check::declare::schema;
use crate::report::paths::Shown;

/// Where the schema for editors is kept; the line that editors look for in each document names it.
const SCHEMA: &str = ".keyplan/schemas/declaration-v1.json";

const WORKSPACE: &str = "\
# yaml-language-server: $schema=.keyplan/schemas/declaration-v1.json
apiVersion: keyplan/v1
kind: Workspace
metadata:
  name: NAME
";

/// No key is written: an example key in a real workspace would be a stranger's door.
const ACCESS: &str = "\
# yaml-language-server: $schema=.keyplan/schemas/declaration-v1.json
apiVersion: keyplan/v1
kind: Project
metadata:
  name: example
  description: rename me
# Add a key and a cluster, then run `keyplan validate`:
#
# ---
# # yaml-language-server: $schema=.keyplan/schemas/declaration-v1.json
# apiVersion: keyplan/v1
# kind: SSHKey
# metadata: {name: ops, project: example}
# spec:
#   publicKey: ssh-ed25519 AAAA... the line in ~/.ssh/id_ed25519.pub
# ---
# # yaml-language-server: $schema=.keyplan/schemas/declaration-v1.json
# apiVersion: keyplan/v1
# kind: Cluster
# metadata: {name: prod, project: example}
# spec: {sshKey: ops}
";

pub(super) fn run(workspace: &Utf8Path, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let shown = Shown::below(workspace);
    let files =
        [("keyplan.yaml", WORKSPACE.replace("NAME", &name(workspace))), ("access.yaml", ACCESS.into())];
    if let Some((taken, _)) = files.iter().find(|(file, _)| workspace.join(file).symlink_metadata().is_ok()) {
        return Err(Failure::Refused {
            problem: format!("`{}` exists already", shown.path(Utf8Path::new(taken))),
            help: "nothing was written; name another directory".into(),
        });
    }
    let schema = serde_json::to_string_pretty(&schema::of_any())
        .map_err(|error| Failure::from(std::io::Error::other(error)))?;
    let schema = format!("{schema}\n");
    let files = files.iter().map(|(file, text)| (*file, text, false));
    for (file, text, replace) in [(SCHEMA, &schema, true)].into_iter().chain(files) {
        write(workspace, file, text, replace)?;
        terminal.say(&format!("wrote {}", shown.path(Utf8Path::new(file))))?;
    }
    terminal.say(&format!("next: `keyplan validate {workspace}`"))?;
    Ok(ExitCode::Done)
}

/// The name of the folder, when it can be the name of a workspace.
fn name(workspace: &Utf8Path) -> String {
    let folder = workspace.canonicalize_utf8().ok();
    let folder = folder.as_deref().unwrap_or(workspace).file_name().unwrap_or_default();
    match crate::model::Name::parse(folder) {
        // In quotes it is a name whatever YAML would make of it.
        Ok(name) => format!("\"{name}\""),
        Err(_) => "workspace".into(),
    }
}

/// Writes a new file; one that is there already is replaced only when it is ours alone.
fn write(workspace: &Utf8Path, file: &str, text: &str, replace: bool) -> Result<(), Failure> {
    let path = workspace.join(file);
    let failed = || Failure::io(format!("cannot write `{path}`"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    let opened = File::options().write(true).create_new(true).open(&path);
    let mut opened = match opened {
        Err(error) if replace && error.kind() == ErrorKind::AlreadyExists => {
            File::options().write(true).truncate(true).open(&path)
        }
        opened => opened,
    }
    .map_err(failed())?;
    opened.write_all(text.as_bytes()).map_err(failed())
}
