//! The region that the environment or a profile names.

use super::profile_file::Profile;
use crate::cloud::Machine;

/// The region of the environment, or else of the profile.
#[must_use]
pub fn region(machine: &dyn Machine) -> Option<String> {
    let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| machine.variable(name));
    variable.or_else(|| Profile::read(machine).ok()?.get("region").map(str::to_owned))
}
