//! Whether a request is signed as Signature Version 4 asks for. Written by its documentation alone, apart from the code
//! under test.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use ring::{digest, hmac};

use super::message::{Heard, Said};
use super::{ACCESS_KEY, SECRET_KEY};

/// How far the clocks may differ, in seconds.
const MOST: i64 = 15 * 60;

/// The region that it is signed for, or the refusal.
pub(super) fn check(heard: &Heard, now: Timestamp, token: Option<&str>) -> Result<String, Said> {
    let refused = |code| Err(Said::error(403, code, ""));
    let Some(header) = heard.header("authorization") else { return refused("AccessDenied") };
    let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").unwrap();
    let field = |name: &str| {
        let field = fields.split(',').map(str::trim).find_map(|field| field.strip_prefix(name));
        field.unwrap_or_else(|| panic!("no {name} in {header}")).to_owned()
    };
    let (scope, names, signature) = (field("Credential="), field("SignedHeaders="), field("Signature="));
    let [key, day, region, "s3", "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        panic!("{scope}")
    };
    if key != ACCESS_KEY {
        return refused("InvalidAccessKeyId");
    }
    let time = heard.header("x-amz-date").unwrap();
    let at = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time)
        .unwrap()
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp();
    assert!(time.starts_with(day), "{scope} at {time}");
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{day}/{region}/s3/aws4_request\n{}",
        digest(&canonical(heard, &names))
    );
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for step in [day, region, "s3", "aws4_request", &text] {
        let step = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), step.as_bytes());
        key = step.as_ref().to_vec();
    }
    if HEXLOWER.encode(&key) != signature {
        return refused("SignatureDoesNotMatch");
    }
    if (at.as_second() - now.as_second()).abs() > MOST {
        return refused("RequestTimeTooSkewed");
    }
    if heard.header("x-amz-security-token") != token {
        return Err(Said::error(400, "ExpiredToken", ""));
    }
    Ok(region.into())
}

fn canonical(heard: &Heard, names: &str) -> Vec<u8> {
    let has_to_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
    for (name, _) in heard.headers.iter().filter(|(name, _)| has_to_be_signed(name)) {
        assert!(names.split(';').any(|signed| signed == name), "{name} is not signed: {names}");
    }
    let body = heard.header("x-amz-content-sha256").unwrap();
    assert_eq!(body, digest(&heard.body), "the body is another one");
    let mut query: Vec<_> = heard.query().split('&').filter(|pair| !pair.is_empty()).collect();
    query.sort_unstable();
    let mut text = format!("{}\n{}\n{}\n", heard.method, heard.path(), query.join("&"));
    for name in names.split(';') {
        let _ = writeln!(text, "{name}:{}", heard.header(name).unwrap());
    }
    format!("{text}\n{names}\n{body}").into_bytes()
}

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}
