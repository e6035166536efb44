//! Users, and what roles there are for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answers::{Answered, found, missing, refusal};
use super::call::Call;
use super::switches::UsersMe;
use super::tenant::{Role, Tenant, User};

/// Sets the password of a user: it must be in no output.
pub(crate) const ACTIVATION_LINK: &str = "https://fake.invalid/auth/password/activate/6d2f7c";

/// What Palette permits by area, in the tenant and in its projects.
const TENANT_AREAS: [&str; 4] = ["project", "role", "team", "user"];
const PROJECT_AREAS: [&str; 3] = ["cloudconfig", "cluster", "sshKey"];

impl Tenant {
    pub(super) fn user_info(&self) -> Answered {
        found(json!({"userUid": self.caller, "tenantUid": self.uid, "orgName": self.name}))
    }

    pub(super) fn user_me(&self, call: &Call) -> Answered {
        let words: fn(String) -> String = match call.switches.users_me {
            UsersMe::Answers => |permission| permission,
            UsersMe::OtherWords => |permission| permission.replace('.', "_").to_uppercase(),
            UsersMe::NotFound => return Err(missing(&call.request.path)),
        };
        let caller = self.users.iter().find(|user| user.uid == self.caller);
        let caller = caller.ok_or_else(|| missing("the user"))?;
        let permitted = |areas| self.permitted(areas).into_iter().map(words).collect::<Vec<_>>();
        let uids = self.projects.iter().map(|project| project.metadata.uid.clone());
        let of_projects: BTreeMap<_, _> = uids.map(|uid| (uid, permitted(&PROJECT_AREAS))).collect();
        found(json!({
            "metadata": {"uid": caller.uid, "name": caller.name()},
            "spec": {"emailId": caller.mail, "firstName": caller.name(), "lastName": "", "roles": []},
            "status": {
                "activationLink": ACTIVATION_LINK, "isActive": true, "loginMode": "local",
                "tenant": {"orgName": self.name, "tenantUid": self.uid},
                "tenantPermissions": {&self.uid: permitted(&TENANT_AREAS)},
                "projectPermissions": of_projects,
            },
        }))
    }

    fn permitted(&self, areas: &[&str]) -> Vec<String> {
        let verbs = ["create", "delete", "get", "list", "update"];
        let all = areas.iter().flat_map(|area| verbs.map(|verb| format!("{area}.{verb}")));
        all.filter(|permission| !self.withheld.contains(permission)).collect()
    }

    pub(super) fn list_users(&self) -> Answered {
        let item = |user: &User| json!({"uid": user.uid, "name": user.name(), "emailId": user.mail});
        found(json!({"items": self.users.iter().map(item).collect::<Vec<_>>()}))
    }

    pub(super) fn list_roles(&self, call: &Call) -> Answered {
        call.page(&self.roles.iter().map(Role::json).collect::<Vec<_>>())
    }

    pub(super) fn resource_limits(&self, uid: &str) -> Answered {
        if uid != self.uid {
            return Err(refusal(403, "OperationForbidden", "Operation not allowed for this tenant"));
        }
        let limit = |kind, limit| json!({"kind": kind, "label": kind, "limit": limit, "maxLimit": limit});
        found(json!({"resources": [limit("user", 300), limit("sshkey", self.most_keys)]}))
    }
}

impl User {
    fn name(&self) -> &str {
        self.mail.split('@').next().unwrap_or_default()
    }
}

impl Role {
    fn json(&self) -> Value {
        json!({
            "metadata": {"uid": self.uid, "name": self.name},
            "spec": {"permissions": [], "scope": self.scope, "type": self.kind},
            "status": {"isEnabled": true},
        })
    }
}
