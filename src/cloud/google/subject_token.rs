//! The token of another issuer, such as a CI, that Google takes in exchange for one of its own.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Deserialize;
use serde_json::Value;

use crate::cloud::issuers::{public, refusal};
use crate::cloud::{Issuers, Machine};
use crate::http::{Header, HeaderValue, Secret, Url};

#[derive(Deserialize)]
pub(super) struct CredentialSource {
    file: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    format: Format,
    executable: Option<Value>,
    environment_id: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Format {
    r#type: Option<String>,
    subject_token_field_name: Option<String>,
}

impl CredentialSource {
    pub(super) fn subject_token(&self, machine: &dyn Machine, issuers: &Issuers) -> Result<String, String> {
        let bytes = match (&self.file, &self.url) {
            (Some(path), _) => machine
                .read(Utf8Path::new(path))
                .map_err(|error| format!("the subject token cannot be read from its file: {error}"))?,
            (None, Some(url)) => self.fetched(url, issuers)?,
            (None, None) => return Err(self.unknown().into()),
        };
        let text = String::from_utf8(bytes).map_err(|_| "the subject token is no text")?;
        self.format.token_in(&text)
    }

    fn fetched(&self, url: &str, issuers: &Issuers) -> Result<Vec<u8>, String> {
        let url = Url::parse_metadata(url)
            .map_err(|error| format!("`credential_source.url` is no address: {error}"))?;
        let headers = self.headers.iter().map(|(name, value)| header(name, value));
        let response = issuers.get(url, headers.collect::<Result<_, _>>()?)?;
        if response.is_success() {
            Ok(response.body)
        } else {
            Err(format!("the subject token was not given: {}", refusal(&response)))
        }
    }

    const fn unknown(&self) -> &'static str {
        if self.environment_id.is_some() {
            "its subject token comes from AWS, which keyplan does not ask; `gcloud auth login --cred-file` can"
        } else if self.executable.is_some() {
            "its subject token comes from a program, which keyplan does not run; `gcloud auth login --cred-file` can"
        } else {
            "`credential_source` names neither a file nor a url"
        }
    }
}

impl Format {
    fn token_in(&self, text: &str) -> Result<String, String> {
        match self.r#type.as_deref() {
            None | Some("text") => Ok(text.trim().to_owned()),
            Some("json") => {
                let name = self.subject_token_field_name.as_deref().unwrap_or_default();
                let answer: Value =
                    serde_json::from_str(text).map_err(|_| "the subject token is in no JSON")?;
                let token = answer[name].as_str().map(str::to_owned);
                token.ok_or_else(|| "the subject token is not where `subject_token_field_name` says".into())
            }
            Some(_) => Err("`credential_source.format` is neither text nor json".into()),
        }
    }
}

/// A header of the request for a subject token; of those that shape a request none is taken.
fn header(name: &str, value: &str) -> Result<Header, String> {
    match &*name.to_ascii_lowercase() {
        "accept" => Ok(public("Accept", "application/json")),
        "authorization" => {
            let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer "));
            let secret = |text| Secret::new(text).map_err(|error| format!("`Authorization`: {error}"));
            let value = match token {
                Some(token) => HeaderValue::Bearer(secret(token)?),
                None => HeaderValue::Secret(secret(value)?),
            };
            Ok(Header { name: "Authorization", value })
        }
        "metadata" => Ok(public("Metadata", "true")),
        "metadata-flavor" => Ok(public("Metadata-Flavor", "Google")),
        _ => Err("`credential_source.headers` has one other than Authorization, Accept and Metadata".into()),
    }
}
