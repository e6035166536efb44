//! Workload identity federation: Google takes the token of another issuer in exchange for one of its own (RFC 8693).

use serde::Deserialize;

use super::hosts::google_url;
use super::impersonation::{self, impersonated};
use super::subject_token::CredentialSource;
use crate::cloud::{AccessToken, Issuers, Machine};

#[derive(Deserialize)]
pub(super) struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    token_url: String,
    service_account_impersonation_url: Option<String>,
    credential_source: CredentialSource,
}

impl ExternalAccount {
    pub(super) fn token(
        &self,
        scope: &str,
        machine: &dyn Machine,
        issuers: &Issuers,
    ) -> Result<AccessToken, String> {
        let url = google_url("token_url", &self.token_url)?;
        if let Some(url) = &self.service_account_impersonation_url {
            google_url("service_account_impersonation_url", url)?;
        }
        let subject_token = self.credential_source.subject_token(machine, issuers)?;
        let impersonation = self.service_account_impersonation_url.as_deref();
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", &self.audience),
            ("scope", if impersonation.is_some() { impersonation::SCOPE } else { scope }),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token", &subject_token),
            ("subject_token_type", &self.subject_token_type),
        ];
        let token = AccessToken::from_oauth(&issuers.post_form(url, &fields, &[&subject_token])?)?;
        match impersonation {
            None => Ok(token),
            Some(url) => impersonated(url, token, &[], scope, issuers),
        }
    }
}
