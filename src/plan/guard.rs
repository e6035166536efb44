//! A guard that refuses a plan.

use crate::model::Address;
use crate::words::words;

words! {
    /// A guard. Its word is the name of its rule, where it is documented.
    pub enum GuardRule {
        /// A resource that is recorded as protected would be deleted or left empty.
        ProtectedResource = "protected-resource",
        /// More would be deleted than the budgets allow.
        TooManyDeletes = "too-many-deletes",
        /// Nothing is declared, and something is recorded.
        EmptyWorkspace = "empty-workspace",
        /// More clusters and people that stay would lose access or change their key than the budgets allow.
        TooMuchAccessLost = "too-much-access-lost",
        /// Access would be gained where none may be.
        NewAccess = "new-access",
        /// A former holder of a key that clusters have may still have it.
        FormerHolder = "former-holder",
        /// Nobody who may has approved what gives access.
        NeedsApproval = "needs-approval",
        /// The cloud of a cluster does not let its key be changed.
        FixedKey = "fixed-key",
        /// Nodes of clusters would be replaced.
        RepavesClusters = "repaves-clusters",
    }
}

/// A guard that refuses a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub rule: GuardRule,
    pub summary: String,
    pub help: String,
    /// The resources that it is about.
    pub addresses: Vec<Address>,
}
