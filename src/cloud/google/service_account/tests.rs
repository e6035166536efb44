//! Against the example of RFC 7515, appendix A.2.

use data_encoding::BASE64;

use super::*;
use crate::cloud::Machine;
use crate::cloud::testing::{FakeMachine, FakeNetwork};

const HEADER: &str = r#"{"alg":"RS256"}"#;
const CLAIMS: &str = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// n, e, d, p, q, dp, dq and qi of the key.
const KEY: [&str; 8] = [
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "AQAB",
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
    "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
    "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
    "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
];

/// DER, with a long length.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

/// A length as short as it can be written.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let content = if bytes[0] < 0x80 { bytes.to_vec() } else { [&[0], bytes].concat() };
    match content.len() {
        short @ 0..128 => [&[2, u8::try_from(short).unwrap()], &content[..]].concat(),
        middle @ 128..256 => [&[2, 0x81, u8::try_from(middle).unwrap()], &content[..]].concat(),
        _ => der(2, &content),
    }
}

/// The key as PKCS#8, in PEM.
fn pem() -> String {
    let numbers = KEY.iter().map(|number| integer(&BASE64URL_NOPAD.decode(number.as_bytes()).unwrap()));
    let numbers: Vec<u8> = std::iter::once(vec![2, 1, 0]).chain(numbers).flatten().collect();
    let rsa: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let key = der(0x30, &[&[2, 1, 0], rsa, &der(4, &der(0x30, &numbers))].concat());
    let name = "PRIVATE KEY";
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", BASE64.encode(&key))
}

fn account(token_uri: &str) -> ServiceAccount {
    ServiceAccount {
        client_email: "plan@acme.iam.gserviceaccount.com".into(),
        private_key: pem(),
        private_key_id: Some("1a2b".into()),
        token_uri: token_uri.into(),
    }
}

#[test]
fn the_example_of_the_standard_is_signed_to_the_letter() {
    let signed = jwt(&pem(), HEADER, CLAIMS).unwrap();
    assert_eq!(signed.rsplit_once('.').unwrap().1, SIGNATURE);
}

#[test]
fn a_claim_for_the_scope_is_exchanged_for_a_token() {
    let answer = r#"{"access_token": "ya29.c.token", "expires_in": 3599, "token_type": "Bearer"}"#;
    let network = FakeNetwork::default().answer("POST https://oauth2.googleapis.com/token", 200, answer);
    let account = account("https://oauth2.googleapis.com/token");
    let token = account.token("scope", &network.issuers(), FakeMachine::default().now()).unwrap();
    assert_eq!(token, AccessToken::from_oauth(&serde_json::from_str(answer).unwrap()).unwrap());

    let (_, body, _) = &network.seen()[0];
    let assertion =
        body.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
    let parts: Vec<_> = assertion.unwrap().split('.').collect();
    let decoded =
        |at: usize| String::from_utf8(BASE64URL_NOPAD.decode(parts[at].as_bytes()).unwrap()).unwrap();
    assert_eq!(decoded(0), r#"{"alg":"RS256","kid":"1a2b","typ":"JWT"}"#);
    assert_eq!(
        decoded(1),
        r#"{"aud":"https://oauth2.googleapis.com/token","exp":1795374180,"iat":1795370580,"iss":"plan@acme.iam.gserviceaccount.com","scope":"scope"}"#
    );
}

const TOKEN: &str = "POST https://oauth2.googleapis.com/token";
const OUT_OF_TIME: &str = "{\"error\": \"invalid_grant\", \"error_description\": \"Invalid JWT: Token must be a \
                           short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values.\"}";

/// The times at which claims were made.
fn claimed(network: &FakeNetwork) -> Vec<i64> {
    let time = |(_, body, _): (String, String, String)| {
        let claims = BASE64URL_NOPAD.decode(body.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), LIFETIME);
        claims["iat"].as_i64().unwrap()
    };
    network.seen().into_iter().map(time).collect()
}

/// 18:03:00 by the clock of this machine.
#[test]
fn a_clock_that_is_off_is_corrected_once_by_that_of_google() {
    let now = FakeMachine::default().now();
    let account = account("https://oauth2.googleapis.com/token");
    let late = [("date", "Sun, 22 Nov 2026 18:23:00 GMT")];
    let network = FakeNetwork::default().answer_with(TOKEN, 400, &late, OUT_OF_TIME);
    let network =
        network.answer_with(TOKEN, 200, &late, r#"{"access_token": "ya29.c.token", "expires_in": 3599}"#);
    assert_eq!(account.token("scope", &network.issuers(), now).unwrap().lifetime.as_secs(), 3599);
    assert_eq!(claimed(&network), [now.as_second(), now.as_second() + 1200]);

    for (date, told) in [
        ("Sun, 22 Nov 2026 18:23:00 GMT", "; the clock of this machine is 20 minutes behind Google's"),
        ("Sun, 22 Nov 2026 17:43:00 GMT", "; the clock of this machine is 20 minutes ahead of Google's"),
        ("Sun, 22 Nov 2026 18:02:30 GMT", "in a reasonable timeframe"),
        ("yesterday", "in a reasonable timeframe"),
    ] {
        let network = FakeNetwork::default().answer_with(TOKEN, 400, &[("date", date)], OUT_OF_TIME);
        let error = account.token("scope", &network.issuers(), now).unwrap_err();
        assert!(error.starts_with("400: invalid_grant: Invalid JWT") && error.contains(told), "{error}");
        assert_eq!(claimed(&network).len(), if told.starts_with(';') { 2 } else { 1 }, "{error}");
        assert_eq!(error.contains("the clock of this machine"), told.starts_with(';'), "{error}");
    }
    let network = FakeNetwork::default().answer_with(TOKEN, 401, &late, r#"{"error": "invalid_client"}"#);
    assert_eq!(account.token("scope", &network.issuers(), now).unwrap_err(), "401: invalid_client");
    assert_eq!(claimed(&network).len(), 1);
}

#[test]
fn a_claim_goes_nowhere_but_to_google() {
    let network = FakeNetwork::default();
    for uri in ["https://example.com/token", "http://oauth2.googleapis.com/token", "http://127.0.0.1:1/token"]
    {
        let now = FakeMachine::default().now();
        let error = account(uri).token("scope", &network.issuers(), now).unwrap_err();
        assert!(error.starts_with("`token_uri` "), "{error}");
    }
    assert!(network.seen().is_empty());
}

#[test]
fn what_is_no_key_is_told_without_it() {
    for key in ["", "TopSecret", "-----BEGIN PRIVATE KEY-----\nVG9wU2VjcmV0\n-----END PRIVATE KEY-----"] {
        assert_eq!(jwt(key, HEADER, CLAIMS).unwrap_err(), "`private_key` is no RSA key in PEM, as PKCS#8");
    }
}
