use std::sync::Arc;

use super::*;
use crate::cloud::testing::{FakeMachine, FakeNetwork};

fn container(machine: FakeMachine, endpoint: Option<&str>) -> Azure {
    let credentials =
        AzureCredentials::new("acmeaccount", Arc::new(machine), FakeNetwork::default().issuers());
    Azure::new("acmeaccount", "access", endpoint, credentials).unwrap()
}

fn with_key() -> Azure {
    container(FakeMachine::default().variable("AZURE_STORAGE_KEY", "a2V5"), None)
}

fn request(azure: &Azure, call: &Call<'_>) -> Request {
    azure.request(call, Timestamp::from_second(1_800_000_000).unwrap()).unwrap()
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    Response { status, headers: headers.collect(), body: body.into() }
}

fn error(status: u16, code: &str) -> Response {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>No.\nRequestId:1</Message></Error>"
    );
    answer(status, &[], &body)
}

#[test]
fn names_are_segments_and_a_list_is_of_one_folder() {
    let azure = with_key();
    let line = |azure: &Azure, call| {
        let request = request(azure, &call);
        format!("{} {}", request.method, request.url)
    };
    let base = "https://acmeaccount.blob.core.windows.net/access";
    assert_eq!(line(&azure, Call::Get { name: "a/log/1.json" }), format!("GET {base}/a/log/1.json"));
    let list = format!("GET {base}?restype=container&comp=list&delimiter=%2F&prefix=a%2Flog%2F");
    assert_eq!(line(&azure, Call::List { folder: "a/log/", after: Some("a/log/4"), page: None }), list);
    let next = Call::List { folder: "a/log/", after: None, page: Some("2!x") };
    assert_eq!(line(&azure, next), format!("{list}&marker=2%21x"));
    let machine = FakeMachine::default().variable("AZURE_STORAGE_KEY", "a2V5");
    let emulated = container(machine, Some("http://localhost:10000/acmeaccount"));
    let expected = "GET http://127.0.0.1:10000/acmeaccount/access/x";
    assert_eq!(line(&emulated, Call::Get { name: "x" }), expected);
}

#[test]
fn a_create_asks_for_there_being_none_at_the_time_of_the_store() {
    let request = request(&with_key(), &Call::Create { name: "a/1.json", bytes: b"x" });
    let shown = format!("{:?}", request.headers);
    for part in [
        "\"If-None-Match\", value: Public(\"*\")",
        "\"x-ms-blob-type\", value: Public(\"BlockBlob\")",
        "\"x-ms-date\", value: Public(\"Fri, 15 Jan 2027 08:00:00 GMT\")",
        "\"x-ms-version\", value: Public(\"2021-12-02\")",
        "\"Authorization\", value: Public(\"SharedKey acmeaccount:",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!((request.method, request.body.as_deref()), (Method::Put, Some(&b"x"[..])));
}

#[test]
fn each_way_in_is_used_as_it_is_meant() {
    let call = Call::Get { name: "x" };
    let shared =
        container(FakeMachine::default().variable("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=TopSecret1"), None);
    let request = request(&shared, &call);
    assert!(request.url.to_string().ends_with("/access/x?sv=1"), "{}", request.url);
    assert!(!format!("{request:?}").contains("Authorization"));
    let error = container(FakeMachine::default(), None).request(&call, Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.words.contains("`AZURE_STORAGE_KEY`: it is not set; "), "{error}");
    for endpoint in ["http://acme.example.com", "ftp://127.0.0.1", "https://a b"] {
        let credentials = AzureCredentials::new(
            "acmeaccount",
            Arc::new(FakeMachine::default()),
            FakeNetwork::default().issuers(),
        );
        assert!(Azure::new("acmeaccount", "access", Some(endpoint), credentials).is_err(), "{endpoint}");
    }
}

#[test]
fn only_what_azure_calls_missing_is_nothing() {
    let azure = with_key();
    let blob = answer(200, &[("x-ms-blob-type", "BlockBlob")], "x");
    assert_eq!(azure.got(&blob), Verdict::Done(Some(b"x".to_vec())));
    assert_eq!(azure.got(&error(404, "BlobNotFound")), Verdict::Done(None));
    assert_eq!(azure.got(&answer(404, &[("x-ms-error-code", "BlobNotFound")], "")), Verdict::Done(None));
    for (response, kind) in [
        (answer(200, &[], "x"), StoreErrorKind::Unavailable),
        (answer(404, &[], "<html>BlobNotFound"), StoreErrorKind::Unavailable),
        (answer(302, &[], ""), StoreErrorKind::Unavailable),
        (error(404, "ContainerNotFound"), StoreErrorKind::Missing),
        (error(404, "ResourceNotFound"), StoreErrorKind::Denied),
        (error(409, "ContainerBeingDeleted"), StoreErrorKind::Missing),
        (error(403, "AuthorizationPermissionMismatch"), StoreErrorKind::Denied),
        (error(403, "AuthorizationFailure"), StoreErrorKind::Denied),
        (error(403, "KeyBasedAuthenticationNotPermitted"), StoreErrorKind::Denied),
    ] {
        let Verdict::Failed(error) = azure.got(&response) else { panic!("{response:?}") };
        assert_eq!(error.kind, kind, "{error}");
    }
    let Verdict::Failed(error) = azure.got(&error(404, "ContainerNotFound")) else {
        panic!("it is an error")
    };
    assert_eq!(
        error.words,
        "there is no container `access` in the account `acmeaccount` (404 ContainerNotFound: No)"
    );
}

#[test]
fn what_may_have_been_put_is_ambiguous_and_what_is_taken_is_not() {
    let azure = with_key();
    assert_eq!(azure.created(&answer(201, &[("etag", "\"0x1\"")], "")), Verdict::Done(true));
    assert_eq!(azure.created(&error(409, "BlobAlreadyExists")), Verdict::Done(false));
    assert_eq!(azure.created(&error(412, "ConditionNotMet")), Verdict::Done(false));
    for (response, kind) in [
        (error(500, "InternalError"), StoreErrorKind::Ambiguous),
        (error(500, "OperationTimedOut"), StoreErrorKind::Ambiguous),
        (answer(201, &[], "<html>"), StoreErrorKind::Unavailable),
        (answer(200, &[], "<html>"), StoreErrorKind::Unavailable),
        (error(403, "AuthorizationPermissionMismatch"), StoreErrorKind::Denied),
    ] {
        let Verdict::Failed(error) = azure.created(&response) else { panic!("{response:?}") };
        assert_eq!(error.kind, kind, "{error}");
    }
    for response in [error(403, "AuthenticationFailed"), error(401, "InvalidAuthenticationInfo")] {
        assert!(matches!(azure.created(&response), Verdict::Corrected(_)), "{response:?}");
    }
    assert!(matches!(azure.got(&error(500, "InternalError")), Verdict::Again(_)));
}

#[test]
fn what_is_out_of_time_is_told_and_a_signature_never_is() {
    let detailed = |status, detail: &str| {
        let body = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code><Message>Server \
             failed to authenticate the request.\nRequestId:1</Message><AuthenticationErrorDetail>{detail}\
             </AuthenticationErrorDetail></Error>"
        );
        answer(status, &[], &body)
    };
    let late = "Signature not valid in the specified time frame: Start [Thu, 26 Nov 2026 10:11:03 GMT] - Expiry [Thu, 26 \
                Nov 2026 18:11:03 GMT] - Current [Fri, 27 Nov 2026 10:16:22 GMT]";
    for (status, detail, words, help) in [
        (
            403,
            "Request date header too old: 'Fri, 04 Oct 2019 18:02:12 GMT'",
            "the clock of this machine",
            "clock",
        ),
        (403, "Lifetime validation failed. The token is expired.", "the token has expired", "`az login`"),
        (401, "Lifetime validation failed. The token is expired.", "the token has expired", "`az login`"),
        (403, late, "the shared access signature does not hold at this time: ", "put a new one into"),
        (
            403,
            "The MAC signature in the request 'TopSecret' is not",
            "answers 403 AuthenticationFailed",
            "key",
        ),
    ] {
        let (Verdict::Failed(error) | Verdict::Corrected(error)) = with_key().got(&detailed(status, detail))
        else {
            panic!("{detail}")
        };
        assert_eq!(error.kind, StoreErrorKind::Denied);
        assert!(error.words.contains(words) && error.help().contains(help), "{error}: {}", error.help());
        assert!(!error.words.contains("TopSecret"), "{error}");
    }
}

#[test]
fn a_list_is_one_or_an_error() {
    let listed = |body: &str| with_key().listed("log/", &answer(200, &[], body));
    let results = |body: &str| {
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"access\">{body}</EnumerationResults>"
        )
    };
    let page = |names: &[&str], next: Option<&str>| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Verdict::Done(Page { names, next: next.map(Into::into) })
    };
    assert_eq!(listed(&results("<Prefix>log/</Prefix><Blobs /><NextMarker />")), page(&[], None));
    let more = "<Blobs><Blob><Name>log/1</Name><Properties/></Blob><BlobPrefix><Name>log/a/</Name></BlobPrefix></Blobs>\
                <NextMarker>2!x</NextMarker>";
    assert_eq!(listed(&results(more)), page(&["log/1", "log/a/"], Some("2!x")));
    for body in [
        "",
        "<html></html>",
        &results(""),
        &results("<Blobs/>"),
        &results("<NextMarker/>"),
        &results("<Prefix>objects/</Prefix><Blobs/><NextMarker/>"),
        &results("<Blobs><Blob/></Blobs><NextMarker/>"),
    ] {
        assert!(matches!(listed(body), Verdict::Failed(_)), "{body}");
    }
}
