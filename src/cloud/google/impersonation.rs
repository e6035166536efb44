//! A token of a service account, for one who may act as it.

use std::time::Duration;

use serde_json::json;

use super::hosts::google_url;
use crate::cloud::{AccessToken, Issuers};

/// The scope that whoever asks needs.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long the token is good. A service account grants no more, unless its organisation says so.
const LIFETIME: Duration = Duration::from_hours(1);

/// The token of the service account that `service_account_impersonation_url` names.
pub(super) fn impersonated(
    url: &str,
    caller: AccessToken,
    delegates: &[String],
    scope: &str,
    issuers: &Issuers,
) -> Result<AccessToken, String> {
    let url = google_url("service_account_impersonation_url", url)?;
    let lifetime = format!("{}s", LIFETIME.as_secs());
    let body = json!({"scope": [scope], "lifetime": lifetime, "delegates": delegates});
    let answer = issuers.post_json(url, &body, caller.secret)?;
    let text = answer["accessToken"].as_str().ok_or("the answer has no `accessToken`")?;
    AccessToken::new(text, LIFETIME)
}
