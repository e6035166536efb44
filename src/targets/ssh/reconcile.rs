//! What an apply that was interrupted has done, by what is on the nodes now.
//!
//! Each cluster that its changes would have touched is looked at from the first of them to the last: are all
//! its nodes as before, or all as after? A change was done when all clusters that it touches are as after.
//! A key that was put has to be proven as well. What is neither is between: it is recorded as it was, with all nodes
//! that may have been touched, and with the mark that makes the next plan change it again. A node that cannot be
//! reached may be anything. So whatever is declared by then, the next apply visits each of these nodes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::block::KeyFile;
use super::desired::{Login, block, homes_of, logins, of_effect};
use crate::model::Stray;
use crate::model::{Address, Recorded};
use crate::openssh::PublicKey;
use crate::plan::{ClusterAccess, Effect};
use crate::targets::transitions::{ClusterTransition, TransitionState};

/// What is looked for.
pub(super) struct Reconciliation<'a> {
    /// What was found in each file. One that could not be looked at is not there.
    pub files: &'a BTreeMap<Login, KeyFile>,
    /// What is recorded when all is done.
    pub after: &'a Recorded,
    /// The day.
    pub today: Date,
}

/// The files that have to be looked at.
#[must_use]
pub(super) fn questions(transitions: &[ClusterTransition], today: Date) -> BTreeSet<Login> {
    transitions.iter().flat_map(|transition| files(transition, today)).collect()
}

/// The files of a cluster that may have been touched; none where nothing differs.
fn files(transition: &ClusterTransition, today: Date) -> BTreeSet<Login> {
    of_effect(&transition.whole, today).into_keys().collect()
}

/// The keys that have to be proven before a cluster is as it was to be.
pub(super) fn to_prove(transition: &ClusterTransition, today: Date) -> Vec<(Login, PublicKey)> {
    let wants = of_effect(&transition.whole, today).into_iter();
    wants.filter_map(|(login, want)| Some((login, want.put?.1.public_key.clone()))).collect()
}

impl Reconciliation<'_> {
    /// How far a cluster has come, by what is in its files.
    pub(super) fn progress(&self, transition: &ClusterTransition) -> TransitionState {
        let files = files(transition, self.today);
        let are_all = |access: Option<&ClusterAccess>, is_after: bool| {
            files.iter().all(|login| {
                self.files
                    .get(login)
                    .is_some_and(|file| self.is_so(transition, (access, is_after), login, file))
            })
        };
        let Effect { before, after } = &transition.whole;
        match (are_all(after.as_ref(), true), are_all(before.as_ref(), false)) {
            (true, _) => TransitionState::After,
            (false, true) => TransitionState::Before,
            (false, false) => TransitionState::Between,
        }
    }

    /// Whether a file has what a cluster wants in it, and nothing else of that cluster.
    fn is_so(
        &self,
        transition: &ClusterTransition,
        (access, is_after): (Option<&ClusterAccess>, bool),
        login: &Login,
        file: &KeyFile,
    ) -> bool {
        let here = access.filter(|access| logins(&access.cluster).any(|of| of == *login));
        let wanted = here.and_then(|access| block(access, self.today));
        names(transition).iter().all(|name| match &wanted {
            Some((cluster, line)) if cluster == name => {
                file.has_exactly(name, std::slice::from_ref(line))
                    && file.is_for(name).contains(&login.to_string())
            }
            // Another cluster is to have this name here, or this file under another name.
            Some(_) | None if is_after && self.is_of_another(name, login, file) => true,
            Some(_) | None => file.block(name).is_none(),
        })
    }

    /// Whether a block is in a file for another login or another cluster, which is to have it.
    fn is_of_another(&self, name: &Address, login: &Login, file: &KeyFile) -> bool {
        let homes = homes_of(self.after, name, self.today);
        let claims = file.is_for(name);
        homes.contains(login) || homes.iter().any(|home| claims.contains(&home.to_string()))
    }
}

/// Every name that a cluster may have in a block.
fn names(transition: &ClusterTransition) -> BTreeSet<Address> {
    let accesses = || transition.whole.before.iter().chain(&transition.whole.after);
    let strays =
        accesses().flat_map(ClusterAccess::strays).map(|Stray { address, login_user: _ }| address.clone());
    accesses().map(|access| access.cluster.address()).chain(strays).collect()
}
