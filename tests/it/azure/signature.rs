//! Whether a request is signed with the key of the account. Written by Azure's documentation alone, apart from the code under
//! test.

use data_encoding::BASE64;
use ring::hmac;

use super::fake::{ACCOUNT, KEY};
use crate::s3::fake::{Heard, decoded};

pub(super) fn is_of_the_key(heard: &Heard) -> bool {
    let key = BASE64.decode(KEY.as_bytes()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), string_to_sign(heard).as_bytes());
    let expected = format!("SharedKey {ACCOUNT}:{}", BASE64.encode(tag.as_ref()));
    heard.header("authorization") == Some(&*expected)
}

fn string_to_sign(heard: &Heard) -> String {
    let length = heard.body.len().to_string();
    let header = |name: &str| match name {
        "content-length" if heard.body.is_empty() => "",
        "content-length" => &length,
        name => heard.header(name).unwrap_or_default(),
    };
    let signed = [
        "content-encoding",
        "content-language",
        "content-length",
        "content-md5",
        "content-type",
        "date",
        "if-modified-since",
        "if-match",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ];
    let mut own: Vec<_> = heard.headers.iter().filter(|(name, _)| name.starts_with("x-ms-")).collect();
    own.sort();
    let pairs = heard.query().split('&').filter_map(|pair| pair.split_once('='));
    let mut parameters: Vec<_> = pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
    parameters.sort();
    let lines = std::iter::once(heard.method.clone())
        .chain(signed.map(|name| header(name).to_owned()))
        .chain(own.iter().map(|(name, value)| format!("{name}:{value}")))
        .chain([format!("/{ACCOUNT}{}", heard.path())])
        .chain(parameters.iter().map(|(name, value)| format!("{name}:{value}")));
    lines.collect::<Vec<_>>().join("\n")
}
