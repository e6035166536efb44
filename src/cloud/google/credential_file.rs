//! The JSON files in which Google's tools keep credentials.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::authorized_user::AuthorizedUser;
use super::external_account::ExternalAccount;
use super::impersonation::{self, impersonated};
use super::service_account::ServiceAccount;
use crate::cloud::{AccessToken, Issuers, Machine};

/// What `gcloud auth application-default login --impersonate-service-account` leaves.
#[derive(Deserialize)]
struct Impersonated {
    service_account_impersonation_url: String,
    #[serde(default)]
    delegates: Vec<String>,
    source_credentials: Value,
}

/// The token that a file gives. Nothing of the file is in the error.
pub(super) fn token(
    bytes: &[u8],
    scope: &str,
    machine: &dyn Machine,
    issuers: &Issuers,
) -> Result<AccessToken, String> {
    let file: Value = serde_json::from_slice(bytes).map_err(|_| "it is no JSON")?;
    match file["type"].as_str() {
        Some("external_account") => read::<ExternalAccount>(file)?.token(scope, machine, issuers),
        Some("impersonated_service_account") => {
            let Impersonated { service_account_impersonation_url: url, delegates, source_credentials } =
                read(file)?;
            let caller = direct(source_credentials, impersonation::SCOPE, machine, issuers)?;
            impersonated(&url, caller, &delegates, scope, issuers)
        }
        _ => direct(file, scope, machine, issuers),
    }
}

/// The token of a service account or a person.
fn direct(file: Value, scope: &str, machine: &dyn Machine, issuers: &Issuers) -> Result<AccessToken, String> {
    match file["type"].as_str() {
        Some("service_account") => read::<ServiceAccount>(file)?.token(scope, issuers, machine.now()),
        Some("authorized_user") => read::<AuthorizedUser>(file)?.token(issuers),
        Some(_) => Err("credentials of its `type` are not read by keyplan; `gcloud` may".into()),
        None => Err("it says no `type` of credentials".into()),
    }
}

/// Serde tells what is missing by its name; what is there it would show, and that may be a key.
fn read<T: DeserializeOwned>(file: Value) -> Result<T, String> {
    serde_json::from_value(file).map_err(|error| {
        let words = error.to_string();
        if words.starts_with("missing field") {
            words
        } else {
            "a field of it has another type than it should".into()
        }
    })
}
