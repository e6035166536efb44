//! The same facts in Terraform: read from the same files by `yamldecode`, a `terraform_data` resource for each
//! key and each cluster, a local state. It needs neither a network nor a provider.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::facts::{Facts, Layout};
use crate::measure::{Cost, Run};
use crate::options::Options;
use crate::program::{Step, settle};

const CONFIGURATION: &str = r#"
locals {
  documents = flatten([
    for name in fileset(path.module, "facts/*.yaml") : [
      for text in split("---\n", file("${path.module}/${name}")) : yamldecode(text) if text != ""
    ]
  ])
  keys = {
    for it in local.documents : "${it.metadata.project}/${it.metadata.name}" => it.spec.publicKey
    if it.kind == "SSHKey"
  }
  clusters = {
    for it in local.documents : "${it.metadata.project}/${it.metadata.name}" => {
      key   = "${it.metadata.project}/${it.spec.sshKey}"
      cloud = it.spec.cloud
      nodes = it.spec.nodes
    }
    if it.kind == "Cluster"
  }
}

resource "terraform_data" "key" {
  for_each = local.keys
  input    = each.value
}

resource "terraform_data" "cluster" {
  for_each = local.clusters
  input = {
    key   = terraform_data.key[each.value.key].output
    cloud = each.value.cloud
    nodes = each.value.nodes
  }
}
"#;

/// The version of the `terraform` on the `PATH`; nothing where there is none.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("terraform").arg("version").env("CHECKPOINT_DISABLE", "1").output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned)
}

/// Each step with what its runs cost; a run that took too long costs nothing that is known, and ends the rest.
pub(crate) fn rows(
    keys: usize,
    facts: &Facts,
    changed: &Facts,
    options: &Options,
) -> Vec<(Step, Vec<Option<Cost>>)> {
    let mut rows = Vec::new();
    if version().is_none() {
        return rows;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("main.tf"), CONFIGURATION).expect("a file that can be written");
    facts.write(Layout::Packed, &folder.path().join("facts"));
    let cost = |args: &[&str], expected| {
        let path = folder.path();
        Run { program: "terraform", args, folder: path, home: path, expected, limit: options.limit }.cost()
    };
    cost(&["init", "-input=false"], 0).expect("terraform begins in time");
    let plan = ["plan", "-input=false", "-detailed-exitcode"];
    let apply = ["apply", "-input=false", "-auto-approve"];
    for (step, args, expected) in [
        (Step::FirstPlan, &plan[..], 2),
        (Step::Apply, &apply[..], 0),
        (Step::NoChange, &plan[..], 0),
        (Step::Changed, &plan[..], 2),
    ] {
        eprintln!("{keys} keys and clusters, Terraform: {}", step.words());
        if step == Step::Changed {
            changed.write(Layout::Packed, &folder.path().join("facts"));
        }
        settle();
        let mut costs = Vec::new();
        while costs.len() < options.terraform_runs && costs.iter().all(Option::is_some) {
            if step == Step::Apply {
                forget(folder.path());
            }
            costs.push(cost(args, expected));
        }
        let is_over = costs.iter().any(Option::is_none);
        rows.push((step, costs));
        if is_over {
            break;
        }
    }
    rows
}

/// Removes the state.
fn forget(folder: &Path) {
    for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
        let path = folder.join(name);
        if path.exists() {
            fs::remove_file(path).expect("a file that can be removed");
        }
    }
}
