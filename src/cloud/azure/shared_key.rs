//! The signature with the key of a storage account.
//! <https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key>

use std::fmt;

use data_encoding::BASE64;
use ring::hmac;

use super::shared_access::decoded;
use crate::http::{Header, HeaderValue, Request};

/// The headers that are signed whether they are there or not, in this order; `Content-Length` is the third.
const SIGNED: [&str; 11] = [
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
];

/// The key of an account.
#[derive(Clone)]
pub struct SharedKey {
    account: Box<str>,
    key: hmac::Key,
}

impl SharedKey {
    pub(super) fn parse(account: &str, text: &str) -> Result<Self, String> {
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| "it is not in base64".to_owned())?;
        if bytes.is_empty() {
            return Err("it is empty".into());
        }
        Ok(Self { account: account.into(), key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    /// The header that authorizes a request, which has all its other headers.
    pub(super) fn sign(&self, request: &Request) -> Header {
        let signature = hmac::sign(&self.key, string_to_sign(&self.account, request).as_bytes());
        let value = format!("SharedKey {}:{}", self.account, BASE64.encode(signature.as_ref()));
        Header { name: "Authorization", value: HeaderValue::Public(value.into()) }
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedKey({})", self.account)
    }
}

fn string_to_sign(account: &str, request: &Request) -> String {
    let public = |header: &Header| match &header.value {
        HeaderValue::Public(text) => Some((header.name.to_ascii_lowercase(), text.trim().to_owned())),
        HeaderValue::Secret(_) | HeaderValue::Bearer(_) => None,
    };
    let mut headers: Vec<_> = request.headers.iter().filter_map(public).collect();
    headers.sort_unstable();
    let length = request.body.as_ref().map_or(0, Vec::len);
    let mut text = format!("{}\n", request.method.word());
    for name in SIGNED {
        let header = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        match header {
            _ if name == "Content-Length" && length > 0 => text.push_str(&length.to_string()),
            Some((_, value)) => text.push_str(value),
            None => {}
        }
        text.push('\n');
    }
    let of_azure = headers.iter().filter(|(name, _)| name.starts_with("x-ms-"));
    text.extend(of_azure.map(|(name, value)| format!("{name}:{value}\n")));
    text + &resource(account, request.url.target())
}

/// The account, the path as it is sent, and the parameters in the order of their names.
fn resource(account: &str, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut text = format!("/{account}{path}");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let decode = |text: &str| decoded(text).unwrap_or_default();
    let mut pairs: Vec<_> =
        pairs.map(|(name, value)| (decode(name).to_ascii_lowercase(), decode(value))).collect();
    pairs.sort_unstable();
    text.extend(pairs.iter().map(|(name, value)| format!("\n{name}:{value}")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Method, Url};

    fn request(
        method: Method,
        url: &str,
        headers: &[(&'static str, &'static str)],
        body: Option<&str>,
    ) -> Request {
        let header = |(name, value): &(&'static str, &'static str)| Header {
            name,
            value: HeaderValue::Public((*value).into()),
        };
        let headers = headers.iter().map(header).collect();
        Request { method, url: Url::parse(url).unwrap(), headers, body: body.map(Into::into) }
    }

    #[test]
    fn the_example_of_the_documentation_is_put_together_to_the_letter() {
        let request = request(
            Method::Get,
            "https://myaccount.blob.core.windows.net/mycontainer?restype=container&timeout=20&comp=metadata",
            &[("x-ms-version", "2015-02-21"), ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT")],
            None,
        );
        assert_eq!(
            string_to_sign("myaccount", &request),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n\
             /myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
    }

    #[test]
    fn what_is_put_is_signed_with_its_length_and_its_condition() {
        let headers =
            [("If-None-Match", "*"), ("Content-Type", "application/json"), ("x-ms-blob-type", "BlockBlob")];
        let request =
            request(Method::Put, "http://127.0.0.1:1/dev/c/a%20b?sp=a%2Fb", &headers, Some("hello"));
        assert_eq!(
            string_to_sign("dev", &request),
            "PUT\n\n\n5\n\napplication/json\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\n/dev/dev/c/a%20b\nsp:a/b"
        );
    }

    /// By test case 2 of RFC 4231.
    #[test]
    fn the_signature_is_of_the_key_that_was_decoded() {
        let key = SharedKey::parse("dev", &BASE64.encode(b"Jefe")).unwrap();
        let tag = hmac::sign(&key.key, b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(data_encoding::HEXLOWER.encode(tag.as_ref()), expected);
        let header = key.sign(&request(Method::Get, "https://a/b", &[], None));
        let HeaderValue::Public(value) = header.value else { panic!("it is public") };
        assert!(value.starts_with("SharedKey dev:") && value.len() == "SharedKey dev:".len() + 44, "{value}");
        assert!(SharedKey::parse("dev", "not base64").is_err() && SharedKey::parse("dev", "").is_err());
    }
}
