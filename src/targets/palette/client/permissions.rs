//! What the caller is known to lack.

use std::collections::BTreeSet;

use super::super::wire::Permissions;
use super::calls::Scope;

/// What stands behind the dot of a permission, as in `sshKey.create`.
const VERBS: [&str; 5] = ["create", "delete", "get", "list", "update"];

impl Permissions {
    /// Which of these the caller lacks in a scope. Where nothing is told of a scope, or in other words than these, none is
    /// known to be lacking.
    #[must_use]
    pub fn missing<'a>(&self, scope: &Scope, needed: &[&'a str]) -> Vec<&'a str> {
        let of_tenant: Vec<&BTreeSet<String>> = self.tenant_permissions.values().collect();
        let own = match scope {
            Scope::Tenant => of_tenant.clone(),
            Scope::Project(uid) => self.project_permissions.get(uid.as_str()).into_iter().collect(),
        };
        let is_told = own.iter().copied().flatten().any(|held| is_in_known_words(held));
        let is_held = |needed: &str| {
            own.iter().chain(&of_tenant).copied().flatten().any(|held| held.eq_ignore_ascii_case(needed))
        };
        needed.iter().copied().filter(|needed| is_told && !is_held(needed)).collect()
    }
}

fn is_in_known_words(permission: &str) -> bool {
    permission.split_once('.').is_some_and(|(_, verb)| VERBS.contains(&verb))
}
