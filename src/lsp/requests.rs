//! What the client asks.

use lsp_server::ErrorCode;
use serde_json::Value;

use super::params::{Answer, error};
use super::session::Session;
use crate::diagnostics::quoted;

/// Answers a request.
pub(super) fn request(session: &mut Session<'_>, method: &str, params: Value) -> Answer {
    let _ = (session, params);
    Err(error(ErrorCode::MethodNotFound, format!("{} is not answered here", quoted(method))))
}
