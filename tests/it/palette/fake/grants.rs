//! Roles of users and teams in projects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answers::{Answered, done, found, invalid, missing, refusal};
use super::call::Call;
use super::switches::RolePuts;
use super::tenant::{Tenant, Uid, list, text};

type Roles = BTreeMap<Uid, Vec<Uid>>;

impl Tenant {
    pub(super) fn get_grants(&self, kind: &str, uid: &str) -> Answered {
        self.check_holder(kind, uid)?;
        let (direct, inherited) = (self.direct_roles(uid), self.inherited_roles(uid));
        let projects = self.projects.iter().filter_map(|project| {
            let of = |roles: &Roles| roles.get(&project.metadata.uid).map(|roles| self.named_roles(roles));
            let (direct, inherited) = (of(&direct), of(&inherited));
            (direct.is_some() || inherited.is_some()).then(|| {
                json!({
                    "uid": project.metadata.uid, "name": project.metadata.name,
                    "roles": direct.unwrap_or_default(), "inheritedRoles": inherited.unwrap_or_default(),
                })
            })
        });
        found(json!({"projects": projects.collect::<Vec<_>>()}))
    }

    pub(super) fn put_grants(&mut self, call: &Call, kind: &str, uid: &str) -> Answered {
        self.check_holder(kind, uid)?;
        let sent = call.body["projects"].as_array().into_iter().flatten();
        let sent: Roles = sent.map(|one| (text(&one["projectUid"]), list(&one["roles"]))).collect();
        for (project, roles) in &sent {
            self.check_grant(project, roles)?;
        }
        let held = self.grants.entry(uid.into()).or_default();
        match call.switches.role_puts {
            RolePuts::Replace => *held = sent,
            RolePuts::Merge => held.extend(sent),
        }
        done()
    }

    /// Is that project there, and are these roles that one may have in it?
    pub(super) fn check_grant(&self, project: &str, roles: &[Uid]) -> Result<(), super::Answer> {
        if !self.projects.iter().any(|one| one.metadata.uid == project) {
            return Err(missing("the project"));
        }
        self.check_project_roles(roles)
    }

    pub(super) fn check_project_roles(&self, roles: &[Uid]) -> Result<(), super::Answer> {
        let is_role = |uid: &Uid| self.roles.iter().any(|role| role.uid == *uid && role.scope == "project");
        if roles.iter().all(is_role) { Ok(()) } else { Err(invalid("no role of projects has that uid")) }
    }

    fn check_holder(&self, kind: &str, uid: &str) -> Result<(), super::Answer> {
        let is_user = self.users.iter().any(|user| user.uid == uid);
        let is_team = self.teams.iter().any(|team| team.metadata.uid == uid);
        match kind {
            "users" if !is_user => Err(refusal(404, "UserNotFound", "there is no such user")),
            "teams" if !is_team => Err(missing("the team")),
            _ => Ok(()),
        }
    }

    fn direct_roles(&self, holder: &str) -> Roles {
        self.grants.get(holder).cloned().unwrap_or_default()
    }

    /// The roles of the teams in which a user is.
    fn inherited_roles(&self, user: &str) -> Roles {
        let mut inherited = Roles::new();
        for team in self.teams.iter().filter(|team| team.users.iter().any(|one| one == user)) {
            for (project, roles) in self.direct_roles(&team.metadata.uid) {
                let held = inherited.entry(project).or_default();
                held.extend(roles);
                held.sort();
                held.dedup();
            }
        }
        inherited
    }

    fn named_roles(&self, uids: &[Uid]) -> Vec<Value> {
        uids.iter().map(|uid| json!({"uid": uid, "name": self.role_name(uid)})).collect()
    }
}
