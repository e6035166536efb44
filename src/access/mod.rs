//! Access as one relation: who can log in on which nodes as whom, by which key, within which limits and until when
//! ([`ClusterAccess`], [`KeyHolders`]), and who has which role in which project ([`ProjectRoles`]). It is computed from
//! any set of resources, desired or recorded, and kept factored: its size is that of the facts, not of the paths that
//! they come to.
//!
//! A *login path* leads from a person over a key, a cluster that has it, and the login user there to a node. Who holds
//! a key without an owner is not known: its paths are those of nobody known, and are never left out. The nodes of a
//! cluster that names none are not known either.

mod change;
mod cluster;
mod diff;
mod former;
mod holders;
pub mod query;
mod renames;
mod roles;
mod shared_logins;
pub mod test;
mod view;

pub use change::AccessChange;
pub use cluster::{ClusterAccess, GrantDifference, KeyGrant};
pub use diff::access_changes;
pub use former::{FormerHolder, FormerHolders, PastHolder, StillHeld, former_holders, still_held};
pub use holders::{Holder, KeyHolders};
pub use renames::{ClusterName, Renames, cluster_name};
pub use roles::{ProjectRoles, RoleHolder};
pub use shared_logins::{SharedLogin, shared_logins};
pub use view::{AccessView, ProjectView};
