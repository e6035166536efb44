//! Azure Blob Storage. <https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-rest-api>

mod answers;
mod list;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use jiff::Timestamp;

use self::answers::Container;
use super::{Call, Dialect, Page, Verdict};
use crate::cloud::azure::AzureCredentials;
use crate::http::{Header, HeaderValue, Method, Origin, Request, Response, Url, UrlError};
use crate::state::store::{StoreError, StoreErrorKind};

/// The version of the protocol that is spoken.
const VERSION: &str = "2021-12-02";

/// A container.
pub struct Azure {
    account: Box<str>,
    container: Box<str>,
    origin: Origin,
    /// Of the account at a server, where that is not in the name of the host.
    path: Vec<String>,
    credentials: AzureCredentials,
}

impl Azure {
    /// `endpoint` is that of the account where it is not in Azure's public cloud, as the environment names it.
    ///
    /// # Errors
    /// When that is no server that is to be spoken to.
    pub fn new(
        account: &str,
        container: &str,
        endpoint: Option<&str>,
        credentials: AzureCredentials,
    ) -> Result<Self, UrlError> {
        let of_account = || format!("https://{account}.blob.core.windows.net").into();
        let endpoint: Cow<'_, str> = endpoint.map_or_else(of_account, |endpoint| {
            endpoint.replacen("http://localhost", "http://127.0.0.1", 1).into()
        });
        let url = Url::parse(&endpoint)?;
        let path = url.target().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let (account, container) = (account.into(), container.into());
        Ok(Self { account, container, origin: url.origin().clone(), path, credentials })
    }

    fn answers(&self) -> Container<'_> {
        Container { account: &self.account, name: &self.container }
    }

    /// Lets a token go that was refused.
    fn noted<T>(&self, verdict: Verdict<T>) -> Verdict<T> {
        if matches!(verdict, Verdict::Corrected(_)) {
            self.credentials.forget();
        }
        verdict
    }

    fn url(&self, name: &str, query: &[(&str, &str)]) -> Url {
        let account = self.path.iter().map(String::as_str);
        let name = name.split('/').filter(|part| !part.is_empty());
        let path: Vec<_> = account.chain([&*self.container]).chain(name).collect();
        Url::new(self.origin.clone(), &path, query)
    }
}

impl Dialect for Azure {
    fn request(&self, call: &Call<'_>, time: Timestamp) -> Result<Request, StoreError> {
        let authorization = self.credentials.authorization().map_err(|error| {
            StoreError::new(StoreErrorKind::Denied, error.to_string()).with_help(
                "sign in with `az login`, or set `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`",
            )
        })?;
        let public = |name, value: String| Header { name, value: HeaderValue::Public(value.into()) };
        let date = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = vec![public("x-ms-date", date), public("x-ms-version", VERSION.into())];
        let (method, url, body) = match *call {
            Call::Get { name } => (Method::Get, self.url(name, &[]), None),
            Call::List { folder, page, .. } => (Method::Get, self.url("", &list::query(folder, page)), None),
            Call::Create { name, bytes } => {
                // That there is none is asked for by this condition.
                headers.push(public("If-None-Match", "*".into()));
                headers.push(public("Content-Type", "application/json".into()));
                headers.push(public("x-ms-blob-type", "BlockBlob".into()));
                (Method::Put, self.url(name, &[]), Some(bytes.to_vec()))
            }
        };
        Ok(authorization.authorize(Request { method, url, headers, body }))
    }

    fn lists_after(&self) -> bool {
        false
    }

    fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        self.noted(self.answers().got(response))
    }

    fn created(&self, response: &Response) -> Verdict<bool> {
        self.noted(self.answers().created(response))
    }

    fn listed(&self, folder: &str, response: &Response) -> Verdict<Page> {
        self.noted(self.answers().listed(folder, response))
    }
}
