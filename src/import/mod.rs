//! What is there already, into declarations: each source reads what is foreign into resources, and one writer makes files
//! of them. Nothing here reads or writes a file, and no text of a stranger gets past it unseen.

pub mod authorized_keys;
mod choice;
mod declarations;
mod document;
mod expiry;
mod found;
mod judge;
mod layout;
mod login_user;
mod names;
pub mod palette;
pub mod terraform;

pub use choice::{NoChoice, choose};
pub use declarations::{Declarations, Noted};
pub use found::{FoundKey, Home, LeftOut, each_once, places};
pub use judge::{DeclaredFind, Refusal, judge, refusals};
pub use layout::{Layout, NewFile};
pub use names::{FreshNames, name_of};
