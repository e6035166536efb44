//! What is done on one node: first new keys come beside the old ones and are proven, later what is not needed any
//! more goes. No foreign line is lost, and keyplan does not lock itself out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::block::KeyFile;
use super::desired::{Login, Want};
use super::edits::{FileOwner, Finished, Homes, Kept, add, claim, finish, take_back};
use super::file::{AskOwnKey, RemoteFile, content};
use super::guard;
use super::own_key::OwnName;
use super::transport::{FINISHES, Found, NodeSession, Nodes};
use crate::model::{Address, SshKey};
use crate::openssh::client::LoginKey;
use crate::openssh::{Need, OpenSshVersion};
use crate::targets::{TargetError, TargetErrorKind};

/// The outcome of a want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The file is as it is to be.
    Done,
    /// It is not.
    Failed {
        error: TargetError,
        /// Whether it may be no longer as it was.
        is_touched: bool,
    },
    /// Nothing was tried: why.
    NotTried(String),
}

/// What every visit needs.
pub(super) struct Visits<'a> {
    pub nodes: &'a dyn Nodes,
    /// Keys that may be taken away although keyplan itself came in with them.
    pub may_go: &'a BTreeSet<OwnName>,
    pub homes: &'a Homes,
}

/// The outcome of putting new lines.
pub(super) struct Put {
    /// For each want, in their order, why its line is not there and proven; nothing where it is, or where there is
    /// none to put.
    pub failed: Vec<Option<Ended>>,
    /// The file as it was seen last.
    pub found: Option<Found>,
}

impl Visits<'_> {
    /// Puts every new line of a file and proves it. What is not proven is taken back.
    pub(super) fn put(&self, session: &mut dyn NodeSession, login: &Login, wants: &[Want]) -> Put {
        let mut failed = vec![None; wants.len()];
        if wants.iter().all(|want| want.put.is_none()) {
            return Put { failed, found: None };
        }
        let mut found = None;
        if let Err((error, is_touched)) = self.try_to_put(session, login, wants, &mut failed, &mut found) {
            for (want, failed) in wants.iter().zip(&mut failed) {
                if want.put.is_some() {
                    failed.get_or_insert_with(|| Ended::Failed { error: error.clone(), is_touched });
                }
            }
        }
        Put { failed, found }
    }

    fn try_to_put(
        &self,
        session: &mut dyn NodeSession,
        login: &Login,
        wants: &[Want],
        failed: &mut [Option<Ended>],
        found: &mut Option<Found>,
    ) -> Result<(), (TargetError, bool)> {
        let place = FileOwner::new(login, self.homes);
        let mut remote = RemoteFile::read(session).map_err(|error| (error, false))?;
        let before = remote.content().map_err(|error| (error, false))?;
        for (number, error) in self.locked_out(&mut remote, wants, &place).map_err(|error| (error, false))? {
            if wants[number].put.is_some() {
                failed[number] = Some(Ended::Failed { error, is_touched: false });
            }
        }
        for (want, failed) in wants.iter().zip(failed.iter_mut()) {
            if let Some(error) = too_new(want, remote.found().sshd) {
                failed.get_or_insert(Ended::Failed { error, is_touched: false });
            }
        }
        let due: Vec<_> = wants
            .iter()
            .enumerate()
            .filter(|(number, want)| want.put.is_some() && failed[*number].is_none())
            .collect();
        let client = remote.found().client;
        let mut put = |file: &KeyFile, _: &mut AskOwnKey<'_>| {
            let mut file = file.clone();
            for (_, want) in &due {
                add(want, &mut file, &place, client);
            }
            Ok(file)
        };
        if let Err(error) = remote.edit(&mut put) {
            return Err((error, remote.is_touched));
        }
        let refused = prove(&mut remote, &due, &before);
        if !refused.is_empty() {
            let mut back = |file: &KeyFile, _: &mut AskOwnKey<'_>| {
                let mut file = file.clone();
                for (_, want, _) in &refused {
                    take_back(want, &before, &mut file, &place);
                }
                Ok(file)
            };
            let taken_back = remote.edit(&mut back);
            for (number, _, error) in &refused {
                let (error, is_touched) = match &taken_back {
                    Ok(()) => (error.clone(), false),
                    Err(more) => {
                        let why = format!("{error}; and it could not be taken back: {more}");
                        (TargetError::new(error.kind, why), true)
                    }
                };
                failed[*number] = Some(Ended::Failed { error, is_touched });
            }
        }
        *found = Some(remote.into_found());
        Ok(())
    }

    /// Whether there is anything to take away from a file, or something that had to go is kept, as far as is known.
    pub(super) fn has_to_take(
        &self,
        login: &Login,
        wants: &[&Want],
        kept: &Kept<'_>,
        found: Option<&Found>,
    ) -> bool {
        let Some(found) = found else { return true };
        let place = FileOwner::new(login, self.homes);
        content(found).map_or(true, |file| {
            let mut wanted = file.clone();
            let mut ends = wants.iter().map(|want| finish(want, &mut wanted, &place, kept));
            ends.any(|end| end != Finished::Whole) || file != wanted
        })
    }

    /// Takes away what wants do not need, but for what is kept. An outcome for each want, in their order, and the
    /// content of the file where it is known.
    pub(super) fn take(
        &self,
        session: &mut dyn NodeSession,
        login: &Login,
        wants: &[&Want],
        kept: &Kept<'_>,
    ) -> (Vec<Ended>, Option<KeyFile>) {
        let mut ended: Vec<Option<Ended>> = vec![None; wants.len()];
        let mut content = None;
        match RemoteFile::read(session) {
            Err(error) => fail_rest(&mut ended, &error, false),
            Ok(mut remote) => {
                if let Err(error) = self.try_to_take(&mut remote, login, wants, kept, &mut ended) {
                    fail_rest(&mut ended, &error, remote.is_touched);
                }
                content = remote.content().ok();
            }
        }
        (ended.into_iter().map(|ended| ended.unwrap_or(Ended::Done)).collect(), content)
    }

    fn try_to_take(
        &self,
        remote: &mut RemoteFile<'_>,
        login: &Login,
        wants: &[&Want],
        kept: &Kept<'_>,
        ended: &mut [Option<Ended>],
    ) -> Result<(), TargetError> {
        let place = FileOwner::new(login, self.homes);
        self.claim_shared(remote, login, wants, kept)?;
        let numbered: Vec<_> = wants.iter().copied().enumerate().collect();
        let finished = |file: &KeyFile| {
            let mut wanted = file.clone();
            for want in wants {
                finish(want, &mut wanted, &place, kept);
            }
            wanted
        };
        let (mut in_part, mut refused) = (BTreeSet::new(), BTreeMap::new());
        let is_touched = remote.is_touched;
        remote.edit(&mut |file, own_key| {
            refused = guard::refused(file, &finished(file), own_key, &numbered, self.may_go)?;
            let mut file = file.clone();
            in_part.clear();
            for (number, want) in wants.iter().enumerate() {
                if refused.contains_key(&number) {
                    continue;
                }
                match finish(want, &mut file, &place, kept) {
                    Finished::Whole => {}
                    Finished::InPart => drop(in_part.insert(number)),
                    Finished::Unclaimed => return Err(TargetError::conflict(UNCLAIMED)),
                }
            }
            Ok(file)
        })?;
        for number in in_part {
            let why = "something else that was to come is not there yet, so that the old key stays";
            ended[number] = Some(Ended::Failed { error: TargetError::conflict(why), is_touched: true });
        }
        for (number, error) in refused {
            let is_touched = is_touched || wants[number].put.is_some();
            ended[number] = Some(Ended::Failed { error, is_touched });
        }
        Ok(())
    }

    /// Where a block that is to go does not say for which logins it is: lets those say so that are to have it.
    fn claim_shared(
        &self,
        remote: &mut RemoteFile<'_>,
        login: &Login,
        wants: &[&Want],
        kept: &Kept<'_>,
    ) -> Result<(), TargetError> {
        let place = FileOwner::new(login, self.homes);
        let file = remote.content()?;
        let unclaimed: Vec<_> = wants
            .iter()
            .filter(|want| finish(want, &mut file.clone(), &place, kept) == Finished::Unclaimed)
            .flat_map(|want| &want.remove)
            .filter(|name| file.block(name).is_some() && file.is_for(name).is_empty())
            .collect();
        if unclaimed.is_empty() {
            return Ok(());
        }
        for name in &unclaimed {
            for home in self.homes.logins(name) {
                let mut session = self.nodes.session(home, FINISHES);
                let claimed = RemoteFile::read(session.as_mut()).and_then(|mut other| {
                    other.edit(&mut |file, _| {
                        let mut file = file.clone();
                        claim(name, &mut file, home);
                        Ok(file)
                    })
                });
                claimed.map_err(|error| {
                    let why = "it cannot be told whether";
                    let why = format!("{why} `{home}` is the same machine, so that the block stays: {error}");
                    TargetError::new(error.kind, why)
                })?;
            }
        }
        // What is left without a login after that is nobody else's.
        remote.edit(&mut |file, _| {
            let mut claimed = file.clone();
            for name in unclaimed.iter().filter(|name| file.is_for(name).is_empty()) {
                claim(name, &mut claimed, login);
            }
            Ok(claimed)
        })
    }

    /// The wants that would lock keyplan out.
    fn locked_out(
        &self,
        remote: &mut RemoteFile<'_>,
        wants: &[Want],
        place: &FileOwner<'_>,
    ) -> Result<BTreeMap<usize, TargetError>, TargetError> {
        let mut wanted = remote.content()?;
        let numbered: Vec<_> = wants.iter().enumerate().collect();
        for want in wants {
            finish(want, &mut wanted, place, &Kept::default());
        }
        guard::refused(&remote.content()?, &wanted, &mut || remote.own_key(), &numbered, self.may_go)
    }
}

/// Asks the node's sshd whether it accepts the keys of wants: those that it does not, by their numbers, and why.
fn prove<'a>(
    remote: &mut RemoteFile<'_>,
    due: &[(usize, &'a Want)],
    before: &KeyFile,
) -> Vec<(usize, &'a Want, TargetError)> {
    // The key that keyplan came in with has just been proven.
    let own = remote.found().own_key;
    let puts = due.iter().filter_map(|(number, want)| Some((*number, *want, want.put.as_ref()?)));
    let puts = puts.filter(|(_, _, (_, key))| own != LoginKey::Key(*key.public_key.fingerprint()));
    let puts: Vec<_> = puts.collect();
    let keys: Vec<_> = puts.iter().map(|(_, _, (_, key))| &key.public_key).collect();
    let answers = if keys.is_empty() { Vec::new() } else { remote.accepts(&keys) };
    let sees_client = remote.found().client.is_some();
    let refused = |((number, want, (name, key)), answer): ((_, _, &(Address, Arc<SshKey>)), _)| {
        let stays = if before.block(name).is_some() {
            "so that the old one stays"
        } else {
            "so that it was taken back"
        };
        let error = match answer {
            Ok(true) => return None,
            Ok(false) if key.options.from.is_empty() || sees_client => TargetError::refused(format!(
                "sshd does not accept the new key, {stays}: see whether its `AuthorizedKeysFile` names \
                 `.ssh/authorized_keys`, whether `PubkeyAcceptedAlgorithms` has the key's type, and what it logs"
            )),
            Ok(false) => TargetError::refused(format!(
                "sshd does not accept the new key, {stays}: the node does not say from where keyplan comes, so that the \
                 key's `from` has to name that place"
            )),
            Err(error) => {
                TargetError { why: format!("the new key cannot be proven, {stays}: {error}"), ..error }
            }
        };
        Some((number, want, error))
    };
    puts.into_iter().zip(answers).filter_map(refused).collect()
}

/// Why a node's sshd would drop the line of a want, or read it in another way; nothing where it understands it.
fn too_new(want: &Want, sshd: Option<OpenSshVersion>) -> Option<TargetError> {
    let (sshd, (_, key)) = (sshd?, want.put.as_ref()?);
    let Need { what, since } =
        key.needs(want.sshd).into_iter().max_by_key(|need| need.since).filter(|need| sshd < need.since)?;
    let why = format!(
        "its sshd is OpenSSH {sshd}, and {what} needs {since}: write `sshd: \"{sshd}\"` in the cluster, and \
         `keyplan validate` says what to do"
    );
    Some(TargetError::new(TargetErrorKind::Unsupported, why))
}

const UNCLAIMED: &str = "a block does not say for which logins it is there: apply again";

fn fail_rest(ended: &mut [Option<Ended>], error: &TargetError, is_touched: bool) {
    for ended in ended {
        ended.get_or_insert_with(|| Ended::Failed { error: error.clone(), is_touched });
    }
}
