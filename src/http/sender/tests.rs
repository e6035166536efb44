//! Laws of sending, for all sequences of what can happen.

use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::http::virtual_clock::VirtualClock;
use crate::http::{Header, HeaderValue, Method, Origin, Rate, Secret, Url};

const KEY: &str = "TopSecret+1/2=";
const ECHOES: [&str; 3] = [KEY, "TopSecret%2B1%2f2%3D", "TopSecret\\u002b1\\/2="];
const TIMEOUT: Duration = Duration::from_mins(1);

/// What happens to one try, and how long it takes.
#[derive(Clone, Debug)]
struct Event {
    outcome: Outcome,
    takes: Duration,
    echo: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Status(u16, Option<u64>),
    Refused,
    NotSent,
    Lost,
    TooLarge,
}

impl Outcome {
    /// Whether the server may have done what it was asked to.
    fn may_be_done(&self) -> bool {
        match self {
            Self::Status(status, _) => *status != 429,
            Self::Lost | Self::TooLarge => true,
            Self::Refused | Self::NotSent => false,
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        4 => (prop_oneof![Just(429_u16), Just(502), Just(503), Just(504), Just(408)],
            proptest::option::of(0_u64..200)).prop_map(|(status, after)| Outcome::Status(status, after)),
        1 => prop_oneof![Just(200_u16), Just(201), Just(400), Just(404), Just(500), Just(302)]
            .prop_map(|status| Outcome::Status(status, None)),
        4 => Just(Outcome::NotSent),
        2 => Just(Outcome::Lost),
        1 => Just(Outcome::TooLarge),
        1 => Just(Outcome::Refused),
    ];
    (outcome, 0_u64..9000, 0..ECHOES.len()).prop_map(|(outcome, takes, echo)| Event {
        outcome,
        takes: Duration::from_millis(takes),
        echo: ECHOES[echo],
    })
}

/// A network in which the next thing of a list happens, and then nothing but good.
struct Script {
    clock: Arc<VirtualClock>,
    events: Vec<Event>,
    /// When each try began, and how long it was given.
    tries: Arc<Mutex<Vec<(Duration, Duration)>>>,
}

impl Transport for Script {
    fn send(&self, _: &Request, timeout: Duration) -> Result<Response, TransportError> {
        let mut tries = self.tries.lock().unwrap();
        let event = self.events.get(tries.len()).cloned();
        tries.push((self.clock.monotonic(), timeout));
        let good = Event { outcome: Outcome::Status(200, None), takes: Duration::ZERO, echo: KEY };
        let Event { outcome, takes, echo } = event.unwrap_or(good);
        self.clock.pause(takes.min(timeout));
        let words = format!("the key {echo} is no good");
        match outcome {
            Outcome::Status(status, after) => {
                let after = after.map(|after| ("retry-after".to_owned(), after.to_string().into_bytes()));
                let headers = after.into_iter().chain([(format!("x-{echo}"), words.clone().into_bytes())]);
                Ok(Response { status, headers: headers.collect(), body: words.into_bytes() })
            }
            Outcome::Refused => Err(TransportError::Refused(words)),
            Outcome::NotSent => Err(TransportError::NotSent(words)),
            Outcome::Lost => Err(TransportError::Lost(words)),
            Outcome::TooLarge => Err(TransportError::TooLarge(9)),
        }
    }
}

struct Run {
    sent: Result<Response, SendError>,
    /// Of each try, when it began and how long it was given.
    tries: Vec<(Duration, Duration)>,
    end: Duration,
}

fn run(kind: RequestKind, events: Vec<Event>, deadline: Duration, go_on: &GoOn<'_>) -> Run {
    let clock = Arc::new(VirtualClock::default());
    let tries = Arc::new(Mutex::new(Vec::new()));
    let script = Script { clock: Arc::clone(&clock), events, tries: Arc::clone(&tries) };
    let sender = Sender::new(Box::new(script), Arc::clone(&clock) as _, TIMEOUT, Box::new(|| u32::MAX / 3));
    let bucket = TokenBucket::new(Rate { per_second: 8, burst: 2 });
    let sent = sender.send(&request(), kind, &bucket, &Limits { deadline, go_on });
    drop(sender);
    Run { sent, tries: Arc::into_inner(tries).unwrap().into_inner().unwrap(), end: clock.monotonic() }
}

fn request() -> Request {
    let value = HeaderValue::Secret(Secret::new(KEY).unwrap());
    let url = Url::new(Origin::parse("example.com").unwrap(), &["v1"], &[]);
    Request { method: Method::Post, url, headers: vec![Header { name: "ApiKey", value }], body: None }
}

fn kinds() -> impl Strategy<Value = RequestKind> {
    prop_oneof![Just(RequestKind::Read), Just(RequestKind::Write), Just(RequestKind::Create)]
}

proptest! {
    #[test]
    fn what_may_have_been_done_is_not_sent_again_and_its_sender_is_told(
        kind in kinds(),
        events in proptest::collection::vec(event(), 0..9),
    ) {
        let Run { sent, tries, .. } = run(kind, events.clone(), Duration::from_secs(999), &|| Ok(()));
        let happened = &events[..tries.len().min(events.len())];
        prop_assert!(tries.len() <= 5);
        if kind == RequestKind::Read {
            prop_assert!(!matches!(&sent, Err(SendError::Ambiguous(_))));
        } else {
            let done = happened.iter().position(|event| event.outcome.may_be_done());
            prop_assert!(done.is_none_or(|at| at + 1 == tries.len()), "{:?}", happened);
            let is_unknown = happened.last().is_some_and(|last| {
                let is_answer = |status| !matches!(status, 408 | 502..=504);
                last.outcome.may_be_done()
                    && !matches!(last.outcome, Outcome::Status(status, _) if is_answer(status))
            });
            prop_assert_eq!(matches!(&sent, Err(SendError::Ambiguous(_))), is_unknown);
        }
    }

    #[test]
    fn nothing_is_tried_after_the_deadline_or_given_more_time_than_there_is(
        kind in kinds(),
        events in proptest::collection::vec(event(), 0..9),
        deadline in 0_u64..40_000,
    ) {
        let deadline = Duration::from_millis(deadline);
        let Run { sent, tries, end } = run(kind, events, deadline, &|| Ok(()));
        for (begun, timeout) in &tries {
            prop_assert!(*begun < deadline && *begun + *timeout <= deadline && *timeout <= TIMEOUT);
        }
        prop_assert!(end <= deadline, "it is not waited for what cannot be: {end:?} > {deadline:?}");
        if tries.is_empty() {
            let failure = Failure { cause: FailureCause::Deadline, tries: 0 };
            prop_assert_eq!(sent, Err(SendError::Failed(failure)));
        }
    }

    #[test]
    fn the_secret_is_in_nothing_that_comes_back(
        kind in kinds(),
        events in proptest::collection::vec(event(), 0..9),
    ) {
        let Run { sent, .. } = run(kind, events, Duration::from_secs(999), &|| Ok(()));
        let text = match &sent {
            Ok(Response { headers, body, .. })
            | Err(
                SendError::Failed(Failure { cause: FailureCause::Response(Response { headers, body, .. }), .. })
                | SendError::Ambiguous(Failure { cause: FailureCause::Response(Response { headers, body, .. }), .. }),
            ) => {
                let headers = headers.iter().map(|(name, value)| format!("{name}: {value:?}"));
                let body = String::from_utf8(body.clone()).unwrap();
                prop_assert!(body.contains("[redacted]"));
                headers.chain([body]).collect()
            }
            Err(error) => error.to_string(),
        };
        let text = format!("{text} {sent:?} {:?}", request());
        let shown = text.replace("[redacted]", "");
        prop_assert!(!shown.contains("TopSecret") && !shown.contains("84, 111, 112, 83, 101"), "{shown}");
    }
}

#[test]
fn a_server_that_limits_is_left_alone_for_as_long_as_it_asks() {
    let limited =
        |after| Event { outcome: Outcome::Status(429, Some(after)), takes: Duration::ZERO, echo: KEY };
    let Run { sent, tries, .. } =
        run(RequestKind::Create, vec![limited(7), limited(9999)], Duration::from_secs(999), &|| Ok(()));
    assert_eq!(sent.unwrap().status, 200);
    let begun: Vec<_> = tries.iter().map(|(begun, _)| begun.as_secs()).collect();
    assert_eq!(begun, [0, 7, 67]);
}

#[test]
fn nothing_more_is_sent_when_it_does_not_go_on() {
    let failing = Event { outcome: Outcome::NotSent, takes: Duration::ZERO, echo: KEY };
    let asked = std::sync::atomic::AtomicU32::new(0);
    let later = || match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0..=3 => Ok(()),
        _ => Err("the lease was lost".to_owned()),
    };
    let Run { sent, tries, .. } = run(RequestKind::Read, vec![failing; 9], Duration::from_secs(999), &later);
    assert_eq!((sent, tries.len()), (Err(SendError::Stopped("the lease was lost".into())), 1));
}
