//! What would change: pure data, made from recorded and desired without any I/O. A plan is complete, so
//! that applying it decides nothing: it can be shown, stored, compared and tested.

mod access_gain;
mod access_loss;
mod approval;
mod blocked;
mod change;
mod diff;
mod effects;
mod fields;
mod forgotten;
mod guard;
mod guards;
mod palette;
mod partial;
mod previous_names;
mod protected;
mod renames;
mod resource;
mod shared_nodes;
mod still_held;
mod touched;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::access::ClusterAccess;
pub use access_gain::{AccessGain, access_gains};
pub use access_loss::{AccessLoss, LostShare};
pub use approval::{Review, needs_approval};
pub use blocked::Blocked;
pub use change::{Action, Change, DeclaredAt, Reason};
pub use diff::{diff, diff_of_history};
pub use effects::{Delivery, Effect, Step, delivery};
pub use fields::{FieldChange, FieldValue};
pub use forgotten::CannotForget;
pub use guard::{Guard, GuardRule};
pub use guards::{Allowed, GuardInput, guards};
pub use palette::{fixed_keys, forget_clusters, repaved};
pub use partial::{partially_applied, record_partial};
pub use previous_names::{ComparedWith, Note, previous_name_notes};
pub use protected::{LeftWithout, projects_left_without};
pub use renames::{old_project_names, renames};
pub use resource::Resource;
pub use shared_nodes::{SharedNode, newly_shared_nodes};
pub use touched::{Group, groups, touched_projects, touches_teams};

use crate::access::{AccessChange, FormerHolder};
use crate::model::{Address, Name, NodeAddress};

/// Something recorded that a plan was made from: its content, and the revision that last changed it. Content
/// that was changed and changed back is not what the plan was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub digest: String,
    /// The revision that last changed it.
    pub revision: u64,
}

/// The commit that a plan compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitBase {
    /// As it was given.
    pub revision: String,
    /// The whole name of the commit, in hexadecimal digits.
    pub commit: String,
}

/// What a plan was made from, and for what: it applies while this is still so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// Set when the plan compares with the declarations at a git revision in place of a state: it can be read, and
    /// not be applied.
    pub git: Option<GitBase>,
    /// The name of the workspace, where it has one.
    pub workspace: Option<String>,
    /// Where changes land, as [`Settings::target_id`](crate::model::Settings::target_id) has it.
    pub target: String,
    /// The lineage of the state; nothing before the first apply.
    pub lineage: Option<String>,
    /// The newest revision; 0 before the first apply.
    pub revision: u64,
    /// The recorded teams, when the plan changes or names any.
    pub teams: Option<Option<Recording>>,
    /// The recorded projects that the plan touches; nothing for one that is not recorded.
    pub projects: BTreeMap<Name, Option<Recording>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub base: Base,
    /// What is done, in the order in which it is done.
    pub changes: Vec<Change>,
    /// Nodes that are given up: their files stay as they are, and they are not visited.
    pub forgotten: BTreeSet<NodeAddress>,
    pub access: Vec<AccessChange>,
    /// The clusters whose nodes the target replaces, by their new names.
    pub repaved: BTreeSet<Address>,
    /// Who may still have the private half of a key that they hold no longer.
    pub former_holders: Vec<FormerHolder>,
    /// Nodes that several clusters have then, where a change brings one of them there.
    pub shared_nodes: Vec<SharedNode>,
    /// Notes beside that, which refuse nothing.
    pub notes: Vec<Note>,
    pub guards: Vec<Guard>,
}

impl Plan {
    /// How many changes have an action.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action() == action).count()
    }

    /// Lifts the guards that refuse by a number, where the exact number is allowed.
    pub fn allow(&mut self, allowed: Allowed) {
        let allows_deletes = allowed.deletes == Some(self.count(Action::Delete));
        let allows_loss = allowed
            .access_loss
            .is_some_and(|most| most == AccessLoss::of(&self.access, &self.changes).number());
        let allows_repaves = allowed.repaves == Some(self.repaved.len());
        self.guards.retain(|guard| match guard.rule {
            GuardRule::ProtectedResource
            | GuardRule::NewAccess
            | GuardRule::NeedsApproval
            | GuardRule::FixedKey
            | GuardRule::FormerHolder => true,
            GuardRule::RepavesClusters => !allows_repaves,
            GuardRule::TooManyDeletes | GuardRule::EmptyWorkspace => !allows_deletes,
            GuardRule::TooMuchAccessLost => !allows_loss,
        });
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Consents to a plan.
    ///
    /// # Errors
    /// When a guard refuses the plan: it comes back.
    pub fn confirm(self) -> Result<ConfirmedPlan, Box<Self>> {
        if self.guards.is_empty() { Ok(ConfirmedPlan(self)) } else { Err(Box::new(self)) }
    }
}

/// A plan that was consented to and that no guard stops: the only thing that can be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmedPlan(Plan);

impl ConfirmedPlan {
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.0
    }
}
