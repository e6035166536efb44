//! keyplan does not lock itself out: the key that it came in with stays where it is, unless another line would let
//! keyplan in as well, or the key was named.

use std::collections::{BTreeMap, BTreeSet};

use super::block::KeyFile;
use super::desired::Want;
use super::file::{AskOwnKey, holds};
use super::line::keys_of;
use super::own_key::OwnName;
use crate::model::Address;
use crate::openssh::Fingerprint;
use crate::targets::TargetError;

/// The wants, by their numbers, that would take away the key that keyplan came in with: why they must not. `wanted` is
/// what the file is to become. It is to be asked of the very content that is replaced: another visit, by another name
/// of the same machine, may have taken away what let keyplan in as well.
pub(super) fn refused(
    file: &KeyFile,
    wanted: &KeyFile,
    own_key: &mut AskOwnKey<'_>,
    wants: &[(usize, &Want)],
    may_go: &BTreeSet<OwnName>,
) -> Result<BTreeMap<usize, TargetError>, TargetError> {
    if !takes_a_key(file, wanted) {
        return Ok(BTreeMap::new());
    }
    let Some(own) = own_key()? else { return Ok(BTreeMap::new()) };
    let is_named = may_go.contains(&OwnName::Fingerprint(own));
    if is_named || wanted.lets_in(&own) || !loses(file, wanted, &own) {
        return Ok(BTreeMap::new());
    }
    let refusal = |(number, want): &(usize, &Want)| {
        let holds = names(want).any(|name| holds(file, name, &own));
        let name = holds.then(|| name_of(file, want, &own))?;
        (!may_go.contains(&name)).then(|| (*number, TargetError::refused(locked_out(&name))))
    };
    Ok(wants.iter().filter_map(refusal).collect())
}

fn locked_out(name: &OwnName) -> String {
    format!(
        "keyplan itself came in with `{name}`, and would lock itself out; if you have another way in, pass \
         `--remove-own-key '{name}'`"
    )
}

/// The names of the blocks that a want is about.
fn names(want: &Want) -> impl Iterator<Item = &Address> {
    want.put.iter().map(|(name, _)| name).chain(&want.remove)
}

/// What a key is called that keyplan came in with: by the want that takes it away, or else by its line.
fn name_of(file: &KeyFile, want: &Want, own: &Fingerprint) -> OwnName {
    let had = want.had.as_ref().filter(|key| key.public_key.fingerprint() == own);
    let by_line = || {
        let mut lines = names(want).filter_map(|name| file.block(name)).flatten();
        let line = lines.find(|line| keys_of(line).contains(own))?;
        let mut words = std::str::from_utf8(line).ok()?.split_inclusive(' ');
        words.find(|word| word.starts_with("AAAA"))?;
        Address::parse(&words.collect::<String>()).filter(|address| matches!(address, Address::Key(..)))
    };
    had.map(|key| key.address()).or_else(by_line).map_or(OwnName::Fingerprint(*own), OwnName::Key)
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
