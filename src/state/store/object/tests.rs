//! The frame over a toy dialect and a transport that plays what it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;
use crate::http::virtual_clock::VirtualClock;
use crate::http::{Method, Origin, Request, Transport, Url};
use crate::model::StatePlace;

/// Says of an answer what its status stands for.
struct Toy(Arc<Mutex<Vec<Timestamp>>>);

fn error(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "no")
}

fn verdict<T>(response: &Response, done: T) -> Verdict<T> {
    match response.status {
        200 => Verdict::Done(done),
        400 => Verdict::Corrected(error(StoreErrorKind::Denied)),
        500 => Verdict::Again(error(StoreErrorKind::Unavailable)),
        _ => Verdict::Failed(error(StoreErrorKind::Missing)),
    }
}

impl Dialect for Toy {
    fn request(&self, call: &Call<'_>, time: Timestamp) -> Result<Request, StoreError> {
        self.0.lock().unwrap().push(time);
        let (method, name) = match call {
            Call::Get { name } => (Method::Get, *name),
            Call::Create { name, .. } => (Method::Put, *name),
            Call::List { folder, .. } => (Method::Get, *folder),
        };
        let segments: Vec<_> = name.split('/').collect();
        let url = Url::new(Origin::parse("store.example.com").unwrap(), &segments, &[]);
        Ok(Request { method, url, headers: Vec::new(), body: None })
    }

    fn got(&self, response: &Response) -> Verdict<Option<Vec<u8>>> {
        verdict(response, Some(response.body.clone()))
    }

    fn created(&self, response: &Response) -> Verdict<bool> {
        verdict(response, true)
    }

    fn listed(&self, _: &str, response: &Response) -> Verdict<Page> {
        let text = String::from_utf8(response.body.clone()).unwrap();
        let (names, next) = text.split_once('>').unwrap_or((&text, ""));
        let names = names.split_whitespace().map(Into::into).collect();
        verdict(response, Page { names, next: (!next.is_empty()).then(|| next.into()) })
    }
}

/// Answers and errors in their order.
struct Script(Mutex<VecDeque<Result<Response, TransportError>>>);

impl Transport for Arc<Script> {
    fn send(&self, _: &Request, _: Duration) -> Result<Response, TransportError> {
        self.0.lock().unwrap().pop_front().expect("nothing more is sent")
    }
}

/// Stands still at the time of day, and pauses.
#[derive(Default)]
struct Paused(Mutex<Duration>);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }
    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
    fn pause(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
    fn notice(&self, _: &str) {}
}

#[expect(clippy::unnecessary_wraps, reason = "a script is of answers and errors")]
fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response { status, headers: Vec::new(), body: body.into() })
}

fn dated(status: u16, date: &str) -> Result<Response, TransportError> {
    answer(status, "").map(|response| {
        let headers = vec![("date".into(), date.into())];
        Response { headers, ..response }
    })
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError::Lost("reset".into()))
}

/// What a use of the store ends in, the times at which requests were signed, and how long it has paused. All that was
/// to be answered has to be asked.
fn run<T>(
    script: Vec<Result<Response, TransportError>>,
    act: impl FnOnce(&dyn StateStore) -> T,
) -> (T, Vec<Timestamp>, Duration) {
    let (script, times, clock) =
        (Arc::new(Script(Mutex::new(script.into()))), Arc::default(), Paused::default());
    let sender = Sender::new(
        Box::new(Arc::clone(&script)),
        Arc::new(VirtualClock::default()),
        TIMEOUT,
        Box::new(|| 0),
    );
    let StatePlace::S3(place) = StatePlace::parse("s3://acme/a/b").unwrap() else { unreachable!() };
    let dialect = Box::new(Toy(Arc::clone(&times)));
    let ended = {
        let store = ObjectStore::new(dialect, place.prefix, sender, &clock, "toy".into());
        act(&store)
    };
    assert!(script.0.lock().unwrap().is_empty(), "not all was asked for");
    let times = times.lock().unwrap().clone();
    (ended, times, clock.monotonic())
}

#[test]
fn trouble_of_the_store_is_tried_five_times_with_growing_pauses() {
    let (got, times, paused) = run(
        vec![answer(500, ""), answer(500, ""), answer(500, ""), answer(500, ""), answer(200, "x")],
        |store| store.get("log/1"),
    );
    assert_eq!((got, times.len()), (Ok(Some(b"x".to_vec())), 5));
    assert_eq!(paused, Duration::from_millis(250 + 500 + 1000));
    let five = (0..5).map(|_| answer(500, "")).collect();
    assert_eq!(run(five, |store| store.get("log/1")).0, Err(error(StoreErrorKind::Unavailable)));
}

#[test]
fn what_an_answer_has_corrected_is_asked_again_at_once_and_not_for_ever() {
    let (got, times, paused) =
        run(vec![answer(400, ""), answer(200, "x")], |store| store.create("log/1", b"x"));
    assert_eq!((got, times.len(), paused), (Ok(true), 2, Duration::ZERO));
    let all = (0..4).map(|_| answer(400, "")).collect();
    assert_eq!(run(all, |store| store.create("log/1", b"x")).0, Err(error(StoreErrorKind::Denied)));
}

#[test]
fn a_request_is_signed_with_the_time_of_the_store_as_soon_as_it_is_known() {
    let (now, times, _) = run(vec![dated(400, "Fri, 15 Jan 2027 08:20:00 GMT"), answer(200, "x")], |store| {
        store.get("log/1").unwrap();
        store.now(&Paused::default())
    });
    let shown: Vec<_> = times.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["2027-01-15T08:00:00Z", "2027-01-15T08:20:00.5Z"]);
    assert_eq!(now, times[1]);
    // What nobody understands tells no time.
    let (now, ..) = run(vec![dated(404, "Fri, 15 Jan 2027 08:20:00 GMT")], |store| {
        store.get("log/1").unwrap_err();
        store.now(&Paused::default())
    });
    assert_eq!(now, times[0]);
}

#[test]
fn a_read_is_sent_again_and_a_create_is_not_when_its_answer_is_lost() {
    let (got, ..) = run(vec![lost(), lost(), answer(200, "x")], |store| store.get("log/1"));
    assert_eq!(got, Ok(Some(b"x".to_vec())));
    let kind = |script, act: fn(&dyn StateStore) -> Result<bool, StoreError>| {
        let error = run(script, act).0.unwrap_err();
        assert!(error.words.contains("`store.example.com`"), "{error}");
        error.kind
    };
    let create = |store: &dyn StateStore| store.create("log/1", b"x");
    assert_eq!(kind(vec![lost()], create), StoreErrorKind::Ambiguous);
    assert_eq!(kind(vec![answer(503, "")], create), StoreErrorKind::Ambiguous);
    let untrusted = Err(TransportError::Refused("nobody has issued it".into()));
    assert_eq!(kind(vec![untrusted], create), StoreErrorKind::Denied);
    let away = (0..5).map(|_| answer(503, "<Error><Code>SlowDown</Code></Error>")).collect();
    let error = run(away, |store| store.get("log/1")).0.unwrap_err();
    assert_eq!(error.to_string(), "`store.example.com` answers 503 SlowDown, after 5 tries");
}

#[test]
fn what_is_too_large_is_damaged() {
    let large = Err(TransportError::TooLarge(LARGEST));
    let (got, ..) = run(vec![large], |store| store.get("log/1"));
    assert_eq!(got.unwrap_err().kind, StoreErrorKind::Damaged);
}

#[test]
fn a_list_goes_through_its_pages_and_fails_as_a_whole() {
    let pages = || vec![answer(200, "a/b/log/2 a/b/log/4>x"), answer(200, "a/b/log/5/")];
    let (names, ..) = run(pages(), |store| store.list("log", "3"));
    assert_eq!(names.unwrap(), ["4", "5"]);
    let cut = vec![answer(200, "a/b/log/2>x"), answer(404, "")];
    let (names, ..) = run(cut, |store| store.list("log", ""));
    assert_eq!(names, Err(error(StoreErrorKind::Missing)));
    let repeated = vec![answer(200, "a/b/log/2>x"), answer(200, "a/b/log/2>x")];
    run(repeated, |store| store.list("log", "")).0.unwrap_err();
    run(vec![answer(200, "a/log/2")], |store| store.list("log", "")).0.unwrap_err();
}

#[test]
fn the_words_of_a_store_are_taken_from_what_it_says_and_made_harmless() {
    let told = |body: &str| Refusal::of(&answer(403, body).unwrap()).to_string();
    for (body, expected) in [
        ("<Error xmlns='x'><Code>No</Code><Message>Go away.</Message></Error>", "403 No: Go away"),
        ("<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>", "403 No"),
        (r#"{"error": {"code": 403, "message": "Go away."}}"#, "403: Go away"),
        (r#"{"code": "No"}"#, "403 No"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Error><Code>&a;</Code></Error>", "403"),
        ("<Error><Code>No", "403"),
        ("[]", "403"),
        ("", "403"),
        ("{\"message\": \"\\u001b[2Ja\\u202eb\"}", "403: [2Jab"),
    ] {
        assert_eq!(told(body), expected, "{body}");
    }
    let long = told(&format!("<Error><Message>{}</Message></Error>", "é".repeat(300)));
    assert_eq!(long.chars().count(), "403: …".chars().count() + 200);
    let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    xml(&answer(200, &deep).unwrap()).unwrap();
}

#[test]
fn a_web_page_is_called_one() {
    let page = |body: &str| not_understood(&answer(200, body).unwrap()).words;
    assert!(page(" <!DOCTYPE HTML><html>").starts_with("a web page"));
    assert!(page("<HTML>").starts_with("a web page"));
    assert!(page("<ListBucketResult/>").starts_with("the answer with status 200"));
}
