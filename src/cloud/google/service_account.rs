//! A key of a service account: it signs a claim, for which Google gives a token (RFC 7523).

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::hosts::google_url;
use crate::cloud::issuers::Refused;
use crate::cloud::{AccessToken, Issuers};
use crate::http::Url;

/// How long the claim holds, in seconds; no more is granted.
const LIFETIME: i64 = 3600;
/// Clocks that differ by less are as good as the same.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Deserialize)]
pub(super) struct ServiceAccount {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: String,
}

impl ServiceAccount {
    /// The token for a claim that is made now, by the clock of this machine. Where that is off, the claim is made once
    /// more, by Google's.
    pub(super) fn token(
        &self,
        scope: &str,
        issuers: &Issuers,
        now: Timestamp,
    ) -> Result<AccessToken, String> {
        let url = google_url("token_uri", &self.token_uri)?;
        let refused = match self.claim(&url, scope, issuers, now)? {
            Ok(answer) => return AccessToken::from_oauth(&answer),
            Err(refused) => refused,
        };
        let Some(date) =
            refused.date.filter(|date| is_off(*date, now) && refused.why.contains("invalid_grant"))
        else {
            return Err(refused.into());
        };
        let answer = self.claim(&url, scope, issuers, date)?;
        let and_off = |Refused { why, .. }| format!("{why}; {}", difference(date, now));
        AccessToken::from_oauth(&answer.map_err(and_off)?)
    }

    /// What Google answers to a claim that is made at this time.
    fn claim(
        &self,
        url: &Url,
        scope: &str,
        issuers: &Issuers,
        now: Timestamp,
    ) -> Result<Result<Value, Refused>, String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.private_key_id});
        let now = now.as_second();
        let claims = json!({
            "iss": self.client_email,
            "scope": scope,
            "aud": self.token_uri,
            "iat": now,
            "exp": now + LIFETIME,
        });
        let assertion = jwt(&self.private_key, &header.to_string(), &claims.to_string())?;
        let grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        let fields = [("grant_type", grant_type), ("assertion", &assertion)];
        Ok(issuers.post_form(url.clone(), &fields, &[&assertion]))
    }
}

/// Whether the clock of this machine is off by more than Google may take for none.
fn is_off(date: Timestamp, now: Timestamp) -> bool {
    date.duration_since(now).abs() > TOLERANCE
}

fn difference(date: Timestamp, now: Timestamp) -> String {
    let ahead = now.duration_since(date);
    let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
    format!("the clock of this machine is {} minutes {direction} Google's", ahead.as_mins().abs())
}

/// Claims, signed by RS256 (RFC 7515).
fn jwt(pem: &str, header: &str, claims: &str) -> Result<String, String> {
    let is_no_key = |_| "`private_key` is no RSA key in PEM, as PKCS#8".to_owned();
    let der =
        PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| is_no_key(error.to_string()))?;
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| is_no_key(error.to_string()))?;
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "`private_key` cannot sign".to_owned())?;
    Ok(format!("{signed}.{}", encode(&signature)))
}

#[cfg(test)]
mod tests;
