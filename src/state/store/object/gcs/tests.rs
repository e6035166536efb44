use std::sync::Arc;

use super::*;
use crate::cloud::testing::{FakeMachine, FakeNetwork};

fn emulated() -> Gcs {
    Gcs::emulated("acme-access", "localhost:4443").unwrap()
}

/// A bucket for whoever is logged in by `gcloud`.
fn bucket(machine: FakeMachine) -> Gcs {
    let credentials = GoogleCredentials::new(Arc::new(machine), FakeNetwork::default().issuers());
    Gcs::new("acme-access", credentials).unwrap()
}

fn logged_in() -> Gcs {
    bucket(FakeMachine::default().program("gcloud auth print-access-token", true, "ya29.gcloud", ""))
}

fn request(gcs: &Gcs, call: &Call<'_>) -> Request {
    gcs.request(call, Timestamp::UNIX_EPOCH).unwrap()
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.into() }
}

/// An error of the JSON API.
fn error(status: u16, reason: &str, message: &str) -> Response {
    let body =
        serde_json::json!({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}});
    answer(status, &body.to_string())
}

#[test]
fn names_are_one_segment_and_a_list_is_of_one_folder() {
    let gcs = logged_in();
    let line = |call| {
        let request = request(&gcs, &call);
        format!("{} {}", request.method, request.url)
    };
    let base = "https://storage.googleapis.com/storage/v1/b/acme-access/o";
    assert_eq!(line(Call::Get { name: "a/log/1.json" }), format!("GET {base}/a%2Flog%2F1.json?alt=media"));
    let list = format!(
        "GET {base}?delimiter=%2F&fields=kind%2CnextPageToken%2Cprefixes%2Citems%28name%29&prefix=a%2Flog%2F"
    );
    assert_eq!(line(Call::List { folder: "a/log/", after: None, page: None }), list);
    assert_eq!(
        line(Call::List { folder: "a/log/", after: Some("a/log/4"), page: Some("x") }),
        format!("{list}&startOffset=a%2Flog%2F4&pageToken=x")
    );
}

#[test]
fn a_create_asks_for_there_being_none_and_its_bytes_cannot_end_their_part() {
    let bytes = b"{\"x\": \"\r\n--0--\"}";
    let request = request(&logged_in(), &Call::Create { name: "a/log/1.json", bytes });
    assert_eq!(
        format!("{} {}", request.method, request.url),
        "POST https://storage.googleapis.com/upload/storage/v1/b/acme-access/o?ifGenerationMatch=0&uploadType=multipart"
    );
    let boundary = blake3::hash(bytes).to_hex();
    let HeaderValue::Public(kind) = &request.headers[0].value else { panic!("it is public") };
    assert_eq!(*kind, format!("multipart/related; boundary={boundary}"));
    let body = String::from_utf8(request.body.unwrap()).unwrap();
    let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
    let json = "\r\nContent-Type: application/json\r\n\r\n";
    let about = r#"{"contentType":"application/json","name":"a/log/1.json"}"#;
    let bytes = "{\"x\": \"\r\n--0--\"}";
    assert_eq!(parts, ["", &format!("{json}{about}\r\n"), &format!("{json}{bytes}\r\n"), "--\r\n"]);
}

#[test]
fn a_token_goes_to_google_and_an_emulator_gets_none() {
    let call = Call::Get { name: "format.json" };
    let shown = format!("{:?}", request(&logged_in(), &call).headers);
    assert!(shown.contains("Authorization") && shown.contains("Bearer"), "{shown}");
    let plain = request(&emulated(), &call);
    assert!(plain.headers.is_empty());
    assert!(plain.url.to_string().starts_with("http://127.0.0.1:4443/storage/v1/"));
    let error = bucket(FakeMachine::default()).request(&call, Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.words.contains("`GOOGLE_APPLICATION_CREDENTIALS`: it is not set; "), "{error}");
    for host in ["http://example.com", "example.com:4443", "localhost.example.com", "localhost:1/storage/v1"]
    {
        assert!(Gcs::emulated("acme-access", host).is_err(), "{host}");
    }
    assert!(Gcs::emulated("acme-access", "https://gcs.example.com").is_ok());
}

#[test]
fn only_what_google_calls_missing_is_nothing() {
    let gcs = logged_in();
    let generation = |body: &str| {
        let headers = vec![("x-goog-generation".into(), b"1".to_vec())];
        Response { headers, ..answer(200, body) }
    };
    assert_eq!(gcs.got(&generation("x")), Verdict::Done(Some(b"x".to_vec())));
    let none = "No such object: acme-access/a/log/1.json\n";
    assert_eq!(gcs.got(&answer(404, none)), Verdict::Done(None));
    assert_eq!(gcs.got(&error(404, "notFound", none)), Verdict::Done(None));
    for (response, kind) in [
        (answer(200, "x"), StoreErrorKind::Unavailable),
        (answer(200, "<html>No such object: "), StoreErrorKind::Unavailable),
        (answer(404, "<html>No such object: "), StoreErrorKind::Unavailable),
        (answer(404, ""), StoreErrorKind::Unavailable),
        (answer(404, "Not Found"), StoreErrorKind::Missing),
        (error(404, "notFound", "The specified bucket does not exist."), StoreErrorKind::Missing),
        (answer(403, "a@b does not have storage.objects.get access"), StoreErrorKind::Denied),
        (answer(302, ""), StoreErrorKind::Unavailable),
    ] {
        let Verdict::Failed(error) = gcs.got(&response) else { panic!("{response:?}") };
        assert_eq!(error.kind, kind, "{error}");
    }
    assert_eq!(emulated().got(&answer(404, "Not Found")), Verdict::Done(None));
}

#[test]
fn what_may_have_been_put_is_ambiguous_and_what_is_taken_is_not() {
    let gcs = logged_in();
    assert_eq!(gcs.created(&answer(200, r#"{"kind": "storage#object"}"#)), Verdict::Done(true));
    assert_eq!(gcs.created(&error(412, "conditionNotMet", "At least one…")), Verdict::Done(false));
    for (response, kind) in [
        (error(409, "conflict", "busy"), StoreErrorKind::Ambiguous),
        (answer(500, "<html>"), StoreErrorKind::Ambiguous),
        (answer(200, "<html>"), StoreErrorKind::Unavailable),
        (answer(404, "Not Found"), StoreErrorKind::Missing),
        (error(403, "forbidden", "no"), StoreErrorKind::Denied),
        (error(403, "rateLimitExceeded", "slow"), StoreErrorKind::Ambiguous),
        (error(400, "invalid", "no"), StoreErrorKind::Denied),
    ] {
        let Verdict::Failed(error) = gcs.created(&response) else { panic!("{response:?}") };
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[test]
fn trouble_is_tried_again_and_a_token_that_is_refused_replaced() {
    let gcs = logged_in();
    let folder = "log/";
    for response in
        [answer(500, ""), error(403, "userRateLimitExceeded", "slow"), error(409, "conflict", "busy")]
    {
        let Verdict::Again(error) = gcs.listed(folder, &response) else { panic!("{response:?}") };
        assert_eq!(error.kind, StoreErrorKind::Unavailable);
    }
    let Verdict::Corrected(error) = gcs.listed(folder, &error(401, "authError", "Invalid Credentials"))
    else {
        panic!("it is asked for again")
    };
    assert_eq!(
        (error.kind, &*error.words),
        (StoreErrorKind::Denied, "the store answers 401: Invalid Credentials")
    );
}

#[test]
fn a_list_is_one_or_an_error() {
    let listed = |body: &str| logged_in().listed("log/", &answer(200, body));
    let page = |names: &[&str], next: Option<&str>| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Verdict::Done(Page { names, next: next.map(Into::into) })
    };
    assert_eq!(listed(r#"{"kind": "storage#objects"}"#), page(&[], None));
    assert_eq!(
        listed(
            r#"{"kind": "storage#objects", "items": [{"name": "log/1"}], "prefixes": ["log/a/"], "nextPageToken": "x"}"#
        ),
        page(&["log/1", "log/a/"], Some("x"))
    );
    for body in [
        "",
        "{}",
        "<html>",
        r#"{"kind": "storage#object"}"#,
        r#"{"kind": "storage#objects", "items": {}}"#,
        r#"{"kind": "storage#objects", "items": [{}]}"#,
        r#"{"kind": "storage#objects", "prefixes": [1]}"#,
        r#"{"kind": "storage#objects", "nextPageToken": ""}"#,
    ] {
        assert!(matches!(listed(body), Verdict::Failed(_)), "{body}");
    }
}
