//! What is done to a file of authorized keys, as pure functions on its content: new lines come beside the old ones,
//! and only when they are proven do the old ones go.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::civil::Date;

use super::block::KeyFile;
use super::desired::{Login, Want, homes_of};
use super::line::keys_of;
use crate::model::{Address, Recorded, SshKey};
use crate::openssh::Fingerprint;

/// The logins that are to have a block of each cluster when all is done, by their texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Homes(BTreeMap<Address, BTreeMap<String, Login>>);

impl Homes {
    /// Those of these clusters when this is recorded.
    pub(super) fn new<'a>(
        recorded: &Recorded,
        clusters: impl IntoIterator<Item = &'a Address>,
        today: Date,
    ) -> Self {
        let mut homes = BTreeMap::new();
        for cluster in clusters {
            homes.entry(cluster.clone()).or_insert_with(|| {
                homes_of(recorded, cluster, today)
                    .into_iter()
                    .map(|login| (login.to_string(), login))
                    .collect()
            });
        }
        Self(homes)
    }

    /// The logins of a cluster.
    pub(super) fn logins(&self, cluster: &Address) -> impl Iterator<Item = &Login> {
        self.0.get(cluster).into_iter().flat_map(BTreeMap::values)
    }

    fn has(&self, cluster: &Address, login: &str) -> bool {
        self.0.get(cluster).is_some_and(|homes| homes.contains_key(login))
    }

    fn is_empty(&self, cluster: &Address) -> bool {
        self.0.get(cluster).is_none_or(BTreeMap::is_empty)
    }
}

/// Whose file it is, and who else may share it.
pub(super) struct FileOwner<'a> {
    login: String,
    homes: &'a Homes,
}

impl<'a> FileOwner<'a> {
    pub(super) fn new(login: &Login, homes: &'a Homes) -> Self {
        Self { login: login.to_string(), homes }
    }
}

/// What stays in a file because something that was to come is not there.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<'a> {
    /// The names of blocks of which something did not come to this file.
    names: BTreeSet<&'a Address>,
    /// Keys that did not come to some file: it may be this one, under another name of its machine.
    keys: Option<&'a BTreeSet<Fingerprint>>,
}

impl<'a> Kept<'a> {
    /// Keeps these keys, and what wants need that failed here.
    pub(super) fn new(keys: &'a BTreeSet<Fingerprint>, failed: impl Iterator<Item = &'a Want>) -> Self {
        let names = |want: &'a Want| want.remove.iter().chain(want.put.iter().map(|(name, _)| name));
        Self { names: failed.flat_map(names).collect(), keys: Some(keys) }
    }

    fn has(&self, name: &Address, line: &[u8]) -> bool {
        let is_missed = |key: &Fingerprint| self.keys.is_some_and(|keys| keys.contains(key));
        self.names.contains(name) || keys_of(line).iter().any(is_missed)
    }
}

/// The outcome of taking away what a want does not need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// The file is as the want says.
    Whole,
    /// Something had to stay.
    InPart,
    /// A block does not say for which logins it is, and another login is to have it.
    Unclaimed,
}

/// A second line for a key whose `from` may not name the place where keyplan runs, so that sshd can be asked for it
/// from there. Whoever comes in by it can do nothing; it goes when the key is proven. Every OpenSSH reads it.
fn proof_line(key: &SshKey, client: IpAddr) -> String {
    let limits = "no-agent-forwarding,no-port-forwarding,no-pty,no-user-rc,no-X11-forwarding";
    let (line, address) = (key.public_key.line(), key.address());
    format!("command=\"false\",{limits},from=\"{client}\" {line} {address}")
}

/// Puts the new line of a want beside the old ones. `client` is where the node sees keyplan come from.
pub(super) fn add(want: &Want, file: &mut KeyFile, place: &FileOwner<'_>, client: Option<IpAddr>) {
    let Some((name, key)) = &want.put else { return };
    let new = key.public_key.fingerprint();
    let others = others(file, name, new);
    let proof = client.filter(|_| !key.options.from.is_empty()).map(|client| proof_line(key, client));
    let lines = std::iter::once(key.authorized_line(want.sshd).to_string()).chain(proof).chain(others);
    let mut logins = file.is_for(name);
    logins.insert(place.login.clone());
    file.put(name, &lines.collect::<Vec<_>>(), &logins);
}

/// The lines of a block with other keys than this one.
fn others(file: &KeyFile, name: &Address, new: &Fingerprint) -> Vec<String> {
    let lines = file.block(name).unwrap_or_default().into_iter();
    let has_other = |line: &&[u8]| keys_of(line).iter().any(|key| key != new);
    lines.filter(has_other).filter_map(text).collect()
}

fn text(line: &[u8]) -> Option<String> {
    String::from_utf8(line.to_vec()).ok()
}

/// Takes back the line of a want that is not proven: the block becomes what it was before.
pub(super) fn take_back(want: &Want, before: &KeyFile, file: &mut KeyFile, place: &FileOwner<'_>) {
    let Some((name, _)) = &want.put else { return };
    let mut logins = file.is_for(name);
    if let Some(lines) = before.block(name) {
        logins.extend(before.is_for(name));
        file.put(name, &lines.into_iter().filter_map(text).collect::<Vec<_>>(), &logins);
    } else {
        // The same file under another name, by which the line may have been proven.
        logins.remove(&place.login);
        logins.retain(|login| place.homes.has(name, login));
        release(file, name, &logins);
    }
}

/// Leaves a block to others, or takes it away where there are none.
fn release(file: &mut KeyFile, name: &Address, logins: &BTreeSet<String>) {
    if logins.is_empty() {
        file.remove(name);
    } else {
        let lines: Vec<_> = file.block(name).unwrap_or_default().into_iter().filter_map(text).collect();
        file.put(name, &lines, logins);
    }
}

/// Makes a file as a want says, but for what is kept.
pub(super) fn finish(want: &Want, file: &mut KeyFile, place: &FileOwner<'_>, kept: &Kept<'_>) -> Finished {
    let mut finished = Finished::Whole;
    for name in &want.remove {
        // Another cluster is to have this name here, and what it puts takes the place of what was there.
        if place.homes.has(name, &place.login) {
            if kept.names.contains(name) && file.block(name).is_some() {
                finished = Finished::InPart;
            }
            continue;
        }
        let Some(lines) = file.block(name) else { continue };
        let stay: Vec<_> = lines.into_iter().filter(|line| kept.has(name, line)).filter_map(text).collect();
        let logins = file.is_for(name);
        if logins.is_empty() && !place.homes.is_empty(name) {
            return Finished::Unclaimed;
        }
        let others: BTreeSet<_> =
            logins.iter().filter(|login| place.homes.has(name, login)).cloned().collect();
        if others.is_empty() && !stay.is_empty() {
            finished = Finished::InPart;
            file.put(name, &stay, &logins);
        } else {
            release(file, name, &others);
        }
    }
    if let Some((name, key)) = &want.put {
        let stay: Vec<_> = others(file, name, key.public_key.fingerprint())
            .into_iter()
            .filter(|line| kept.has(name, line.as_bytes()))
            .collect();
        if !stay.is_empty() {
            finished = Finished::InPart;
        }
        let mut logins = file.is_for(name);
        logins.retain(|login| place.homes.has(name, login));
        logins.insert(place.login.clone());
        let lines: Vec<_> = std::iter::once(key.authorized_line(want.sshd).to_string()).chain(stay).collect();
        file.put(name, &lines, &logins);
    }
    finished
}

/// Says in the block of a cluster that it is there for a login, if there is one.
pub(super) fn claim(name: &Address, file: &mut KeyFile, login: &Login) {
    let Some(lines) = file.block(name) else { return };
    let lines: Vec<_> = lines.into_iter().filter_map(text).collect();
    let mut logins = file.is_for(name);
    logins.insert(login.to_string());
    file.put(name, &lines, &logins);
}
