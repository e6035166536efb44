//! What comes with a request, and what it comes to.

use lsp_server::{ErrorCode, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostics::visible;

/// What a request comes to.
pub(super) type Answer = Result<Value, ResponseError>;

pub(super) fn error(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError { code: code as i32, message: message.into(), data: None }
}

/// What comes with a message, read as what it is to be.
pub(super) fn read<P: DeserializeOwned>(params: Value) -> Result<P, ResponseError> {
    serde_json::from_value(params)
        .map_err(|fault| error(ErrorCode::InvalidParams, visible(&fault.to_string())))
}

/// What a request comes to, to be sent.
pub(super) fn write(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|fault| error(ErrorCode::InternalError, visible(&fault.to_string())))
}
