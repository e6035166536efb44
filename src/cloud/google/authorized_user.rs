//! What `gcloud auth application-default login` leaves: a refresh token of a person.

use serde::Deserialize;

use super::hosts::google_url;
use crate::cloud::issuers::Refused;
use crate::cloud::{AccessToken, Issuers};

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

#[derive(Deserialize)]
pub(super) struct AuthorizedUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
}

impl AuthorizedUser {
    pub(super) fn token(&self, issuers: &Issuers) -> Result<AccessToken, String> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("refresh_token", &self.refresh_token),
        ];
        let secrets = [&*self.client_secret, &*self.refresh_token];
        let answer = issuers.post_form(google_url("token_uri", TOKEN_URL)?, &fields, &secrets);
        let help = |Refused { why, .. }: Refused| {
            let is_over = why.contains("invalid_grant");
            let next = if is_over { "; run `gcloud auth application-default login`" } else { "" };
            format!("{why}{next}")
        };
        AccessToken::from_oauth(&answer.map_err(help)?)
    }
}
