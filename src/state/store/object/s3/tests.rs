//! Where requests go, and answers that say less than they seem to. The rest is tested over a fake, in `tests/it/s3`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::cloud::{Machine, Printed};
use crate::http::virtual_clock::VirtualClock;
use crate::http::{Transport, TransportError};
use crate::model::StatePlace;

/// A machine with a key in its environment.
struct Keyed;

impl Machine for Keyed {
    fn variable(&self, name: &str) -> Option<String> {
        matches!(name, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY").then(|| "ABCDEFGH".into())
    }
    fn home(&self) -> Option<Utf8PathBuf> {
        None
    }
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn read(&self, _: &Utf8Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn run(&self, _: &str, _: &[&str]) -> io::Result<Printed> {
        Err(io::ErrorKind::NotFound.into())
    }
}

struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: &Request, _: Duration) -> Result<Response, TransportError> {
        Err(TransportError::NotSent("no route to host".into()))
    }
}

fn dialect(place: &str, region: Option<&str>, endpoint: Option<&str>) -> Result<S3, OriginError> {
    let StatePlace::S3(place) = StatePlace::parse(place).unwrap() else { panic!("{place}") };
    let clock: Arc<dyn crate::http::Clock> = Arc::new(VirtualClock::default());
    let chain = CredentialChain::new(Arc::new(Keyed), Box::new(Nobody), Box::new(Nobody), &clock);
    S3::new(&place, region.map(Into::into), endpoint.map(Into::into), chain)
}

#[test]
fn the_bucket_is_in_the_name_of_the_host_where_it_can_be() {
    const LOCAL: &str = "http://127.0.0.1:9000";
    for (place, region, endpoint, expected) in [
        ("s3://acme", None, None, "https://acme.s3.us-east-1.amazonaws.com/a/b"),
        ("s3://acme", Some("eu-west-1"), None, "https://acme.s3.eu-west-1.amazonaws.com/a/b"),
        (
            "s3://acme?region=cn-north-1",
            Some("eu-west-1"),
            None,
            "https://acme.s3.cn-north-1.amazonaws.com.cn/a/b",
        ),
        ("s3://acme?path_style=true", None, None, "https://s3.us-east-1.amazonaws.com/acme/a/b"),
        ("s3://acme.example.com", None, None, "https://s3.us-east-1.amazonaws.com/acme.example.com/a/b"),
        (
            "s3://acme?endpoint=https://minio.example.com:9000",
            None,
            None,
            "https://acme.minio.example.com:9000/a/b",
        ),
        (
            "s3://acme?endpoint=minio.example.com&path_style=true",
            None,
            None,
            "https://minio.example.com/acme/a/b",
        ),
        ("s3://acme", None, Some(LOCAL), "http://127.0.0.1:9000/acme/a/b"),
        ("s3://acme?endpoint=https://a.example.com", None, Some(LOCAL), "https://acme.a.example.com/a/b"),
    ] {
        let dialect = dialect(place, region, endpoint).unwrap();
        let request = dialect.request(&Call::Get { name: "a/b" }, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(request.url.to_string(), expected, "{place}");
        let list = Call::List { folder: "a/", after: Some("a/b"), page: None };
        let listed = dialect.request(&list, Timestamp::UNIX_EPOCH).unwrap().url.to_string();
        let bucket = expected.strip_suffix("/a/b").unwrap();
        let slash = if listed.starts_with(&format!("{bucket}/")) { "/" } else { "" };
        assert_eq!(
            listed,
            format!("{bucket}{slash}?delimiter=%2F&list-type=2&prefix=a%2F&start-after=a%2Fb")
        );
    }
    assert_eq!(
        dialect("s3://acme?endpoint=http://a.example.com", None, None).err(),
        Some(OriginError::Scheme)
    );
    assert_eq!(dialect("s3://acme", None, Some("https://a/b")).err(), Some(OriginError::Excess));
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), value.as_bytes().to_vec()));
    Response { status, headers: headers.collect(), body: body.into() }
}

fn fails<T>(verdict: &Verdict<T>) -> bool {
    matches!(verdict, Verdict::Failed(error) if error.kind == StoreErrorKind::Unavailable)
}

#[test]
fn an_answer_that_is_no_list_is_never_an_empty_one() {
    let dialect = dialect("s3://acme", None, None).unwrap();
    let listed = |body: &str| dialect.listed("log/", &answer(200, &[], body));
    let list = "<ListBucketResult><Prefix>log/</Prefix><IsTruncated>false</IsTruncated></ListBucketResult>";
    assert_eq!(listed(list), Verdict::Done(Page::default()));
    for body in [
        "",
        "<html></html>",
        "{}",
        &list[..list.len() - 5],
        &list.replace("log/", "log"),
        &list.replace("false", "maybe"),
        &list.replace("false", "true"),
        &list.replace("<IsTruncated>false</IsTruncated>", ""),
        &list.replace("ListBucketResult", "ListAllMyBucketsResult"),
        &list.replace("<Prefix>", "<Contents><Size>1</Size></Contents><Prefix>"),
        &format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{list}"),
        &format!("{list}{list}"),
    ] {
        assert!(fails(&listed(body)), "{body}");
    }
    for status in [204, 206, 301, 304, 404] {
        assert!(!matches!(dialect.listed("log/", &answer(status, &[], list)), Verdict::Done(_)), "{status}");
    }
}

#[test]
fn nothing_and_done_are_what_the_store_itself_says() {
    let dialect = dialect("s3://acme", None, None).unwrap();
    let error = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    assert_eq!(dialect.got(&answer(404, &[], &error("NoSuchKey"))), Verdict::Done(None));
    for (status, body) in [
        (404, String::new()),
        (404, error("NoSuchThing")),
        (403, error("NoSuchKey")),
        (200, "<html>".into()),
        (204, String::new()),
    ] {
        let html = [("content-type", "text/html")];
        assert!(!matches!(dialect.got(&answer(status, &html, &body)), Verdict::Done(_)), "{status} {body}");
    }
    let etag = [("etag", "\"1\"")];
    assert_eq!(dialect.created(&answer(200, &etag, "")), Verdict::Done(true));
    assert_eq!(dialect.created(&answer(412, &[], &error("PreconditionFailed"))), Verdict::Done(false));
    for (status, headers, body) in [
        (200, &[][..], ""),
        (200, &[("etag", "\"1\""), ("content-type", "text/html")], "<html>"),
        (201, &etag, ""),
        (412, &[], ""),
        (412, &[], "<html>"),
    ] {
        assert!(
            !matches!(dialect.created(&answer(status, headers, body)), Verdict::Done(_)),
            "{status} {body}"
        );
    }
}

#[test]
fn a_region_is_taken_from_an_answer_that_says_the_bucket_is_elsewhere() {
    let elsewhere = "<Error><Code>PermanentRedirect</Code></Error>";
    let header = [("x-amz-bucket-region", "eu-central-1")];
    let free = dialect("s3://acme", Some("us-west-2"), None).unwrap();
    assert!(matches!(free.got(&answer(301, &header, elsewhere)), Verdict::Corrected(_)));
    assert_eq!(&*free.region(), "eu-central-1");
    for (headers, code) in [
        (&header[..], "<Error><Code>AccessDenied</Code></Error>"),
        (&[("x-amz-bucket-region", "a.example.com/")], elsewhere),
        (&[], "<Error><Code>PermanentRedirect</Code><Region>evil.example.com#</Region></Error>"),
    ] {
        let dialect = dialect("s3://acme", Some("us-west-2"), None).unwrap();
        dialect.got(&answer(301, headers, code));
        assert_eq!(&*dialect.region(), "us-west-2", "{code}");
    }
    let fixed = dialect("s3://acme?region=us-west-2", None, None).unwrap();
    assert!(matches!(fixed.got(&answer(301, &header, elsewhere)), Verdict::Failed(_)));
    assert_eq!(&*fixed.region(), "us-west-2");
}
