//! Whoever is logged in by `gcloud`.

use std::io;
use std::time::Duration;

use crate::cloud::issuers::plain;
use crate::cloud::{AccessToken, Machine};

/// `gcloud` does not say how long its token is good. One that ends within five minutes it replaces.
const LIFETIME: Duration = Duration::from_mins(5);

pub(super) fn token(machine: &dyn Machine) -> Result<AccessToken, String> {
    let printed =
        machine.run("gcloud", &["auth", "print-access-token"]).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "it is not installed".to_owned(),
            _ => format!("it cannot be run: {error}"),
        })?;
    if !printed.is_success {
        return Err(format!("it gives none: {}", plain(&printed.err)));
    }
    AccessToken::new(&String::from_utf8_lossy(&printed.out), LIFETIME)
}
