//! The file of authorized keys of one login, while it is worked on: it is read, and written only if it was
//! not changed meanwhile.

use super::block::KeyFile;
use super::line::keys_of;
use super::transport::{Found, NodeSession, Replaced};
use crate::openssh::client::{LoginKey, Sharing};
use crate::openssh::{Fingerprint, PublicKey};
use crate::targets::TargetError;

/// How often a file is read again because another process has changed it.
const TRIES: usize = 5;

/// Asks which key keyplan came in with, if any.
pub(super) type AskOwnKey<'a> = dyn FnMut() -> Result<Option<Fingerprint>, TargetError> + 'a;

/// What is made of the content of a file.
type Edit<'a> = dyn FnMut(&KeyFile, &mut AskOwnKey<'_>) -> Result<KeyFile, TargetError> + 'a;

/// The file of a login as it was last seen.
pub(super) struct RemoteFile<'a> {
    session: &'a mut dyn NodeSession,
    found: Found,
    /// Whether anything was written, or may have been.
    pub(super) is_touched: bool,
}

impl<'a> RemoteFile<'a> {
    /// Reads the file.
    pub(super) fn read(session: &'a mut dyn NodeSession) -> Result<Self, TargetError> {
        let found = session.observe(Sharing::AsConfigured)?;
        Ok(Self { session, found, is_touched: false })
    }

    /// What was seen last.
    pub(super) fn into_found(self) -> Found {
        self.found
    }

    /// What was seen last.
    pub(super) const fn found(&self) -> &Found {
        &self.found
    }

    /// Its content.
    pub(super) fn content(&self) -> Result<KeyFile, TargetError> {
        content(&self.found)
    }

    /// Whether the node's sshd would let each key in.
    pub(super) fn accepts(&mut self, keys: &[&PublicKey]) -> Vec<Result<bool, TargetError>> {
        self.session.accepts(keys)
    }

    /// Edits the file: again, where another process has changed it. The edit may ask which key keyplan came in with.
    pub(super) fn edit(&mut self, edit: &mut Edit<'_>) -> Result<(), TargetError> {
        for _ in 0..TRIES {
            let old = self.content()?;
            let new = edit(&old, &mut || self.own_key())?;
            let bytes = new.to_bytes();
            if bytes == self.found.file.as_deref().unwrap_or_default() {
                return Ok(());
            }
            if !keeps_foreign(&old, &bytes) {
                return Err(TargetError::refused(
                    "keyplan would have lost a line that is not its own; nothing was written",
                ));
            }
            let replaced = self.session.replace(self.found.file.as_deref(), &bytes);
            self.is_touched |= replaced != Ok(Replaced::Changed);
            match replaced? {
                Replaced::Done => {
                    self.found.file = Some(bytes);
                    return Ok(());
                }
                Replaced::Changed => self.found = self.session.observe(Sharing::AsConfigured)?,
            }
        }
        Err(TargetError::conflict("another program keeps changing `~/.ssh/authorized_keys`"))
    }

    /// The key that keyplan came in with, if any.
    pub(super) fn own_key(&mut self) -> Result<Option<Fingerprint>, TargetError> {
        if self.found.own_key == LoginKey::Unknown {
            self.found.own_key = self.session.observe(Sharing::Never)?.own_key;
        }
        match self.found.own_key {
            LoginKey::Key(own) => Ok(Some(own)),
            LoginKey::None => Ok(None),
            LoginKey::Unknown => Err(TargetError::refused(WHICH_KEY)),
        }
    }
}

const WHICH_KEY: &str = "it cannot be told which key let keyplan in, so that none is taken away";

/// What a file holds.
pub(super) fn content(found: &Found) -> Result<KeyFile, TargetError> {
    KeyFile::parse(found.file.as_deref().unwrap_or_default())
        .map_err(|torn| TargetError::conflict(torn.to_string()))
}

/// Whether what is about to be written has every foreign byte of the old file, but for a line end that the last
/// line may have got.
fn keeps_foreign(old: &KeyFile, new: &[u8]) -> bool {
    let Ok(new) = KeyFile::parse(new) else { return false };
    let (old, new) = (old.foreign().collect::<Vec<_>>().concat(), new.foreign().collect::<Vec<_>>().concat());
    new == old || new.strip_suffix(b"\n").is_some_and(|new| new == old)
}

/// Whether a line of a block has a key.
pub(super) fn holds(file: &KeyFile, cluster: &crate::model::Address, key: &Fingerprint) -> bool {
    file.block(cluster).unwrap_or_default().iter().any(|line| keys_of(line).contains(key))
}
