//! What the caller is known to lack.

use super::super::wire::Permissions;
use super::calls::Scope;

impl Permissions {
    /// Which of these the caller lacks in a scope. Of a project that is not listed nothing is known: none is lacking.
    #[must_use]
    pub fn missing<'a>(&self, scope: &Scope, needed: &[&'a str]) -> Vec<&'a str> {
        let in_tenant =
            |permission: &str| self.tenant_permissions.values().any(|held| held.contains(permission));
        let is_missing = |permission: &&&str| match scope {
            Scope::Tenant => !self.tenant_permissions.is_empty() && !in_tenant(permission),
            Scope::Project(uid) => {
                let held = self.project_permissions.get(uid.as_str());
                held.is_some_and(|held| !held.contains(**permission)) && !in_tenant(permission)
            }
        };
        needed.iter().filter(is_missing).copied().collect()
    }
}
