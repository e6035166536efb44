//! What a plan means where its clusters are in Palette: a cluster that gets another key gets other nodes, some clouds
//! let no key be changed, and a cluster whose declaration goes is left as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change, Guard, GuardRule, Resource};
use crate::access::AccessChange;
use crate::model::{Address, Cluster, Desired, Name, PaletteKeyField, Recorded};

/// Of a cluster's declaration that goes, Palette keeps the cluster and its key: nobody loses access.
#[must_use]
pub fn forget_clusters(access: Vec<AccessChange>, changes: &[Change]) -> Vec<AccessChange> {
    let gone = not_updated(changes, |change| change.action() == Action::Delete);
    let forget = |change| match change {
        AccessChange::Cluster { cluster, before: Some(grant), after: None, .. }
            if gone.contains(&cluster) =>
        {
            AccessChange::Forgotten { cluster, grant }
        }
        change => change,
    };
    access.into_iter().map(forget).collect()
}

/// The clusters whose nodes Palette replaces, by their new names: those that stay and get another key, their first
/// one, or none, and those that may have another one than is recorded.
#[must_use]
pub fn repaved(access: &[AccessChange], changes: &[Change]) -> BTreeSet<Address> {
    // A cluster that is not recorded yet is only looked at.
    let others = not_updated(changes, |change| change.action() != Action::Update);
    let rekeyed = access.iter().flat_map(|change| match change {
        AccessChange::Cluster { cluster, before, after, gained: _, lost: _ } => {
            let fingerprints = [before, after].map(|grant| grant.as_ref().map(|grant| &grant.fingerprint));
            if fingerprints[0] == fingerprints[1] { vec![] } else { vec![cluster] }
        }
        // Where both stay, one loses its key to the other.
        AccessChange::Moved { from, to, grant: _ } => vec![from, to],
        AccessChange::Forgotten { .. } | AccessChange::Holders { .. } | AccessChange::Role { .. } => vec![],
    });
    let partial = addresses(changes, |change| match (change.before(), change.after()) {
        (Some(Resource::Cluster(before)), Some(_)) => before.metadata.partially_applied.is_some(),
        _ => false,
    });
    rekeyed.filter(|cluster| !others.contains(cluster)).cloned().chain(partial).collect()
}

/// The same, without those that another change gives to what stays.
fn not_updated(changes: &[Change], is: impl Fn(&Change) -> bool) -> BTreeSet<Address> {
    let stay = addresses(changes, |change| change.action() == Action::Update);
    addresses(changes, is).difference(&stay).cloned().collect()
}

fn addresses(changes: &[Change], is: impl Fn(&Change) -> bool) -> BTreeSet<Address> {
    changes.iter().filter(|change| is(change)).map(Change::address).collect()
}

/// The clusters whose cloud does not let their key be changed as it would be: refused, or taken with the cluster.
#[must_use]
pub fn fixed_keys(
    repaved: &BTreeSet<Address>,
    (recorded, desired): (&Recorded, &Desired),
    old_names: &BTreeMap<Name, Name>,
) -> Vec<Address> {
    let is_fixed = |cluster: &Cluster| match cluster.cloud.palette_key_field() {
        PaletteKeyField::Fixed => true,
        PaletteKeyField::Required => cluster.ssh_key.is_none(),
        PaletteKeyField::List | PaletteKeyField::KeyPair | PaletteKeyField::Nowhere => false,
    };
    let is_refused = |address: &&Address| {
        let Address::Cluster(project, name) = address else { return false };
        let before = recorded.projects.get(old_names.get(project).unwrap_or(project));
        let before = before.and_then(|home| home.clusters.get(name));
        let after = desired.projects.get(project).and_then(|home| home.clusters.get(name));
        let was_fixed =
            before.is_some_and(|before| before.cloud.palette_key_field() == PaletteKeyField::Fixed);
        was_fixed || after.is_some_and(|after| is_fixed(&after.value))
    };
    repaved.iter().filter(is_refused).cloned().collect()
}

/// The guard `fixed-key`.
pub(super) fn fixed_key(clusters: &[Address]) -> Option<Guard> {
    let first = clusters.first()?;
    let more = match clusters.len() - 1 {
        0 => String::new(),
        more => format!(", nor that of {more} more"),
    };
    Some(Guard {
        rule: GuardRule::FixedKey,
        summary: format!("the cloud of {first} does not let its key be changed{more}"),
        help: "keep its `sshKey`, or make another cluster in Palette and import it".into(),
        addresses: clusters.to_vec(),
    })
}

/// The guard `repaves-clusters`, lifted by the exact number.
pub(super) fn repaves_clusters(clusters: &BTreeSet<Address>, allowed: Option<usize>) -> Option<Guard> {
    let number = clusters.len();
    if number == 0 || allowed == Some(number) {
        return None;
    }
    let of = if number == 1 { "the nodes of 1 cluster" } else { &format!("the nodes of {number} clusters") };
    Some(Guard {
        rule: GuardRule::RepavesClusters,
        summary: format!("Palette would replace {of}"),
        help: format!("if all of it is meant, pass `--allow-repaves {number}`"),
        addresses: clusters.iter().cloned().collect(),
    })
}
