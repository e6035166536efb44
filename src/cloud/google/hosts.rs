//! Where a credential may be sent.

use crate::http::Url;

/// The address that a credential file names, at a server of Google's.
pub(super) fn google_url(field: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{field}` is no address: {error}"))?;
    let is_google = url.origin().has_tls() && url.origin().host().ends_with(".googleapis.com");
    if is_google { Ok(url) } else { Err(format!("`{field}` leads to a server that is not Google's")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_of_google_get_a_credential() {
        for text in ["https://oauth2.googleapis.com/token", "https://sts.eu.GOOGLEAPIS.com:443/v1/token"] {
            assert!(google_url("token_uri", text).is_ok(), "{text}");
        }
        for text in [
            "http://oauth2.googleapis.com/token",
            "http://127.0.0.1/token",
            "https://oauth2.googleapis.com.example.com/token",
            "https://oauth2.googleapis.com@example.com/token",
            "https://example.com/oauth2.googleapis.com",
            "https://evilgoogleapis.com/token",
            "https://googleapis.com.",
            "oauth2",
            "",
        ] {
            let error = google_url("token_uri", text).unwrap_err();
            assert!(error.starts_with("`token_uri` "), "{error}");
        }
    }
}
