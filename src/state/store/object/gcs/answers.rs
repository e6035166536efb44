//! What the answers of Google Cloud Storage mean.
//! <https://cloud.google.com/storage/docs/json_api/v1/status-codes>

use serde_json::Value;

use super::super::{Page, Refusal, Verdict, cleaned, not_understood};
use crate::http::Response;
use crate::state::store::{StoreError, StoreErrorKind};

/// What a call was to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    Read,
    Create,
}

/// Whose answers are read.
pub(super) struct Bucket<'a> {
    pub(super) name: &'a str,
    /// An emulator does not say of what there is nothing.
    pub(super) is_emulated: bool,
}

impl Bucket<'_> {
    /// With `alt=media` what is there comes with its generation, and a refusal is a plain text that calls itself HTML.
    pub(super) fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        let is_missing = || {
            let message = refusal(response).message.unwrap_or_default();
            message.starts_with("No such object: ") || (self.is_emulated && message == "Not Found")
        };
        match response.status {
            200 if response.header("x-goog-generation").is_some() => {
                Verdict::Done(Some(response.body.clone()))
            }
            404 if is_missing() => Verdict::Done(None),
            _ => self.refused(response, Intent::Read),
        }
    }

    pub(super) fn created(&self, response: &Response) -> Verdict<bool> {
        match response.status {
            200 if is_object(response) => Verdict::Done(true),
            412 => Verdict::Done(false),
            _ => self.refused(response, Intent::Create),
        }
    }

    pub(super) fn listed(&self, response: &Response) -> Verdict<Page> {
        match response.status {
            200 => page(response).map_or_else(Verdict::Failed, Verdict::Done),
            _ => self.refused(response, Intent::Read),
        }
    }

    /// An answer that brings nothing.
    fn refused<T>(&self, response: &Response, intent: Intent) -> Verdict<T> {
        let refusal = refusal(response);
        let told = || format!("the store answers {refusal}");
        let denied = |words: String| StoreError::new(StoreErrorKind::Denied, words);
        match response.status {
            500.. => passing(told(), intent),
            _ if refusal.message.is_none() => Verdict::Failed(not_understood(response)),
            401 => Verdict::Corrected(denied(told()).with_help(
                "sign in again, as with `gcloud auth application-default login`, and see whose credentials are in \
                 `GOOGLE_APPLICATION_CREDENTIALS`",
            )),
            403 if is_limited(response) => passing(told(), intent),
            403 => Verdict::Failed(denied(told()).with_help(match intent {
                Intent::Read => {
                    "allow `storage.objects.get` and `storage.objects.list` in the bucket to whoever plans, as the role \
                     Storage Object Viewer does"
                }
                Intent::Create => {
                    "allow `storage.objects.create` in the bucket to whoever applies, as the role Storage Object \
                     Creator does"
                }
            })),
            404 => Verdict::Failed(
                StoreError::new(StoreErrorKind::Missing, format!("there is no bucket `{}` ({refusal})", self.name))
                    .with_help("check its name in the place of the state, and create it if it is right"),
            ),
            409 => passing(told(), intent),
            400..500 => Verdict::Failed(
                denied(told()).with_help("see what the answer means, and whether the place of the state is right"),
            ),
            _ => Verdict::Failed(not_understood(response)),
        }
    }
}

/// Trouble of the store. Of a create that ran into it nobody knows whether it was done.
fn passing<T>(words: String, intent: Intent) -> Verdict<T> {
    match intent {
        Intent::Read => Verdict::Again(StoreError::new(StoreErrorKind::Unavailable, words)),
        Intent::Create => Verdict::Failed(StoreError::new(StoreErrorKind::Ambiguous, words)),
    }
}

/// What the store says, in JSON or as one line of text. What begins with a tag is of something else.
fn refusal(response: &Response) -> Refusal {
    let refusal = Refusal::of(response);
    let text = std::str::from_utf8(&response.body).map(str::trim).unwrap_or_default();
    if refusal.message.is_some() || text.is_empty() || text.starts_with(['<', '{', '[']) {
        return refusal;
    }
    Refusal { message: Some(cleaned(text)), ..refusal }
}

/// Whether it was refused because there were too many requests.
fn is_limited(response: &Response) -> bool {
    let body = json(response);
    let reasons = body["error"]["errors"].as_array().into_iter().flatten();
    reasons.filter_map(|error| error["reason"].as_str()).any(|reason| reason.ends_with("ateLimitExceeded"))
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// Whether it tells of an object, as after it was put.
fn is_object(response: &Response) -> bool {
    json(response)["kind"] == "storage#object"
}

/// A page of a folder.
fn page(response: &Response) -> Result<Page, StoreError> {
    let body = json(response);
    let unknown = || not_understood(response);
    if body["kind"] != "storage#objects" {
        return Err(unknown());
    }
    let list = |name: &str| match &body[name] {
        Value::Null => Ok(&[][..]),
        Value::Array(list) => Ok(&list[..]),
        _ => Err(unknown()),
    };
    let names = list("items")?.iter().map(|item| &item["name"]).chain(list("prefixes")?);
    let names = names.map(|name| name.as_str().map(str::to_owned).ok_or_else(unknown));
    let next = match &body["nextPageToken"] {
        Value::Null => None,
        Value::String(token) if !token.is_empty() => Some(token.as_str().into()),
        _ => return Err(unknown()),
    };
    Ok(Page { names: names.collect::<Result<_, _>>()?, next })
}
