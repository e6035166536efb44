//! Teams of the tenant.

use serde_json::{Value, json};

use super::answers::{Answered, created, done, found, missing, refusal};
use super::call::Call;
use super::tenant::{Team, Tenant, list, text};

impl Tenant {
    pub(super) fn list_teams(&self, call: &Call) -> Answered {
        call.page(&self.teams.iter().map(Team::json).collect::<Vec<_>>())
    }

    pub(super) fn get_team(&self, uid: &str) -> Answered {
        found(self.teams[self.team_at(uid)?].json())
    }

    pub(super) fn create_team(&mut self, call: &Call) -> Answered {
        self.check_team(call, None)?;
        let metadata = self.new_metadata(&call.body["metadata"]);
        let uid = metadata.uid.clone();
        let mut team = Team { metadata, users: vec![], roles: vec![], sources: vec![] };
        team.replace(&call.body["spec"]);
        self.teams.push(team);
        created(&uid)
    }

    pub(super) fn replace_team(&mut self, call: &Call, uid: &str) -> Answered {
        let at = self.team_at(uid)?;
        self.check_team(call, Some(uid))?;
        let now = self.now();
        let team = &mut self.teams[at];
        team.metadata.replace(&call.body["metadata"], now);
        team.replace(&call.body["spec"]);
        done()
    }

    pub(super) fn delete_team(&mut self, uid: &str) -> Answered {
        self.teams.remove(self.team_at(uid)?);
        self.grants.remove(uid);
        done()
    }

    pub(super) fn team_roles(&self, uid: &str) -> Answered {
        let roles = self.teams[self.team_at(uid)?].roles.iter();
        let named = roles.map(|uid| json!({"uid": uid, "name": self.role_name(uid)}));
        found(json!({"roles": named.collect::<Vec<_>>()}))
    }

    fn team_at(&self, uid: &str) -> Result<usize, super::Answer> {
        self.teams.iter().position(|team| team.metadata.uid == uid).ok_or_else(|| missing("the team"))
    }

    /// Its name is free, and its users are there.
    fn check_team(&self, call: &Call, uid: Option<&str>) -> Result<(), super::Answer> {
        let name = text(&call.body["metadata"]["name"]);
        call.check_name(&name, uid, self.teams.iter().map(|team| &team.metadata))?;
        let users = list(&call.body["spec"]["users"]);
        if users.iter().all(|uid| self.users.iter().any(|user| user.uid == *uid)) {
            return Ok(());
        }
        Err(refusal(400, "UserNotFound", "a user of the team is not there"))
    }
}

impl Team {
    fn replace(&mut self, spec: &Value) {
        (self.users, self.roles, self.sources) =
            (list(&spec["users"]), list(&spec["roles"]), list(&spec["sources"]));
    }

    fn json(&self) -> Value {
        let spec = json!({"users": self.users, "roles": self.roles, "sources": self.sources});
        json!({"metadata": self.metadata.json(), "spec": spec, "status": {}})
    }
}
