//! Apply, drift and repair by the binary.

use super::super::cli::{settings, told};
use super::super::fake::{Fake, Fault, On};
use super::scene::{OPS, OTHER};
use crate::support::Workspace;

const DECLARED: &str = "\
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com]}
---
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments, description: Cards}
spec: {members: [{team: sre, role: Project Admin}]}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: KEY, owner: team:sre}
";

fn workspace(fake: &Fake) -> Workspace {
    let workspace = Workspace::with(&[("keyplan.yaml", settings(fake, "").as_bytes())]);
    declare(&workspace, OPS);
    workspace
}

fn declare(workspace: &Workspace, key: &str) {
    workspace.write("access.yaml", DECLARED.replace("KEY", key).as_bytes());
}

#[test]
fn what_is_declared_is_made_and_what_others_change_is_repaired() {
    let fake = Fake::start();
    let workspace = workspace(&fake);
    told(&workspace, &["apply", "--auto-approve"], 0);
    assert!(told(&workspace, &["plan"], 0).contains("No changes."));
    told(&workspace, &["drift"], 0);
    fake.tenant(|tenant| tenant.key_named("payments", "ops").unwrap().text = OTHER.into());
    declare(&workspace, &(OPS.to_owned() + "-2027"));
    assert!(told(&workspace, &["apply", "--auto-approve"], 9).contains("keyplan drift --repair"));
    told(&workspace, &["drift", "--repair"], 4);
    told(&workspace, &["apply", "--auto-approve"], 0);
    told(&workspace, &["drift"], 0);
    let text = fake.tenant(|tenant| tenant.key_named("payments", "ops").unwrap().text.clone());
    assert_eq!(text, OPS.to_owned() + "-2027");
}

#[test]
fn an_api_key_that_comes_back_is_not_told() {
    for status in [400, 401, 403, 404, 500] {
        let fake = Fake::start();
        let workspace = workspace(&fake);
        fake.plant(Fault::with_api_key(status), On::the("POST", "/v1/projects").always());
        let said = told(&workspace, &["apply", "--auto-approve"], 9);
        assert!(said.contains("project/payments"), "{said}");
    }
}
