//! The steps of `docs/adopt.md`, run by a shell as they are written there. What is not keyplan is a stand-in: `curl` and
//! `terraform` are scripts, Palette is the fake, and nodes are real ones on loopback.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use camino::Utf8Path;
use serde_json::json;

use crate::documents::Document;
use crate::import::key_line;
use crate::import_terraform::managed;
use crate::palette::fake::{API_KEY, Fake};
use crate::palette::import::payments;
use crate::push::{Fleet, Node};
use crate::support::Workspace;

const FROM_GITHUB: &str = "### From GitHub and GitLab";
const FROM_NODES: &str = "### From nodes";
const FROM_PALETTE: &str = "### From Palette";
const FROM_TERRAFORM: &str = "### From Terraform";
const ONTO_NODES: &str = "## 3. Look, and apply";

/// One who follows the page, in a folder of their own.
struct Reader {
    page: Document,
    workspace: Workspace,
    variables: Vec<(&'static str, String)>,
}

impl Reader {
    /// They have begun the workspace as the page says.
    fn begins() -> Self {
        let page = Document::read(Utf8Path::new("docs/adopt.md"));
        let reader = Self { page, workspace: Workspace::with(&[]), variables: vec![] };
        reader.types_all("## 1. Start a workspace");
        reader
    }

    /// A program that they have.
    fn has(&self, name: &str, script: &str) {
        let path = format!("bin/{name}");
        self.workspace.write(&path, format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(self.workspace.root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What a shell shows of lines, each of which has to succeed.
    fn runs(&self, lines: &str) -> String {
        let keyplan = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap();
        let ran = Command::new("/bin/sh")
            .args(["-e", "-c", &format!("exec 2>&1\n{lines}")])
            .current_dir(&self.workspace.root)
            .env_clear()
            .env("PATH", format!("{}/bin:{keyplan}:/usr/bin:/bin", self.workspace.root))
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .output()
            .unwrap();
        let shown = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(ran.status.code(), Some(0), "{lines}\n{shown}");
        shown
    }

    /// Runs the block of a section.
    fn follows(&self, heading: &str) -> String {
        self.runs(&self.page.section(heading).block("sh"))
    }

    /// Types what is typed in a section.
    fn types_all(&self, heading: &str) -> String {
        let text = self.page.section(heading).block("console");
        let typed = text.lines().filter_map(|line| line.strip_prefix("$ "));
        self.runs(&typed.flat_map(|line| [line, "\n"]).collect::<String>())
    }

    /// Goes on to the end, where nothing is left to do.
    fn looks_and_applies(&self) {
        let shown = self.types_all(ONTO_NODES);
        assert!(shown.starts_with("valid"), "{shown}");
        assert!(shown.ends_with("No changes.\n"), "{shown}");
    }

    fn reads(&self, path: &str) -> String {
        fs::read_to_string(self.workspace.root.join("fleet").join(path)).unwrap()
    }
}

#[test]
fn every_block_of_the_page_is_run() {
    let page = Document::read(Utf8Path::new("docs/adopt.md"));
    let count = |page: &Document| page.blocks().iter().filter(|block| block.language == "sh").count();
    let sections = [FROM_GITHUB, FROM_NODES, FROM_PALETTE, FROM_TERRAFORM, ONTO_NODES];
    assert_eq!(sections.map(|heading| count(&page.section(heading))), [1; 5]);
    assert_eq!(count(&page), 5);
    let languages: BTreeSet<_> = page.blocks().into_iter().map(|block| block.language).collect();
    assert_eq!(languages, BTreeSet::from(["console", "sh", "text", "yaml"].map(String::from)));
}

#[test]
fn keys_are_taken_from_github_and_gitlab() {
    let reader = Reader::begins();
    let (one, other) = (key_line(1, ""), key_line(2, ""));
    reader.has(
        "curl",
        &format!(
            "case $* in\n'-fsS https://github.com/ana.keys') echo '{one}';;\n\
             '-fsS https://gitlab.example.com/ana.keys') echo '{other}';;\n*) exit 2;;\nesac"
        ),
    );
    reader.follows(FROM_GITHUB);
    reader.looks_and_applies();
    let keys = reader.reads("payments/keys.yaml") + &reader.reads("payments/keys-2.yaml");
    assert!(keys.contains(&one) && keys.contains(&other), "{keys}");
    assert_eq!(keys.matches("owner: ana@example.com").count(), 2, "{keys}");
}

#[test]
fn a_tenant_is_taken_from_palette() {
    let fake = Fake::start();
    fake.tenant(payments);
    let mut reader = Reader::begins();
    let settings = Document::read(Utf8Path::new("docs/palette.md")).block("yaml");
    reader.workspace.write("fleet/keyplan.yaml", settings.as_bytes());
    reader.variables = vec![("SPECTROCLOUD_APIKEY", API_KEY.into()), ("SPECTROCLOUD_HOST", fake.url())];
    let shown = reader.follows(FROM_PALETTE);
    assert!(shown.contains("wrote fleet/payments/clusters.yaml: "), "{shown}");
    reader.looks_and_applies();
    assert!(fake.writes().is_empty());
}

#[test]
fn a_state_is_taken_from_terraform() {
    let reader = Reader::begins();
    let key = key_line(1, "ops@acme");
    let resources = [
        managed("spectrocloud_project.p", "project", &json!({"id": "p1", "name": "payments"})),
        managed(
            "spectrocloud_ssh_key.ops",
            "ssh_key",
            &json!({"name": "ops", "context": "project", "ssh_key": key}),
        ),
        managed(
            "spectrocloud_cluster_maas.eu",
            "cluster_maas",
            &json!({"name": "prod-eu", "context": "project", "cloud_config": [{"ssh_keys": [key]}]}),
        ),
    ];
    let state = json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}});
    reader.workspace.write("state.json", state.to_string().as_bytes());
    reader.has("terraform", "test \"$*\" = 'show -json' && cat state.json");
    reader.follows(FROM_TERRAFORM);
    reader.looks_and_applies();
    assert!(reader.reads("payments/clusters.yaml").contains("sshKey: ops\n"));
}

/// The user and the nodes of the page: whoever runs this is that user, and this machine is each of the nodes.
fn reach(reader: &Reader, fleet: &Fleet, nodes: &[(&str, &Node)]) {
    let config: String =
        nodes.iter().map(|(name, node)| node.server.config_lines(name, Some(&fleet.own))).collect();
    reader.workspace.write("ssh_config", config.as_bytes());
    reader.has(
        "ssh",
        &format!(
            "for given; do\n  shift\n  test \"$given\" != ubuntu || given={}\n  set -- \"$@\" \"$given\"\ndone\n\
             exec /usr/bin/ssh -F {}/ssh_config \"$@\"",
            fleet.user, reader.workspace.root
        ),
    );
}

/// A key of the page's file of authorized keys, by its comment.
fn key_of(page: &Document, comment: &str) -> String {
    let text = page.section("### From files of authorized keys").block("text");
    let line = text.lines().find_map(|line| line.strip_suffix(comment)).unwrap();
    line[line.find("ssh-ed25519").unwrap()..].to_owned()
}

#[test]
fn keys_are_taken_from_nodes_and_what_is_left_is_named() {
    let (reader, fleet) = (Reader::begins(), Fleet::new());
    let own = fleet.workspace.root.join("own.pub");
    let files = format!("authorized_keys {own}");
    let Some((one, two)) = Node::made("", &files).zip(Node::made("", &files)) else { return };
    reach(&reader, &fleet, &[("10.0.0.11", &one), ("10.0.0.12", &two)]);
    let ana = key_of(&reader.page, " ana@laptop") + " ana@laptop\n";
    one.write(&ana);
    two.write(&ana);
    reader.follows(FROM_NODES);
    reader.looks_and_applies();
    let settings = reader.reads("keyplan.yaml") + &reader.page.section(ONTO_NODES).block("yaml");
    reader.workspace.write("fleet/keyplan.yaml", settings.as_bytes());
    let bastion = key_of(&reader.page, " backup") + " root@old-bastion\n";
    one.write(&(ana.clone() + &bastion));
    reader.follows(ONTO_NODES);
    assert!(
        one.read().starts_with(&(ana.clone() + &bastion + "# BEGIN MANAGED BY keyplan")),
        "{}",
        one.read()
    );
    assert!(two.read().starts_with(&(ana + "# BEGIN MANAGED BY keyplan")), "{}", two.read());
    let shown = reader.runs("keyplan drift -w fleet");
    let told = reader.page.section("## 4. Take away what is left").block("text");
    assert!(shown.contains(&told), "{shown}");
}
