//! Signature Version 4, in the header `Authorization`: who asks, for what, when and with which body.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use ring::{digest, hmac};

use super::credentials::Credentials;
use crate::http::{Header, HeaderValue, Request};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is good for, besides a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    pub region: &'a str,
    /// As in `s3`.
    pub service: &'a str,
}

/// Signs a request, with all headers that it has, and adds those of the signature. Its query is in the order of names.
pub fn sign(request: &mut Request, credentials: &Credentials, scope: Scope<'_>, time: Timestamp) {
    let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let body = sha256(request.body.as_deref().unwrap_or_default());
    let mut add = |name, value| request.headers.push(Header { name, value });
    add("host", HeaderValue::Public(request.url.origin().authority().into()));
    add("x-amz-content-sha256", HeaderValue::Public(body.clone().into()));
    add("x-amz-date", HeaderValue::Public(time.clone().into()));
    if let Some(token) = &credentials.session_token {
        add("x-amz-security-token", HeaderValue::Secret(token.clone()));
    }
    let (canonical, names) = canonical(request, &body);
    let (day, _) = time.split_at(8);
    let range = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let text = format!("{ALGORITHM}\n{time}\n{range}\n{}", sha256(canonical.as_bytes()));
    let steps = [scope.region, scope.service, "aws4_request", &text];
    let signature = steps.into_iter().fold(credentials.secret_key.of_day(day), hmac_sha256);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{range},SignedHeaders={names},Signature={}",
        credentials.access_key,
        HEXLOWER.encode(signature.as_ref())
    );
    request.headers.push(Header { name: "authorization", value: HeaderValue::Public(authorization.into()) });
}

/// The request as it is signed, and the names of its headers.
fn canonical(request: &Request, body: &str) -> (String, String) {
    let (path, query) = request.url.target().split_once('?').unwrap_or((request.url.target(), ""));
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.as_sent()))
        .collect();
    headers.sort_unstable();
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let mut text = format!("{}\n{path}\n{query}\n", request.method);
    for (name, value) in &headers {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}:{}", value.trim());
    }
    let _ = write!(text, "\n{names}\n{body}");
    (text, names)
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hmac_sha256(key: hmac::Tag, text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::aws::SecretKey;
    use crate::http::{Method, Origin, Url};

    /// The examples of AWS, at the address above.
    fn signed(
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&'static str, &'static str)],
        body: Option<&[u8]>,
    ) -> String {
        let origin = Origin::parse("examplebucket.s3.amazonaws.com").unwrap();
        let headers =
            headers.iter().map(|(name, value)| Header { name, value: HeaderValue::Public((*value).into()) });
        let mut request = Request {
            method,
            url: Url::new(origin, &[path], query),
            headers: headers.collect(),
            body: body.map(<[u8]>::to_vec),
        };
        let credentials = Credentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_key: SecretKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").unwrap(),
            session_token: None,
            expires: None,
        };
        let scope = Scope { region: "us-east-1", service: "s3" };
        sign(&mut request, &credentials, scope, "2013-05-24T00:00:00Z".parse().unwrap());
        let last = request.headers.pop().unwrap();
        last.value.as_sent().into_owned()
    }

    #[test]
    fn the_examples_of_aws_are_signed_as_aws_signs_them() {
        let scope = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
        assert_eq!(
            signed(Method::Get, "test.txt", &[], &[("Range", "bytes=0-9")], None),
            format!(
                "{scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                 Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            )
        );
        assert_eq!(
            signed(
                Method::Put,
                "test$file.text",
                &[],
                &[("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                Some(b"Welcome to Amazon S3."),
            ),
            format!(
                "{scope},SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,\
                 Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            )
        );
        for (query, signature) in [
            (&[("lifecycle", "")][..], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (
                &[("max-keys", "2"), ("prefix", "J")],
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let expected =
                format!("{scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={signature}");
            assert_eq!(signed(Method::Get, "", query, &[], None), expected);
        }
    }
}
