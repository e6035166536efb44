//! One visit to one node: what is to be done to its file of authorized keys, done so that no foreign line is
//! lost, that a new key is proven before the old one goes, and that keyplan does not lock itself out.

use std::collections::BTreeSet;

use super::block::{KeyFile, keys_of};
use super::desired::{Edit, Login};
use super::nodes::{Found, Nodes, Replaced};
use super::own_key::{OwnKey, OwnName};
use crate::model::{Address, Fingerprint, authorized_line};

/// How often a file is read again because somebody else has changed it.
const TRIES: usize = 5;

/// What came of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The file is as it is to be.
    Done,
    /// It is not: why, and whether it may be between the two.
    Failed {
        /// Why, for people.
        why: String,
        /// Whether it may be neither as it was nor as it is to be.
        between: bool,
    },
    /// Nothing was tried: why.
    NotTried(String),
}

/// Does all edits of one file. `may_go` are the keys that may be taken away although keyplan itself came in with
/// them.
pub(super) fn visit(
    nodes: &dyn Nodes,
    login: &Login,
    edits: &[Edit],
    may_go: &BTreeSet<OwnName>,
) -> Vec<Ended> {
    let mut visit = Visit { nodes, login, may_go, ended: vec![None; edits.len()], is_touched: false };
    for _ in 0..TRIES {
        match visit.attempt(edits) {
            Ok(Replaced::Done) => break,
            Ok(Replaced::Changed) => {}
            Err(why) => {
                visit.fail_rest(&why);
                break;
            }
        }
    }
    visit.fail_rest("somebody else keeps changing `~/.ssh/authorized_keys`");
    visit.ended.into_iter().flatten().collect()
}

struct Visit<'a> {
    nodes: &'a dyn Nodes,
    login: &'a Login,
    may_go: &'a BTreeSet<OwnName>,
    ended: Vec<Option<Ended>>,
    /// Whether anything was written, or may have been.
    is_touched: bool,
}

/// A cluster that has another key in the file than it is to have.
struct Rekey<'a> {
    number: usize,
    edit: &'a Edit,
    /// The line that has to go, and the cluster in whose block it stands.
    old: (Address, String),
}

impl Visit<'_> {
    fn attempt(&mut self, edits: &[Edit]) -> Result<Replaced, String> {
        let Found { file: bytes, own_key } = self.nodes.observe(self.login, false)?;
        let file = read(bytes.as_deref())?;
        self.guard(edits, &file, own_key)?;
        let rekeys: Vec<_> =
            self.open(edits).filter_map(|(number, edit)| rekey(number, edit, &file)).collect();
        if rekeys.is_empty() {
            let mut wanted = file.clone();
            self.open(edits).for_each(|(_, edit)| finish(edit, &mut wanted));
            let replaced = self.write(&file, bytes.as_deref(), &wanted)?;
            if replaced == Replaced::Done {
                self.end_rest(&Ended::Done);
            }
            return Ok(replaced);
        }
        let mut both = file.clone();
        for (number, edit) in self.open(edits) {
            match rekeys.iter().find(|rekey| rekey.number == number) {
                Some(rekey) => overlap(rekey, &mut both),
                None => finish(edit, &mut both),
            }
        }
        if self.write(&file, bytes.as_deref(), &both)? == Replaced::Changed {
            return Ok(Replaced::Changed);
        }
        self.prove(&rekeys, &both, own_key)
    }

    /// Proves new keys while the old ones are still there; then the old ones go. Where the new one is not
    /// proven, that one goes.
    fn prove(&mut self, rekeys: &[Rekey<'_>], both: &KeyFile, own_key: OwnKey) -> Result<Replaced, String> {
        let mut wanted = both.clone();
        let mut failed = Vec::new();
        for rekey in rekeys {
            let Some((_, key)) = &rekey.edit.put else { continue };
            // The key that keyplan came in with has just been proven.
            let is_own = own_key == OwnKey::Key(*key.public_key.fingerprint());
            let accepted = if is_own { Ok(true) } else { self.nodes.accepts(self.login, &key.public_key) };
            let why = match accepted {
                Ok(true) => {
                    finish(rekey.edit, &mut wanted);
                    continue;
                }
                Ok(false) => "sshd does not accept the new key, so that the old one stays".to_owned(),
                Err(why) => format!("the new key cannot be proven, so that the old one stays: {why}"),
            };
            take_back(rekey, &mut wanted);
            failed.push((rekey.number, Ended::Failed { why, between: false }));
        }
        let replaced = self.write(both, Some(&both.to_bytes()), &wanted).map_err(|why| {
            format!("{why}; the old key and the new one may both be there until this is applied again")
        })?;
        if replaced == Replaced::Done {
            for (number, ended) in failed {
                self.ended[number] = Some(ended);
            }
            self.end_rest(&Ended::Done);
        }
        Ok(replaced)
    }

    /// The edits that have not come to an end.
    fn open<'e>(&self, edits: &'e [Edit]) -> impl Iterator<Item = (usize, &'e Edit)> + use<'e> {
        let open: Vec<_> = self.ended.iter().map(Option::is_none).collect();
        edits.iter().enumerate().filter(move |(number, _)| open[*number])
    }

    fn end_rest(&mut self, as_what: &Ended) {
        for ended in &mut self.ended {
            ended.get_or_insert_with(|| as_what.clone());
        }
    }

    fn fail_rest(&mut self, why: &str) {
        self.end_rest(&Ended::Failed { why: why.into(), between: self.is_touched });
    }

    fn write(&mut self, old: &KeyFile, old_bytes: Option<&[u8]>, new: &KeyFile) -> Result<Replaced, String> {
        let bytes = new.to_bytes();
        if bytes == old_bytes.unwrap_or_default() {
            return Ok(Replaced::Done);
        }
        if !keeps_foreign(old, &bytes) {
            return Err("keyplan would have lost a line that is not its own; nothing was written".into());
        }
        let replaced = self.nodes.replace(self.login, old_bytes, &bytes);
        self.is_touched |= replaced != Ok(Replaced::Changed);
        replaced
    }

    /// Refuses to take away the key that keyplan itself came in with, unless it was named.
    fn guard(&mut self, edits: &[Edit], file: &KeyFile, own_key: OwnKey) -> Result<(), String> {
        let mut wanted = file.clone();
        self.open(edits).for_each(|(_, edit)| finish(edit, &mut wanted));
        if !takes_a_key(file, &wanted) {
            return Ok(());
        }
        let own_key = match own_key {
            OwnKey::Unknown => self.nodes.observe(self.login, true)?.own_key,
            known => known,
        };
        let own = match own_key {
            OwnKey::Key(own) => own,
            OwnKey::None => return Ok(()),
            OwnKey::Unknown => return Err(WHICH_KEY.into()),
        };
        if wanted.lets_in(&own) || !loses(file, &wanted, &own) {
            return Ok(());
        }
        if self.may_go.contains(&OwnName::Fingerprint(own)) {
            return Ok(());
        }
        let touching: Vec<_> = self.open(edits).filter(|(_, edit)| holds(file, edit, &own)).collect();
        for (number, edit) in touching {
            let name = name_of(file, edit, &own);
            if !self.may_go.contains(&name) {
                let why = locked_out(&name);
                self.ended[number] = Some(Ended::Failed { why, between: self.is_touched });
            }
        }
        Ok(())
    }
}

const WHICH_KEY: &str = "it cannot be told which key let keyplan in, so that none is taken away";

fn locked_out(name: &OwnName) -> String {
    format!(
        "keyplan itself came in with `{name}`, and would lock itself out; if you have another way in, pass \
         `--remove-own-key '{name}'`"
    )
}

/// What a key is called that keyplan came in with: by the change that takes it away, or else by its line.
fn name_of(file: &KeyFile, edit: &Edit, own: &Fingerprint) -> OwnName {
    let had = edit.had.as_ref().filter(|key| key.public_key.fingerprint() == own);
    let by_line = || {
        let line = block_lines(file, edit).find(|line| keys_of(line).contains(own))?;
        let mut words = std::str::from_utf8(line).ok()?.split_inclusive(' ');
        words.find(|word| word.starts_with("AAAA"))?;
        Address::parse(&words.collect::<String>()).filter(|address| matches!(address, Address::Key(..)))
    };
    had.map(|key| key.address()).or_else(by_line).map_or(OwnName::Fingerprint(*own), OwnName::Key)
}

fn read(bytes: Option<&[u8]>) -> Result<KeyFile, String> {
    KeyFile::parse(bytes.unwrap_or_default()).map_err(|torn| torn.to_string())
}

/// Does an edit at once.
fn finish(edit: &Edit, file: &mut KeyFile) {
    edit.remove.iter().for_each(|cluster| file.remove(cluster));
    if let Some((cluster, key)) = &edit.put {
        file.put(cluster, &[authorized_line(key)]);
    }
}

/// Whether an edit puts another key in the place of one that is there. Of several, which an interrupted rekey or
/// somebody's hand may have left, the recorded one stays until the new one is proven.
fn rekey<'a>(number: usize, edit: &'a Edit, file: &KeyFile) -> Option<Rekey<'a>> {
    let (put, key) = edit.put.as_ref()?;
    let new = key.public_key.fingerprint();
    let had = edit.had.as_ref().map(|key| key.public_key.fingerprint());
    let lines = std::iter::once(put).chain(&edit.remove).flat_map(|cluster| {
        let lines = file.block(cluster).unwrap_or_default().into_iter();
        lines.filter_map(move |line| Some((cluster, std::str::from_utf8(line).ok()?)))
    });
    let is_old = |(_, line): &(&Address, &str)| keys_of(line.as_bytes()).iter().any(|key| key != new);
    let is_recorded =
        |(_, line): &(&Address, &str)| had.is_some_and(|had| keys_of(line.as_bytes()).contains(had));
    let old: Vec<_> = lines.filter(is_old).collect();
    let (cluster, line) = old.iter().copied().find(is_recorded).or_else(|| old.last().copied())?;
    Some(Rekey { number, edit, old: (cluster.clone(), line.to_owned()) })
}

/// Both keys, in one block.
fn overlap(rekey: &Rekey<'_>, file: &mut KeyFile) {
    let Some((cluster, key)) = &rekey.edit.put else { return };
    rekey.edit.remove.iter().for_each(|cluster| file.remove(cluster));
    file.put(cluster, &[authorized_line(key), rekey.old.1.clone()]);
}

/// The old key alone, in the block that it had.
fn take_back(rekey: &Rekey<'_>, file: &mut KeyFile) {
    let (cluster, line) = &rekey.old;
    let new = rekey.edit.put.iter().map(|(cluster, _)| cluster);
    new.filter(|new| *new != cluster).for_each(|new| file.remove(new));
    file.put(cluster, std::slice::from_ref(line));
}

/// Whether what is about to be written has every foreign byte of the old file, but for a line end that the last
/// line may have got.
fn keeps_foreign(old: &KeyFile, new: &[u8]) -> bool {
    let Ok(new) = KeyFile::parse(new) else { return false };
    let (old, new) = (old.foreign().collect::<Vec<_>>().concat(), new.foreign().collect::<Vec<_>>().concat());
    new == old || new.strip_suffix(b"\n").is_some_and(|new| new == old)
}

/// Whether a line with a key is no longer there.
fn takes_a_key(old: &KeyFile, new: &KeyFile) -> bool {
    let kept = key_lines(new);
    key_lines(old).iter().any(|line| !kept.contains(line))
}

/// Whether a line with this key is no longer there.
fn loses(old: &KeyFile, new: &KeyFile, own: &Fingerprint) -> bool {
    let kept = key_lines(new);
    key_lines(old).iter().any(|line| keys_of(line).contains(own) && !kept.contains(line))
}

/// The lines with keys in blocks.
fn key_lines(file: &KeyFile) -> BTreeSet<Vec<u8>> {
    let blocks = file.clusters().into_iter().filter_map(|cluster| file.block(cluster));
    blocks.flatten().filter(|line| !keys_of(line).is_empty()).map(<[u8]>::to_vec).collect()
}

/// Whether a key stands in a block that an edit changes.
fn holds(file: &KeyFile, edit: &Edit, own: &Fingerprint) -> bool {
    block_lines(file, edit).any(|line| keys_of(line).contains(own))
}

/// The lines of the blocks that an edit changes.
fn block_lines<'a>(file: &'a KeyFile, edit: &'a Edit) -> impl Iterator<Item = &'a [u8]> {
    let clusters = edit.put.iter().map(|(cluster, _)| cluster).chain(&edit.remove);
    clusters.filter_map(|cluster| file.block(cluster)).flatten()
}
