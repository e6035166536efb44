//! Palette as it is asked: in which scope, how often, what its answers mean, and whether the API key is of the right
//! tenant.

mod answer;
mod calls;
mod paging;
mod parallel;
mod permissions;
mod rates;
mod session;
#[cfg(test)]
mod tests;

pub(super) use answer::escaped;
pub use calls::{Client, ClientSettings, Scope, agent};
pub use session::{Created, Listing, Session, Written};
