//! Entra ID, which gives tokens for secrets.

use crate::cloud::source::Miss;
use crate::cloud::{AccessToken, Issuers, Machine};
use crate::http::{Origin, Url};

const VARIABLE: &str = "AZURE_AUTHORITY_HOST";
/// Of the public cloud, of the United States' government, and of China.
const HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];
const SCOPE: &str = "https://storage.azure.com/.default";

/// The token for what a tenant has given an application.
pub(super) fn token(
    tenant: &str,
    fields: &[(&str, &str)],
    secret: &str,
    machine: &dyn Machine,
    issuers: &Issuers,
) -> Result<AccessToken, Miss> {
    let origin = origin(machine.variable(VARIABLE).as_deref()).map_err(Miss::Last)?;
    let url = Url::new(origin, &[tenant, "oauth2", "v2.0", "token"], &[]);
    let fields = [&[("grant_type", "client_credentials"), ("scope", SCOPE)], fields].concat();
    let answer = issuers.post_form(url, &fields, &[secret]);
    answer.map_err(String::from).and_then(|answer| AccessToken::from_oauth(&answer)).map_err(Miss::Last)
}

fn origin(named: Option<&str>) -> Result<Origin, String> {
    let origin = Origin::parse(named.unwrap_or(HOSTS[0]).trim());
    let origin = origin.map_err(|error| format!("`{VARIABLE}` names no server: {error}"))?;
    if origin.has_tls() && HOSTS.contains(&origin.host()) {
        Ok(origin)
    } else {
        Err(format!("`{VARIABLE}` names a server that is not Microsoft's"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_to_microsoft_alone() {
        for named in [None, Some("https://login.microsoftonline.us/"), Some("login.chinacloudapi.cn")] {
            assert!(origin(named).is_ok(), "{named:?}");
        }
        for named in [
            "https://login.example.com",
            "https://login.microsoftonline.com.example.com",
            "http://login.microsoftonline.com",
            "http://127.0.0.1",
            "https://login.microsoftonline.com/tenant",
        ] {
            assert!(origin(Some(named)).unwrap_err().starts_with("`AZURE_AUTHORITY_HOST` "), "{named}");
        }
    }
}
