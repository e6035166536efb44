//! Which keys an sshd would accept, by the public-key query of the SSH protocol. No private key is there, nothing is
//! signed, and nothing is run.

use std::collections::BTreeMap;

use super::destination::Destination;
use super::log::SshLog;
use super::process::{Ended, Process};
use super::program::{Client, Limits, MOST_PRINTED, SshError, as_arguments};
use super::settings::Settings;
use crate::openssh::{Fingerprint, PublicKey};

/// How many keys are asked on one connection: a server ends it at the sixth that it refuses, and answers for five.
const KEYS: usize = 5;
/// What keeps a query from every key of the user, and from connections that are there already.
pub(super) const KEYLESS: [&str; 7] = [
    "PreferredAuthentications=publickey",
    "PubkeyAuthentication=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PKCS11Provider=none",
    "ControlMaster=no",
    "ControlPath=none",
];

/// The outcome of a query.
#[derive(Debug, Default)]
pub struct Queried {
    /// Whether each key that the server has answered for is accepted.
    pub answers: BTreeMap<Fingerprint, bool>,
    /// Whether it lets in without any key.
    pub is_open: bool,
    /// What kept it from answering to the end.
    pub error: Option<SshError>,
}

impl Client {
    /// Asks for keys, in their order, on at most so many connections: each counts where sshd punishes who is refused
    /// often.
    #[must_use]
    pub fn query(
        &self,
        to: &Destination,
        keys: &[&PublicKey],
        connections: usize,
        limits: &Limits<'_>,
    ) -> Queried {
        let mut queried = Queried::default();
        queried.error = self.query_all(to, keys, connections, limits, &mut queried).err();
        queried
    }

    fn query_all(
        &self,
        to: &Destination,
        keys: &[&PublicKey],
        connections: usize,
        limits: &Limits<'_>,
        queried: &mut Queried,
    ) -> Result<(), SshError> {
        let settings = self.settings(to, limits)?;
        for _ in 0..connections {
            let is_due = |key: &&&PublicKey| !queried.answers.contains_key(key.fingerprint());
            let keys: Vec<_> = keys.iter().filter(is_due).take(KEYS).copied().collect();
            if keys.is_empty() || queried.is_open {
                break;
            }
            let (process, ended) = self.query_once(to, &keys, &settings, limits)?;
            let log = &process.log;
            queried.is_open = log.is_open;
            queried.answers.extend(log.answers.iter().map(|(key, accepts)| (*key, *accepts)));
            if log.takes_no_keys() {
                queried.answers.extend(keys.iter().map(|key| (*key.fingerprint(), false)));
            }
            if let Some(error) = process.error(ended, limits) {
                return Err(error);
            }
            // What one connection did not bring, another will not.
            if log.answers.is_empty() && !log.takes_no_keys() && !log.is_open {
                return process.last_words().map_or(Ok(()), |words| Err(SshError::CannotAsk(words)));
            }
        }
        Ok(())
    }

    /// Asks for keys on one connection.
    fn query_once(
        &self,
        to: &Destination,
        keys: &[&PublicKey],
        settings: &Settings,
        limits: &Limits<'_>,
    ) -> Result<(Process, Ended), SshError> {
        let cannot = |error: std::io::Error| {
            SshError::CannotAsk(format!("cannot write a public key: {}", error.kind()))
        };
        let files: Vec<_> =
            keys.iter().map(|key| self.public_file(key)).collect::<Result<_, _>>().map_err(cannot)?;
        let defaults = self.defaults().map_err(|error| SshError::CannotAsk(error.to_string()))?;
        let ours = KEYLESS.into_iter().map(str::to_owned);
        let options =
            as_arguments(ours.chain(settings.carried(defaults)).chain(self.jump(settings, limits)?));
        let mut process = self.start(false, "", |command| {
            // Without a command: also where a server lets in, nothing is run.
            command.args(["-N", "-F", "/dev/null"]).args(self.fixed(settings)).args(options);
            command.args(files.iter().flat_map(|file| [std::ffi::OsStr::new("-i"), file.as_os_str()]));
            command.args(to.arguments());
        })?;
        let is_enough = |_: &[u8], log: &SshLog| log.is_open || log.answers.len() >= keys.len();
        let ended = process.listen_for(limits, MOST_PRINTED, &is_enough)?;
        Ok((process, ended))
    }
}
