//! Whoever is logged in by `az`.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::resource::RESOURCE;
use crate::cloud::issuers::plain;
use crate::cloud::{AccessToken, Machine};

/// How long a token is good at least: `az` replaces one that ends sooner. Older versions tell a time without its zone, and
/// what they tell is read by the clock of this machine, which may be off.
const LIFETIME: Duration = Duration::from_mins(5);

pub(super) fn token(machine: &dyn Machine) -> Result<AccessToken, String> {
    let args = ["account", "get-access-token", "--resource", RESOURCE, "--output", "json"];
    let printed = machine.run("az", &args).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "it is not installed".to_owned(),
        _ => format!("it cannot be run: {error}"),
    })?;
    if !printed.is_success {
        return Err(format!("it gives none: {}", plain(&printed.err)));
    }
    let answer: Value = serde_json::from_slice(&printed.out).map_err(|_| "it prints no JSON")?;
    let text = answer["accessToken"].as_str().ok_or("it prints no `accessToken`")?;
    let left = answer["expires_on"].as_i64().map(|end| end.saturating_sub(machine.now().as_second()));
    let left = left.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
    AccessToken::new(text, left.unwrap_or_default().max(LIFETIME))
}
