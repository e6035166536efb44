//! What always holds of keyplan's client: a list is whole, what is said of a change is true, a refusal is no absence, and
//! the documented rates are kept.

pub(super) mod caller;
mod changes;
mod lists;
mod rates;
mod reads;
mod refusals;
mod switches;

const KEYS: [&str; 4] = ["v1", "users", "assets", "sshkeys"];
