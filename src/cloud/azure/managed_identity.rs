//! The identity of a machine at Azure, or of the service in which this runs.

use super::resource::RESOURCE;
use crate::cloud::issuers::{json_of, public};
use crate::cloud::source::Miss;
use crate::cloud::{AccessToken, Issuers, Machine};
use crate::http::{Header, HeaderValue, Secret, Url};

const ENDPOINT: &str = "IDENTITY_ENDPOINT";
const HEADER: &str = "IDENTITY_HEADER";
const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

pub(super) fn token(machine: &dyn Machine, issuers: &Issuers) -> Result<AccessToken, Miss> {
    let client = machine.variable("AZURE_CLIENT_ID");
    match machine.variable(ENDPOINT) {
        Some(endpoint) => of_service(&endpoint, client.as_deref(), machine, issuers).map_err(Miss::Last),
        None => of_machine(client.as_deref(), issuers).map_err(Miss::Next),
    }
}

/// App Service, Container Apps and Functions name an endpoint of their own.
fn of_service(
    endpoint: &str,
    client: Option<&str>,
    machine: &dyn Machine,
    issuers: &Issuers,
) -> Result<AccessToken, String> {
    let secret =
        machine.variable(HEADER).ok_or_else(|| format!("`{HEADER}` is not set beside `{ENDPOINT}`"))?;
    let value = Secret::new(&secret).map_err(|error| format!("`{HEADER}`: {error}"))?;
    let endpoint = endpoint.replacen("http://localhost", "http://127.0.0.1", 1);
    let headers = vec![Header { name: "X-IDENTITY-HEADER", value: HeaderValue::Secret(value) }];
    asked(&endpoint, ENDPOINT, "2019-08-01", client, headers, issuers)
}

fn of_machine(client: Option<&str>, issuers: &Issuers) -> Result<AccessToken, String> {
    asked(METADATA, "the metadata server", "2018-02-01", client, vec![public("Metadata", "true")], issuers)
}

fn asked(
    endpoint: &str,
    name: &str,
    version: &str,
    client: Option<&str>,
    headers: Vec<Header>,
    issuers: &Issuers,
) -> Result<AccessToken, String> {
    let url = Url::parse_metadata(endpoint).map_err(|error| format!("`{name}` is no address: {error}"))?;
    let mut query = vec![("api-version", version), ("resource", RESOURCE)];
    query.extend(client.map(|client| ("client_id", client)));
    let answer = json_of(&issuers.get_local(url.with_query(&query), headers)?)?;
    AccessToken::from_oauth(&answer)
}
