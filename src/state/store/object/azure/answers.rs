//! What the answers of Azure Blob Storage mean.
//! <https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes>

use super::super::{Page, Refusal, Verdict, cleaned, not_understood, xml};
use super::list;
use crate::http::Response;
use crate::state::store::{StoreError, StoreErrorKind};

/// What a call was to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    Read,
    Create,
}

/// Whose answers are read.
pub(super) struct Container<'a> {
    pub(super) account: &'a str,
    pub(super) name: &'a str,
}

impl Container<'_> {
    pub(super) fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        let refusal = refusal(response);
        match (response.status, refusal.code()) {
            (200, _) if response.header("x-ms-blob-type").is_some() => {
                Verdict::Done(Some(response.body.clone()))
            }
            (404, "BlobNotFound") => Verdict::Done(None),
            _ => self.refused(response, &refusal, Intent::Read),
        }
    }

    pub(super) fn created(&self, response: &Response) -> Verdict<bool> {
        let refusal = refusal(response);
        match (response.status, refusal.code()) {
            (201, _) if response.header("etag").is_some() => Verdict::Done(true),
            (409, "BlobAlreadyExists") | (412, "ConditionNotMet" | "TargetConditionNotMet") => {
                Verdict::Done(false)
            }
            _ => self.refused(response, &refusal, Intent::Create),
        }
    }

    pub(super) fn listed(&self, folder: &str, response: &Response) -> Verdict<Page> {
        if response.status == 200 {
            return list::page(folder, response).map_or_else(Verdict::Failed, Verdict::Done);
        }
        self.refused(response, &refusal(response), Intent::Read)
    }

    /// An answer that brings nothing.
    fn refused<T>(&self, response: &Response, refusal: &Refusal, intent: Intent) -> Verdict<T> {
        let told = || format!("the store answers {refusal}");
        let denied = |help| StoreError::new(StoreErrorKind::Denied, told()).with_help(help);
        match (response.status, refusal.code()) {
            (500.., _) => passing(told(), intent),
            (_, "") => Verdict::Failed(not_understood(response)),
            (_, "ContainerNotFound" | "ContainerBeingDeleted") => Verdict::Failed(self.no_container(refusal)),
            (401, _) | (403, "AuthenticationFailed") => {
                out_of_time(response).unwrap_or_else(|| Verdict::Corrected(denied(
                    "sign in again, as with `az login`; see that the key or the signature is of this account and has \
                     not expired, and that the clock of this machine is right",
                )))
            }
            (403, "AuthorizationFailure") => Verdict::Failed(denied(
                "see whether the network rules of the account let this machine in, and whether the key or the signature \
                 is for this container",
            )),
            (403, "KeyBasedAuthenticationNotPermitted") => Verdict::Failed(denied(
                "the account takes no keys: unset `AZURE_STORAGE_KEY` and `AZURE_STORAGE_SAS_TOKEN`, and sign in with \
                 `az login`",
            )),
            (403, _) => Verdict::Failed(denied(match intent {
                Intent::Read => {
                    "give whoever plans the role Storage Blob Data Reader on the container; a new one counts after a \
                     few minutes"
                }
                Intent::Create => {
                    "give whoever applies the role Storage Blob Data Contributor on the container, or one of its own \
                     that can add blobs; a new one counts after a few minutes"
                }
            })),
            _ => Verdict::Failed(denied(
                "see what the code means, and whether the place of the state is right",
            )),
        }
    }

    fn no_container(&self, refusal: &Refusal) -> StoreError {
        let words =
            format!("there is no container `{}` in the account `{}` ({refusal})", self.name, self.account);
        StoreError::new(StoreErrorKind::Missing, words)
            .with_help("check its name in the place of the state, and create it if it is right")
    }
}

/// What is wrong with the time of a request, or of what was to let it through. A detail of another kind is not told: it
/// may hold a signature.
fn out_of_time<T>(response: &Response) -> Option<Verdict<T>> {
    let document = xml(response).ok()?;
    let detail = document.descendants().find(|node| node.has_tag_name("AuthenticationErrorDetail"))?;
    let detail = detail.text()?.trim();
    let denied = |words: &str, help| StoreError::new(StoreErrorKind::Denied, words).with_help(help);
    if detail.starts_with("Request date header") {
        let words = "the clock of this machine and that of the store differ by more than 15 minutes";
        return Some(Verdict::Corrected(denied(words, "set the clock of this machine right")));
    }
    if detail.starts_with("Signature not valid in the specified time frame") {
        let words = format!("the shared access signature does not hold at this time: {}", cleaned(detail));
        return Some(Verdict::Failed(denied(
            &words,
            "put a new one into `AZURE_STORAGE_SAS_TOKEN`, or unset that and sign in with `az login`",
        )));
    }
    let is_of_token = detail.starts_with("Lifetime validation failed");
    is_of_token
        .then(|| Verdict::Corrected(denied("the token has expired", "sign in again, as with `az login`")))
}

/// Trouble of the store. Of a create that ran into it nobody knows whether it was done.
fn passing<T>(words: String, intent: Intent) -> Verdict<T> {
    match intent {
        Intent::Read => Verdict::Again(StoreError::new(StoreErrorKind::Unavailable, words)),
        Intent::Create => Verdict::Failed(StoreError::new(StoreErrorKind::Ambiguous, words)),
    }
}

/// What the store says: its code is in a header as well. Behind its words stand numbers for support.
fn refusal(response: &Response) -> Refusal {
    let refusal = Refusal::of(response);
    let code = response.header("x-ms-error-code").map(cleaned).or(refusal.code);
    let words = |message: String| message.split("RequestId:").next().map(str::to_owned);
    Refusal { code, message: refusal.message.and_then(words), ..refusal }
}
