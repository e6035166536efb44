//! Google Cloud Storage, by its JSON API. <https://cloud.google.com/storage/docs/json_api/v1/objects>

mod answers;
mod requests;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use self::answers::Bucket;
use super::{Call, Dialect, Page, Verdict};
use crate::cloud::google::GoogleCredentials;
use crate::http::{Header, HeaderValue, Origin, OriginError, Request, Response};
use crate::state::store::{StoreError, StoreErrorKind};

const HOST: &str = "storage.googleapis.com";

/// A bucket.
pub struct Gcs {
    bucket: Box<str>,
    origin: Origin,
    /// An emulator gets none.
    credentials: Option<GoogleCredentials>,
}

impl Gcs {
    /// # Errors
    /// Never, as long as Google's host is a name.
    pub fn new(bucket: &str, credentials: GoogleCredentials) -> Result<Self, OriginError> {
        Ok(Self { bucket: bucket.into(), origin: Origin::parse(HOST)?, credentials: Some(credentials) })
    }

    /// A bucket of an emulator, as `STORAGE_EMULATOR_HOST` names it. No credentials are sent there.
    ///
    /// # Errors
    /// When it names no server that is to be spoken to.
    pub fn emulated(bucket: &str, host: &str) -> Result<Self, OriginError> {
        let (scheme, place) = host.split_once("://").unwrap_or(("http", host));
        let place =
            place.strip_prefix("localhost").map_or_else(|| place.into(), |rest| format!("127.0.0.1{rest}"));
        let origin = Origin::parse(&format!("{scheme}://{place}"))?;
        Ok(Self { bucket: bucket.into(), origin, credentials: None })
    }

    fn answers(&self) -> Bucket<'_> {
        Bucket { name: &self.bucket, is_emulated: self.credentials.is_none() }
    }

    /// Lets a token go that was refused.
    fn noted<T>(&self, verdict: Verdict<T>) -> Verdict<T> {
        if let (Verdict::Corrected(_), Some(credentials)) = (&verdict, &self.credentials) {
            credentials.forget();
        }
        verdict
    }

    fn authorization(&self) -> Result<Option<Header>, StoreError> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        let token = credentials.token().map_err(|error| {
            StoreError::new(StoreErrorKind::Denied, error.to_string()).with_help(
                "sign in with `gcloud auth application-default login`, or name a file with credentials in \
                 `GOOGLE_APPLICATION_CREDENTIALS`",
            )
        })?;
        Ok(Some(Header { name: "Authorization", value: HeaderValue::Bearer(token) }))
    }
}

impl Dialect for Gcs {
    fn request(&self, call: &Call<'_>, _: Timestamp) -> Result<Request, StoreError> {
        let mut request = match *call {
            Call::Get { name } => requests::get(&self.origin, &self.bucket, name),
            Call::List { folder, after, page } => {
                requests::list(&self.origin, &self.bucket, folder, after, page)
            }
            Call::Create { name, bytes } => requests::create(&self.origin, &self.bucket, name, bytes),
        };
        request.headers.extend(self.authorization()?);
        Ok(request)
    }

    fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        self.noted(self.answers().got(response))
    }

    fn created(&self, response: &Response) -> Verdict<bool> {
        self.noted(self.answers().created(response))
    }

    fn listed(&self, _: &str, response: &Response) -> Verdict<Page> {
        self.noted(self.answers().listed(response))
    }
}
