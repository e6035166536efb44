//! What requests are signed with.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::secret_key::SecretKey;
use crate::http::{Secret, SecretError};

/// A key of AWS, with its secret.
#[derive(Clone)]
pub struct Credentials {
    /// It is no secret: it names the key.
    pub access_key: Box<str>,
    pub secret_key: SecretKey,
    /// Only of a key that is good for a time.
    pub session_token: Option<Secret>,
    pub expires: Option<Timestamp>,
}

impl Credentials {
    /// # Errors
    /// Which part is no such thing. None of them is in it.
    pub(super) fn new(access_key: &str, secret_key: &str, token: Option<&str>) -> Result<Self, String> {
        let named = |what: &'static str| move |error: SecretError| format!("{what}: {error}");
        let access_key = access_key.trim();
        if access_key.is_empty() || !access_key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("the access key id is not of letters and digits".into());
        }
        Ok(Self {
            access_key: access_key.into(),
            secret_key: SecretKey::new(secret_key).map_err(named("the secret access key"))?,
            session_token: token.map(Secret::new).transpose().map_err(named("the session token"))?,
            expires: None,
        })
    }

    /// Reads what `credential_process`, containers and instances hand out.
    ///
    /// # Errors
    /// What is wrong with it. Nothing of it is in that.
    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let handed: HandedOut =
            serde_json::from_slice(bytes).map_err(|_| "it has printed no credentials in JSON".to_owned())?;
        let (Some(access_key), Some(secret_key)) = (&handed.access_key_id, &handed.secret_access_key) else {
            return Err("there is no key in what it hands out".into());
        };
        let token = handed.session_token.as_ref().or(handed.token.as_ref());
        let expires = handed.expiration.as_deref().filter(|text| !text.is_empty());
        let expires = expires.map(|text| text.parse().map_err(|_| "`Expiration` is no time".to_owned()));
        let credentials = Self::new(access_key, secret_key, token.map(String::as_str))?;
        Ok(Self { expires: expires.transpose()?, ..credentials })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HandedOut {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    /// What containers and instances call the session token.
    token: Option<String>,
    expiration: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("access_key", &self.access_key).field("expires", &self.expires);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_out_is_read_and_never_shown() {
        let text = r#"{"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "TopSecret1",
            "SessionToken": "TopSecret2", "Expiration": "2026-11-27T16:00:00+00:00"}"#;
        let credentials = Credentials::from_json(text.as_bytes()).unwrap();
        assert_eq!(credentials.expires, Some("2026-11-27T16:00:00Z".parse().unwrap()));
        assert!(!format!("{credentials:?}").contains("TopSecret"));
        for (text, why) in [
            ("TopSecret1", "it has printed no credentials in JSON"),
            (r#"{"AccessKeyId": "AKIA1"}"#, "there is no key in what it hands out"),
            (
                r#"{"AccessKeyId": "AKIA1/x", "SecretAccessKey": "TopSecret1"}"#,
                "the access key id is not of letters and digits",
            ),
            (
                r#"{"AccessKeyId": "AKIA1", "SecretAccessKey": "", "SessionToken": "TopSecret2"}"#,
                "the secret access key: it is empty",
            ),
            (
                r#"{"AccessKeyId": "AKIA1", "SecretAccessKey": "TopSecret1", "SessionToken": "Secret2"}"#,
                "the session token: it has fewer than 8 characters",
            ),
            (
                r#"{"AccessKeyId": "AKIA1", "SecretAccessKey": "TopSecret1", "Expiration": "soon"}"#,
                "`Expiration` is no time",
            ),
        ] {
            assert_eq!(Credentials::from_json(text.as_bytes()).unwrap_err(), why);
        }
    }
}
