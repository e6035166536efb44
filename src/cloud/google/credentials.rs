//! The sources of Google's application default credentials, in their order, and `gcloud`.

use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::{credential_file, gcloud, metadata};
use crate::cloud::access_token::KeptToken;
use crate::cloud::source::{Miss, first};
use crate::cloud::{AccessToken, Issuers, Machine, NoCredentials};
use crate::http::Secret;

/// Objects are read and written, and rights are never changed.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";
const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
const FILE: &str = "application_default_credentials.json";

/// Tokens for Cloud Storage.
pub struct GoogleCredentials {
    machine: Arc<dyn Machine>,
    issuers: Issuers,
    kept: KeptToken,
}

impl GoogleCredentials {
    #[must_use]
    pub fn new(machine: Arc<dyn Machine>, issuers: Issuers) -> Self {
        Self { machine, issuers, kept: KeptToken::default() }
    }

    /// A token that is good for now.
    pub fn token(&self) -> Result<Secret, NoCredentials> {
        self.kept.get(self.issuers.clock(), || self.fetch())
    }

    /// Takes in that a token was refused.
    pub fn forget(&self) {
        self.kept.forget(self.issuers.clock());
    }

    fn fetch(&self) -> Result<AccessToken, NoCredentials> {
        let machine = &*self.machine;
        first(&[
            ("`GOOGLE_APPLICATION_CREDENTIALS`", &|| self.named_file()),
            ("the file of `gcloud auth application-default login`", &|| self.well_known_file()),
            ("the metadata server", &|| metadata::token(SCOPE, machine, &self.issuers)),
            ("`gcloud auth print-access-token`", &|| gcloud::token(machine).map_err(Miss::Next)),
        ])
    }

    fn named_file(&self) -> Result<AccessToken, Miss> {
        let path = self.machine.variable(VARIABLE).ok_or_else(|| Miss::Next("it is not set".into()))?;
        let bytes = self.machine.read(Utf8Path::new(&path));
        let bytes = bytes.map_err(|error| Miss::Last(format!("its file cannot be read: {error}")))?;
        self.token_of(&bytes).map_err(Miss::Last)
    }

    fn well_known_file(&self) -> Result<AccessToken, Miss> {
        let path = self.folder().ok_or_else(|| Miss::Next("there is no home directory".into()))?.join(FILE);
        let bytes = self.machine.read(&path).map_err(|error| {
            Miss::Next(match error.kind() {
                io::ErrorKind::NotFound => "it is not there".into(),
                _ => format!("it cannot be read: {error}"),
            })
        })?;
        self.token_of(&bytes).map_err(Miss::Next)
    }

    fn token_of(&self, file: &[u8]) -> Result<AccessToken, String> {
        credential_file::token(file, SCOPE, &*self.machine, &self.issuers)
    }

    /// Where `gcloud` keeps what it knows.
    fn folder(&self) -> Option<Utf8PathBuf> {
        let machine = &self.machine;
        let named = machine.variable("CLOUDSDK_CONFIG").map(Utf8PathBuf::from);
        let of_windows =
            || machine.variable("APPDATA").map(|folder| Utf8PathBuf::from(folder).join("gcloud"));
        let of_home = || machine.home().map(|home| home.join(".config/gcloud"));
        named.or_else(|| if cfg!(windows) { of_windows() } else { of_home() })
    }
}

#[cfg(test)]
mod tests;
