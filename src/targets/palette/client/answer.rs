//! What answers mean, and what is said of those that are no good.

use serde_json::Value;

use super::super::wire::{ErrorBody, Whole, decode, decode_error};
use super::calls::Call;
use crate::http::{FailureCause, Response, SendError, TransportError};
use crate::model::is_plain;
use crate::targets::{TargetError, TargetErrorKind};

/// The most that is shown of one text of the server, in characters.
const LONGEST: usize = 200;

/// The body as it is.
pub(super) fn raw(call: &Call<'_>, response: &Response) -> Result<Value, TargetError> {
    serde_json::from_slice(&response.body).map_err(|error| unreadable(call, response, &error))
}

/// The body, read as what it is to be.
pub(super) fn body<T: Whole>(call: &Call<'_>, response: &Response) -> Result<T, TargetError> {
    decode(raw(call, response)?).map_err(|error| unreadable(call, response, &error))
}

fn unreadable(call: &Call<'_>, response: &Response, error: &serde_json::Error) -> TargetError {
    let Response { status, body, .. } = response;
    let (what, error) = (call.shown(), escaped(&error.to_string()));
    let body = escaped(&String::from_utf8_lossy(body));
    TargetError::refused(format!("{what}: the answer {status} cannot be read: {error}: {body}"))
}

/// What a status is that says that nothing was done.
pub(super) fn rejected(call: &Call<'_>, response: &Response) -> TargetError {
    let error = serde_json::from_slice(&response.body).ok().and_then(|body| decode_error(body).ok());
    let error = error.filter(|error| !error.code.is_empty() || !error.message.is_empty());
    let kind = match response.status {
        401 | 403 | 407 => TargetErrorKind::Denied,
        409 | 412 => TargetErrorKind::Conflict,
        408 | 429 | 502..=504 => TargetErrorKind::Unreachable,
        // With a code it is a refusal; without, the server has lost its way.
        500 if error.is_none() => TargetErrorKind::Unreachable,
        _ => TargetErrorKind::Refused,
    };
    let said = match (error, response.status) {
        (Some(error), _) => said(&error),
        (None, 300..=399) => "Palette is elsewhere, and it is not followed there".into(),
        (None, _) => escaped(&String::from_utf8_lossy(&response.body)),
    };
    let said = if said.is_empty() { said } else { format!(": {said}") };
    TargetError::new(kind, format!("{}: {}{said}", call.shown(), response.status))
}

/// The words of an error of Palette, its code, and what its operators find it by.
fn said(error: &ErrorBody) -> String {
    let ErrorBody { code, message, reference } = error;
    let beside: Vec<_> = [("code", code), ("reference", reference)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name} {}", escaped(text)))
        .collect();
    let message = if message.is_empty() { "no reason is given".into() } else { escaped(message) };
    if beside.is_empty() { message } else { format!("{message} ({})", beside.join(", ")) }
}

/// Why a call has no answer that counts.
pub(super) fn failed(call: &Call<'_>, error: &SendError) -> TargetError {
    let failure = match error {
        SendError::Failed(failure) | SendError::Ambiguous(failure) => failure,
        SendError::Stopped(why) => return TargetError::unreachable(why),
    };
    match &failure.cause {
        FailureCause::Response(response) => {
            let TargetError { kind, why, .. } = rejected(call, response);
            TargetError::new(kind, with_tries(why, failure.tries))
        }
        FailureCause::Transport(TransportError::Refused(_)) => {
            TargetError::new(TargetErrorKind::Denied, format!("{}: {failure}", call.shown()))
        }
        FailureCause::Transport(TransportError::TooLarge(_)) => {
            TargetError::refused(format!("{}: {failure}", call.shown()))
        }
        FailureCause::Transport(_) | FailureCause::Deadline => {
            TargetError::unreachable(format!("{}: {failure}", call.shown()))
        }
    }
}

fn with_tries(why: String, tries: u32) -> String {
    if tries > 1 { format!("{why}, after {tries} tries") } else { why }
}

/// The beginning of a text of the server, with nothing in it that a terminal would obey.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.trim().chars().take(LONGEST) {
        if is_plain(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_default());
        }
    }
    if text.trim().chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
