//! What is recorded, by its addresses.

use camino::Utf8Path;

use super::failure::Failure;
use crate::diagnostics::{quoted, visible};
use crate::model::{Address, Recorded};
use crate::plan::Resource;

/// All recorded resources, in the order of their addresses.
pub(super) fn resources(recorded: &Recorded) -> Vec<Resource> {
    let teams = recorded.teams.values().cloned().map(Resource::from);
    let mut all: Vec<_> = teams.collect();
    for home in recorded.projects.values() {
        all.push(home.project.clone().into());
        all.extend(home.keys.values().cloned().map(Resource::Key));
        all.extend(home.clusters.values().cloned().map(Resource::Cluster));
    }
    all.sort_by_cached_key(Resource::address);
    all
}

/// Reads an address.
pub(super) fn address(text: &str) -> Result<Address, Failure> {
    Address::parse(text).ok_or_else(|| {
        let help = if Utf8Path::new(text).is_dir() {
            format!(
                "write an address, as in `key/payments/ops`; to name the workspace, write `-w {}`",
                visible(text)
            )
        } else {
            "write one as in `key/payments/ops`; `keyplan state list` prints them".into()
        };
        Failure::Usage { problem: format!("{} is no address", quoted(text)), help }
    })
}
