//! The people whom the settings of a workspace name.

use super::resolver::{DeclarationResolver, numbered};
use crate::check::declare::document::Document;
use crate::check::declare::workspace::WorkspaceSpec;
use crate::rules::team_as_user::UserField;
use crate::source::Route;

impl DeclarationResolver<'_> {
    /// Looks whether owners and people can be who they are named as.
    pub(super) fn people_of_workspace(&mut self, document: &Document<WorkspaceSpec>) {
        let Some(spec) = &document.spec else { return };
        for (number, owner) in numbered(spec.owners.as_deref().unwrap_or_default()) {
            self.subject(owner, Route::fields(["spec", "owners"]).item(number), "owners");
        }
        for (login, user) in spec.people.iter().flatten() {
            let route = Route::fields(["spec", "people"]).field(login.clone());
            self.user(user, route, UserField::Person);
        }
    }
}
