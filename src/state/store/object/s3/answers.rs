//! What the answers of S3 mean.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::sync::PoisonError;

use super::super::{Page, Refusal, StoreError, StoreErrorKind, Verdict, not_understood, xml};
use super::{S3, list};
use crate::http::Response;
use crate::model::is_region;

/// What a call was to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    Read,
    Create,
}

impl S3 {
    pub(super) fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        let refusal = Refusal::of(response);
        match (response.status, refusal.code()) {
            (200, _) if !is_html(response) => Verdict::Done(Some(response.body.clone())),
            (404, "NoSuchKey") => Verdict::Done(None),
            _ => self.refused(response, &refusal, Intent::Read),
        }
    }

    pub(super) fn created(&self, response: &Response) -> Verdict<bool> {
        let refusal = Refusal::of(response);
        match (response.status, refusal.code()) {
            // A page between here and the store says 200 as well.
            (200, _) if response.header("etag").is_some() && !is_html(response) => Verdict::Done(true),
            (412, "PreconditionFailed") => Verdict::Done(false),
            _ => self.refused(response, &refusal, Intent::Create),
        }
    }

    pub(super) fn listed(&self, folder: &str, response: &Response) -> Verdict<Page> {
        if response.status == 200 {
            return list::page(folder, response).map_or_else(Verdict::Failed, Verdict::Done);
        }
        self.refused(response, &Refusal::of(response), Intent::Read)
    }

    /// An answer that brings nothing.
    fn refused<T>(&self, response: &Response, refusal: &Refusal, intent: Intent) -> Verdict<T> {
        match elsewhere(response, refusal) {
            Some(Elsewhere::In(region)) => return self.in_region(region),
            Some(Elsewhere::Somewhere) => return self.in_another_region(),
            None => {}
        }
        let passing = |words: String| {
            // Of a create that ran into trouble nobody knows whether it was done.
            match intent {
                Intent::Read => Verdict::Again(StoreError::new(StoreErrorKind::Unavailable, words)),
                Intent::Create => Verdict::Failed(StoreError::new(StoreErrorKind::Ambiguous, words)),
            }
        };
        let told = || format!("the store answers {refusal}");
        match (response.status, refusal.code()) {
            (409, "ConditionalRequestConflict" | "OperationAborted") => {
                Verdict::Failed(StoreError::new(StoreErrorKind::Unavailable, told()))
            }
            (_, "InternalError" | "ServiceUnavailable" | "SlowDown" | "RequestTimeout") => passing(told()),
            (_, "ExpiredToken" | "TokenRefreshRequired") => {
                self.credentials.forget();
                Verdict::Corrected(expired())
            }
            (_, "RequestTimeTooSkewed") => Verdict::Corrected(skewed()),
            (_, code) => match known(code, &self.bucket, intent) {
                Some((kind, words, next_step)) => {
                    let words = words.map_or_else(told, |words| format!("{words} ({refusal})"));
                    Verdict::Failed(StoreError::new(kind, words).with_help(next_step))
                }
                None if code.is_empty() && response.status < 500 => Verdict::Failed(not_understood(response)),
                None if response.status >= 500 => passing(told()),
                None => Verdict::Failed(StoreError::new(StoreErrorKind::Denied, told()).with_help(
                    "see what the code means at the store, and whether the place of the state is right",
                )),
            },
        }
    }

    /// The bucket is in another region than the one that was asked, and nobody says in which.
    fn in_another_region<T>(&self) -> Verdict<T> {
        let words = format!("the bucket `{}` is not in the region `{}`", self.bucket, self.region());
        let error = StoreError::new(StoreErrorKind::Missing, words);
        Verdict::Failed(
            error.with_help("say its region in the place of the state, as in `?region=eu-central-1`"),
        )
    }

    /// The bucket is in this region, and another one was asked.
    fn in_region<T>(&self, region: String) -> Verdict<T> {
        let error = |words: String| StoreError::new(StoreErrorKind::Missing, words);
        let bucket = &self.bucket;
        if self.is_region_fixed {
            let words = format!("the bucket `{bucket}` is in `{region}`, and not in `{}`", self.region());
            let next_step =
                format!("write `region={region}` in the place of the state, or leave the region out");
            return Verdict::Failed(error(words).with_help(next_step));
        }
        let words = format!("the bucket `{bucket}` is in `{region}`, and is not found there");
        *self.region.lock().unwrap_or_else(PoisonError::into_inner) = region.into();
        Verdict::Corrected(error(words).with_help("say its region in the place of the state"))
    }
}

fn is_html(response: &Response) -> bool {
    response.header("content-type").is_some_and(|kind| kind.trim().starts_with("text/html"))
}

/// Where a bucket is that is not where it was looked for.
enum Elsewhere {
    In(String),
    Somewhere,
}

/// Whether the bucket is said to be elsewhere.
fn elsewhere(response: &Response, refusal: &Refusal) -> Option<Elsewhere> {
    let is_elsewhere = match refusal.code() {
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => true,
        "" => matches!(response.status, 301 | 307) && response.header("x-amz-bucket-region").is_some(),
        _ => false,
    };
    if !is_elsewhere {
        return None;
    }
    let in_body = || {
        let document = xml(response).ok()?;
        let region = document.descendants().find(|node| node.tag_name().name() == "Region")?;
        region.text().map(str::to_owned)
    };
    let region = response.header("x-amz-bucket-region").map(str::to_owned).or_else(in_body);
    let region = region.filter(|region| is_region(region));
    match region {
        Some(region) => Some(Elsewhere::In(region)),
        // A signature may be malformed for another reason than its region.
        None if refusal.code() == "AuthorizationHeaderMalformed" => None,
        None => Some(Elsewhere::Somewhere),
    }
}

fn expired() -> StoreError {
    StoreError::new(StoreErrorKind::Denied, "the credentials have expired").with_help(
        "sign in again, as with `aws sso login`, or let whatever sets `AWS_SESSION_TOKEN` set a new one",
    )
}

fn skewed() -> StoreError {
    let words = "the clock of this machine and that of the store differ by more than 15 minutes";
    StoreError::new(StoreErrorKind::Denied, words).with_help("set the clock of this machine right")
}

type Known = (StoreErrorKind, Option<String>, &'static str);

/// Answers that say what is wrong for good: their kind, words of our own where those of the store do not tell it, and
/// the next step.
fn known(code: &str, bucket: &str, intent: Intent) -> Option<Known> {
    use StoreErrorKind::{Denied, Full, Missing};
    let nothing = None::<String>;
    Some(match code {
        "NoSuchBucket" => (
            Missing,
            Some(format!("there is no bucket `{bucket}`")),
            "check its name in the place of the state, and create it if it is right",
        ),
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" if intent == Intent::Create => (
            Denied,
            nothing,
            "allow `s3:PutObject` on the objects of the state to whoever applies, or name other credentials in \
             `AWS_PROFILE`",
        ),
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => (
            Denied,
            nothing,
            "allow `s3:GetObject` on the objects of the state and `s3:ListBucket` on the bucket, or name other \
             credentials in `AWS_PROFILE`",
        ),
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "AuthorizationHeaderMalformed"
        | "InvalidSecurity"
        | "NotSignedUp" => (
            Denied,
            Some("the store does not take the credentials".into()),
            "see whose they are with `aws sts get-caller-identity`, or name others in `AWS_PROFILE`",
        ),
        "InvalidObjectState" => {
            (Denied, nothing, "bring it back from the archive, and exempt the state from lifecycle rules")
        }
        "NotImplemented" => (
            Denied,
            Some("the store does not know what keyplan needs: `If-None-Match`".into()),
            "keep the state in a store that can create an object only where there is none",
        ),
        "QuotaExceeded" | "XMinioStorageFull" | "EntityTooLarge" => {
            (Full, nothing, "make room there, and try again")
        }
        _ => return None,
    })
}
