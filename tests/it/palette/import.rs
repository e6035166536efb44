//! `keyplan import palette`, by the binary: what is there is declared and recorded, so that nothing is left to be planned.

use std::fs;

use super::cli::{run_with, settings, told};
use super::fake::{API_KEY, Fake, Fault, On, Switches, Tenant};
use crate::import::key_line;
use crate::support::{Workspace, stderr, stdout};

/// A tenant of which everything can be declared.
pub(crate) fn payments(tenant: &mut Tenant) {
    tenant.user("Ben@example.com");
    tenant.user("cleo@example.com");
    let project = tenant.project("payments");
    project.metadata.annotations.insert("description".into(), " cards: #1\nand more ".into());
    project.metadata.labels.insert("plain".into(), "spectro__tag".into());
    project.metadata.labels.insert("tier".into(), "no".into());
    tenant.project("empty");
    tenant.key("payments", "ops", &key_line(1, "ops@laptop, the  old one"));
    tenant.key("payments", "on-call", &key_line(2, ""));
    let with_comment = key_line(1, "another comment");
    tenant.cluster("payments", "prod-eu", "vsphere", &[&key_line(1, ""), &with_comment]);
    tenant.cluster("payments", "metal", "maas", &[&with_comment]);
    tenant.cluster("payments", "prod-us", "eks", &["a-key-pair"]);
    tenant.cluster("payments", "prod-az", "azure", &[&key_line(2, "x")]);
    tenant.cluster("payments", "bare", "edge-native", &[]);
    tenant.cluster("payments", "nested", "vsphere", &[]).environment = "nested".into();
    tenant.team("sre", &["Ben@example.com", "ana@example.com"]);
    tenant.team("idle", &[]);
    tenant.grant("sre", "payments", "Project Admin");
    tenant.grant("sre", "payments", "Cluster Viewer");
    tenant.grant("Ben@example.com", "payments", "Cluster Viewer");
    tenant.grant("cleo@example.com", "empty", "Project Viewer");
}

/// What no declaration can say, or what a rule refuses.
fn odd(tenant: &mut Tenant) {
    tenant.user("");
    let nobody = tenant.users.last().unwrap().uid.clone();
    tenant.role("My \u{1b}[31mRole", "project", "user");
    tenant.grant("cleo@example.com", "payments", "My \u{1b}[31mRole");
    let (payments, viewer) = (tenant.project_uid("payments"), tenant.role_uid("Project Viewer"));
    tenant.grants.entry(nobody.clone()).or_default().entry(payments).or_default().push(viewer);
    tenant.teams[0].users.push(nobody);
    tenant.team("all of / us", &[]);
    tenant.grant("all of / us", "payments", "Project Viewer");
    tenant.team("okta", &[]).sources.push("saml".into());
    tenant.grant("okta", "payments", "Cluster Admin");
    tenant.project("Zürich");
    tenant.project("twice");
    tenant.project("twice");
    tenant.key("payments", "ops/old", &key_line(3, ""));
    tenant.key("payments", "again", &key_line(4, "one"));
    tenant.key("payments", "again", &key_line(5, "other"));
    tenant.key("payments", "same", &key_line(2, "the same as on-call"));
    tenant.key("payments", "text", "\u{1b}[2Jnot a key");
    tenant.key("payments", "secret", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA");
    tenant.tenant_key("everywhere", &key_line(6, ""));
    tenant.cluster("payments", "inline", "vsphere", &[&key_line(7, "made for it")]);
    tenant.cluster("payments", "inline-2", "maas", &[&key_line(7, "the same")]);
    tenant.cluster("payments", "several", "vsphere", &[&key_line(1, ""), &key_line(8, "")]);
    tenant.cluster("payments", "names", "edge-native", &["\u{1b}[2Jspectro2023"]);
    tenant.cluster("payments", "dev", "aks", &[&key_line(1, "")]);
    tenant.cluster("payments", "a\nb", "maas", &[]);
}

pub(super) struct Trial {
    pub(super) fake: Fake,
    workspace: Workspace,
}

impl Trial {
    pub(super) fn of(switches: Switches, fill: &[fn(&mut Tenant)]) -> Self {
        let fake = Fake::with(switches);
        fake.tenant(|tenant| fill.iter().for_each(|fill| fill(tenant)));
        let trial = Self { fake, workspace: Workspace::with(&[]) };
        trial.settings("");
        trial
    }

    fn settings(&self, more: &str) {
        self.workspace.write("keyplan.yaml", settings(&self.fake, more).as_bytes());
    }

    /// What a command tells. It only reads.
    pub(super) fn told(&self, args: &[&str], code: i32) -> String {
        let told = told(&self.workspace, args, code);
        assert_eq!(self.fake.writes(), Vec::<String>::new());
        told
    }

    /// How a command that only reads ends, and what it tells.
    pub(super) fn tried(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = run_with(&self.workspace, Some(API_KEY), args);
        assert_eq!(self.fake.writes(), Vec::<String>::new());
        (output.status.code(), stdout(&output) + &stderr(&output))
    }

    fn import(&self, args: &[&str], code: i32) -> String {
        self.told(&[&["import", "palette"], args].concat(), code)
    }

    /// All declarations, file by file.
    pub(super) fn files(&self) -> String {
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(&self.workspace.root).sort_by_file_name() {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(&self.workspace.root).unwrap().to_str().unwrap();
            if path.ends_with(".yaml") && path != "keyplan.yaml" {
                files.push(format!("== {path}\n{}", fs::read_to_string(entry.path()).unwrap()));
            }
        }
        files.concat()
    }
}

#[test]
fn what_is_imported_is_in_sync_whatever_palette_is_like() {
    for switches in Switches::pairs() {
        let trial = Trial::of(switches, &[payments]);
        let told = trial.import(&[], 0);
        assert!(told.contains("recorded as revision 1: 2 teams, 2 projects, 2 keys, 5 clusters"), "{told}");
        assert!(!told.contains("left out"), "{told}");
        assert!(trial.told(&["plan"], 0).contains("No changes."));
        let told = trial.told(&["drift"], 0);
        assert!(told.ends_with("Looked at 11 resources: 11 in sync, 0 drifted, 0 unreachable.\n"), "{told}");
        let files = trial.files();
        let told = trial.import(&[], 0);
        assert!(told.contains("recorded already, and passed over: `project/payments`"), "{told}");
        assert!(told.contains("nothing was written or recorded"), "{told}");
        assert_eq!(trial.files(), files);
    }
}

#[test]
fn what_cannot_be_declared_is_left_out_by_its_name() {
    let trial = Trial::of(
        Switches { tenant_keys: super::fake::TenantKeys::Listed, ..Switches::default() },
        &[payments, odd],
    );
    let told = trial.import(&[], 0);
    insta::assert_snapshot!(told);
    insta::assert_snapshot!(trial.files());
    insta::assert_snapshot!(trial.told(&["plan"], 0));
    insta::assert_snapshot!(trial.told(&["drift"], 4));
}

#[test]
fn what_is_odd_does_no_harm_whatever_palette_is_like() {
    for switches in Switches::pairs() {
        let trial = Trial::of(switches, &[payments, odd]);
        trial.import(&[], 0);
        let told = trial.told(&["plan"], 0);
        assert!(told.contains("1 to update") || told.contains("1 update"), "{told}");
    }
}

#[test]
fn one_project_is_imported_with_its_teams() {
    let trial = Trial::of(Switches::default(), &[payments, odd]);
    let told = trial.import(&["--project", "empty"], 0);
    assert!(told.contains("recorded as revision 1: 1 project\n"), "{told}");
    let told = trial.import(&["--project", "payments"], 0);
    assert!(told.contains("recorded as revision 2: 1 team, 1 project, "), "{told}");
    let told = trial.import(&["--project", "empty"], 1);
    assert!(told.contains("`project/empty` is recorded already"), "{told}");
    let told = trial.import(&["--project", "shop"], 1);
    assert!(told.contains("the tenant has no project `shop`"), "{told}");
    let told = trial.import(&[], 0);
    assert!(told.contains("recorded as revision 3: 1 team\n"), "{told}");
}

#[test]
fn teams_of_an_identity_system_are_imported_where_it_fills_them() {
    let trial = Trial::of(Switches::default(), &[payments, odd]);
    trial.settings(", teams: observed");
    trial.import(&[], 0);
    assert!(trial.files().contains("  - team: okta\n    role: Cluster Admin\n"));
    assert!(trial.told(&["drift", "team/okta"], 0).contains("in sync"));
}

#[test]
fn an_import_that_was_killed_goes_on() {
    let trial = Trial::of(Switches::default(), &[payments, odd]);
    trial.import(&[], 0);
    let files = trial.files();
    let plan = trial.told(&["plan"], 0);
    let forget = || fs::remove_dir_all(trial.workspace.root.join(".keyplan/state")).unwrap();
    for gone in [&[][..], &["payments/clusters.yaml"], &["payments/clusters.yaml", "payments/keys.yaml"]] {
        forget();
        for file in gone {
            fs::remove_file(trial.workspace.root.join(file)).unwrap();
        }
        trial.import(&[], 0);
        assert_eq!(trial.files(), files, "{gone:?}");
        assert_eq!(trial.told(&["plan"], 0), plan, "{gone:?}");
    }
}

/// What Palette has no place for stays as it is declared; of the rest, a plan shows where the two differ.
#[test]
fn what_is_declared_already_is_recorded_as_palette_has_it() {
    let trial = Trial::of(Switches::default(), &[payments]);
    let declared = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: payments, protected: true}}\nspec: {{members: []}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: payments}}\n\
         spec: {{publicKey: {}, owner: ana@example.com}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: new, project: payments}}\nspec: {{publicKey: {}}}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod-eu, project: payments}}\n\
         spec: {{cloud: vsphere, sshKey: new, loginUser: root, nodes: [10.0.0.1]}}\n",
        format_args!("{:?}", key_line(1, "ops@laptop, the  old one")),
        key_line(9, "")
    );
    trial.workspace.write("payments.yaml", declared.as_bytes());
    trial.import(&[], 0);
    insta::assert_snapshot!(trial.told(&["plan"], 0));
    assert!(trial.told(&["drift"], 0).contains("11 in sync"));
}

#[test]
fn what_cannot_be_read_is_not_imported() {
    let trial = Trial::of(Switches::default(), &[payments]);
    trial.fake.plant(Fault::forbidden(), On::the("GET", "/v1/cloudconfigs/maas").times(9));
    let told = trial.import(&[], 9);
    assert!(told.contains("not imported: project/payments: its cluster metal could not be read: "), "{told}");
    assert!(told.contains("recorded as revision 1: 2 teams, 1 project\n"), "{told}");
    trial.fake.plant(Fault::forbidden(), On::the("GET", "/v1/users/assets/sshkeys").times(9));
    assert!(trial.import(&["--project", "payments"], 1).contains("nothing was written or recorded"));
    assert!(!trial.workspace.root.join("payments").exists());
}

#[test]
fn nothing_is_asked_where_it_would_lead_nowhere() {
    let trial = Trial::of(Switches::default(), &[payments]);
    trial
        .workspace
        .write("keyplan.yaml", b"apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\n");
    let told = trial.import(&[], 1);
    assert!(told.contains("the target of this workspace is `record`, not `palette`"), "{told}");
    assert!(told.contains("`target: palette` and `palette: {tenant: NAME}`"), "{told}");
    assert!(trial.fake.exchanges().is_empty());
}

/// Users are told apart by their mail, whatever its case; teams by their very name.
#[test]
fn teams_that_differ_by_case_are_two_members() {
    let trial = Trial::of(
        Switches::default(),
        &[|tenant| {
            tenant.user("Ben@example.com");
            tenant.project("payments");
            for team in ["sre", "SRE"] {
                tenant.team(team, &["Ben@example.com"]);
                tenant.grant(team, "payments", "Project Viewer");
            }
        }],
    );
    assert!(!trial.import(&[], 0).contains("left out"));
    assert!(trial.told(&["plan"], 0).contains("No changes."));
    let told = trial.told(&["drift"], 0);
    assert!(told.contains("3 in sync, 0 drifted"), "{told}");
}
