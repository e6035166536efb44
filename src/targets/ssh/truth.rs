//! What an apply that was interrupted has done, by what is on the nodes now.
//!
//! Each cluster that its changes would have touched is looked at from the first of them to the last: are all
//! its nodes as before, or all as after? A change was done when all clusters that it touches are as after.
//! A key that was put has to be proven as well. What is neither is between: it is recorded as it was, with all nodes that may have been touched, and with
//! the mark that makes the next plan change it again. A node that cannot be reached may be anything. So
//! whatever is declared by then, the next apply visits each of these nodes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::block::KeyFile;
use super::desired::{Login, block, homes_of, logins, of_effect};
use crate::model::{Address, Recorded};
use crate::openssh::PublicKey;
use crate::plan::{Door, Effect, Stray};
use crate::targets::chains::{Chain, Progress};

/// What is looked for.
pub(super) struct Truth<'a> {
    /// What was found in each file. One that could not be looked at is not there.
    pub files: &'a BTreeMap<Login, KeyFile>,
    /// What is recorded when all is done.
    pub after: &'a Recorded,
    /// The day.
    pub today: Date,
}

/// The files that have to be looked at.
#[must_use]
pub(super) fn questions(chains: &[Chain], today: Date) -> BTreeSet<Login> {
    chains.iter().flat_map(|chain| files(chain, today)).collect()
}

/// The files of a cluster that may have been touched; none where nothing differs.
fn files(chain: &Chain, today: Date) -> BTreeSet<Login> {
    of_effect(&chain.whole, today).into_keys().collect()
}

/// The keys that have to be proven before a cluster is as it was to be.
pub(super) fn to_prove(chain: &Chain, today: Date) -> Vec<(Login, PublicKey)> {
    let wants = of_effect(&chain.whole, today).into_iter();
    wants.filter_map(|(login, want)| Some((login, want.put?.1.public_key.clone()))).collect()
}

impl Truth<'_> {
    /// How far a cluster has come, by what is in its files.
    pub(super) fn progress(&self, chain: &Chain) -> Progress {
        let files = files(chain, self.today);
        let are_all = |door: Option<&Door>, is_after: bool| {
            files.iter().all(|login| {
                self.files.get(login).is_some_and(|file| self.is_so(chain, (door, is_after), login, file))
            })
        };
        let Effect { before, after } = &chain.whole;
        match (are_all(after.as_ref(), true), are_all(before.as_ref(), false)) {
            (true, _) => Progress::After,
            (false, true) => Progress::Before,
            (false, false) => Progress::Between,
        }
    }

    /// Whether a file has what a cluster wants in it, and nothing else of that cluster.
    fn is_so(
        &self,
        chain: &Chain,
        (door, is_after): (Option<&Door>, bool),
        login: &Login,
        file: &KeyFile,
    ) -> bool {
        let here = door.filter(|door| logins(&door.cluster).any(|of| of == *login));
        let wanted = here.and_then(|door| block(door, self.today));
        names(chain).iter().all(|name| match &wanted {
            Some((cluster, line)) if cluster == name => {
                file.has_exactly(name, std::slice::from_ref(line))
                    && file.is_for(name).contains(&login.to_string())
            }
            // Another cluster is to have this name here, or this file under another name.
            Some(_) | None if is_after && self.is_of_another(name, login, file) => true,
            Some(_) | None => file.block(name).is_none(),
        })
    }

    /// Whether a block stands in a file for another login or another cluster, which is to have it.
    fn is_of_another(&self, name: &Address, login: &Login, file: &KeyFile) -> bool {
        let homes = homes_of(self.after, name, self.today);
        let claims = file.is_for(name);
        homes.contains(login) || homes.iter().any(|home| claims.contains(&home.to_string()))
    }
}

/// Every name that a cluster may have in a block.
fn names(chain: &Chain) -> BTreeSet<Address> {
    let doors = || chain.whole.before.iter().chain(&chain.whole.after);
    let strays = doors().flat_map(Door::strays).map(|Stray { cluster, user: _ }| cluster);
    doors().map(|door| door.cluster.address()).chain(strays).collect()
}
