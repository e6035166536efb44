//! S3, and what speaks its protocol: `https://BUCKET.s3.REGION.amazonaws.com/NAME`, or `ENDPOINT/BUCKET/NAME`.

mod answers;
mod list;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64;
use jiff::Timestamp;
use ring::digest;

use super::{Call, Dialect, Page, StoreError, StoreErrorKind, Verdict};
use crate::cloud::aws::{CredentialChain, Scope, domain, sign};
use crate::http::{Header, HeaderValue, Method, Origin, OriginError, Request, Response, Url};
use crate::model::S3Place;

/// Where a bucket is looked for of which nobody says the region. The answer from there says it.
const FIRST_REGION: &str = "us-east-1";

/// A bucket.
pub struct S3 {
    bucket: Box<str>,
    /// The server, where it is not that of AWS.
    endpoint: Option<Origin>,
    has_path_style: bool,
    region: Mutex<Box<str>>,
    /// Whether the place of the state says it: then it is not corrected, but told.
    is_region_fixed: bool,
    credentials: CredentialChain,
}

impl S3 {
    /// `region` counts where the place has none, and `endpoint` as well.
    ///
    /// # Errors
    /// When the endpoint is no server.
    pub fn new(
        place: &S3Place,
        region: Option<String>,
        endpoint: Option<String>,
        credentials: CredentialChain,
    ) -> Result<Self, OriginError> {
        let endpoint = place.endpoint.clone().or(endpoint.map(Into::into));
        let endpoint = endpoint.map(|text| Origin::parse(&text)).transpose()?;
        let region = place.region.clone().or(region.map(Into::into));
        // The certificates of AWS are for one label in front, and an address has no names below it.
        let is_label = !place.bucket.contains(['.', '_']) && place.bucket.len() <= 63;
        let has_names = endpoint.as_ref().is_none_or(|endpoint| !endpoint.is_address());
        Ok(Self {
            bucket: place.bucket.clone(),
            has_path_style: place.has_path_style || !is_label || !has_names,
            endpoint,
            region: Mutex::new(region.unwrap_or_else(|| FIRST_REGION.into())),
            is_region_fixed: place.region.is_some(),
            credentials,
        })
    }

    fn region(&self) -> Box<str> {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn origin(&self, region: &str) -> Result<Origin, StoreError> {
        let server = match &self.endpoint {
            Some(endpoint) => endpoint.to_string(),
            None => format!("https://s3.{region}.{}", domain(region)),
        };
        let server = match server.split_once("://") {
            Some((scheme, host)) if !self.has_path_style => format!("{scheme}://{}.{host}", self.bucket),
            _ => server,
        };
        Origin::parse(&server).map_err(|error| {
            StoreError::new(StoreErrorKind::Missing, format!("`{server}` is no server: {error}"))
                .with_help("check the region and the endpoint in the place of the state")
        })
    }

    /// The segments of a path in the bucket.
    fn path<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let bucket = self.has_path_style.then_some(&*self.bucket);
        bucket
            .into_iter()
            .chain(name.split('/').filter(|_| !name.is_empty() || !self.has_path_style))
            .collect()
    }
}

impl Dialect for S3 {
    fn request(&self, call: &Call<'_>, time: Timestamp) -> Result<Request, StoreError> {
        let region = self.region();
        let origin = self.origin(&region)?;
        let credentials = self.credentials.credentials(time).map_err(|error| {
            StoreError::new(StoreErrorKind::Denied, error.to_string())
                .with_help("sign in, as with `aws sso login`, and name the profile in `AWS_PROFILE`")
        })?;
        let read = |url| Request { method: Method::Get, url, headers: Vec::new(), body: None };
        let mut request = match *call {
            Call::Get { name } => read(Url::new(origin, &self.path(name), &[])),
            Call::List { folder, after, page } => {
                read(Url::new(origin, &self.path(""), &list::query(folder, after, page)))
            }
            Call::Create { name, bytes } => Request {
                method: Method::Put,
                url: Url::new(origin, &self.path(name), &[]),
                headers: create_headers(bytes),
                body: Some(bytes.to_vec()),
            },
        };
        sign(&mut request, &credentials, Scope { region: &region, service: "s3" }, time);
        Ok(request)
    }

    fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        self.got(response)
    }

    fn created(&self, response: &Response) -> Verdict<bool> {
        self.created(response)
    }

    fn listed(&self, folder: &str, response: &Response) -> Verdict<Page> {
        self.listed(folder, response)
    }
}

/// `If-None-Match` makes it a put-if-absent. The digest is what a bucket with object lock asks for.
fn create_headers(bytes: &[u8]) -> Vec<Header> {
    let public = |name, value: String| Header { name, value: HeaderValue::Public(value.into()) };
    let digest = digest::digest(&digest::SHA256, bytes);
    vec![public("if-none-match", "*".into()), public("x-amz-checksum-sha256", BASE64.encode(digest.as_ref()))]
}
