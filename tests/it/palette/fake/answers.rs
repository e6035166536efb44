//! Answers of the rules, and refusals with the codes of Palette.
#![expect(clippy::unnecessary_wraps, reason = "a rule that may refuse ends in one of these")]

use serde_json::{Value, json};

use super::super::contract::Answer;

/// `Err` is a refusal: nothing has happened.
pub(super) type Answered = Result<Answer, Answer>;

/// What Palette writes beside an error, to be found in its logs.
pub(crate) const REFERENCE: &str = "5d8a0f1c5d8a0f1c5d8a0f1c5d8a0f1c5d8a0f1c5d8a0f1c5d8a0f1c5d8a0f1c";

pub(super) fn found(body: Value) -> Answered {
    Ok(Answer { status: 200, body: Some(body) })
}

pub(super) fn created(uid: &str) -> Answered {
    Ok(Answer { status: 201, body: Some(json!({"uid": uid})) })
}

pub(super) fn done() -> Answered {
    Ok(Answer { status: 204, body: None })
}

pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({"code": code, "message": message, "details": {}, "ref": REFERENCE});
    Answer { status, body: Some(body) }
}

pub(super) fn invalid(message: &str) -> Answer {
    refusal(400, "InvalidRequest", message)
}

pub(super) fn missing(what: &str) -> Answer {
    refusal(404, "ResourceNotFound", &format!("{what} is not there"))
}
