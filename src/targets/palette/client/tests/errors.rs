//! What is said when there is no good answer.

use std::time::Duration;

use serde_json::json;

use super::super::super::wire::TenantRoles;
use super::super::{Scope, Session};
use super::table::{Answer, KEY, World, json_answer, refusal, text_answer};
use crate::http::{Limits, TransportError};
use crate::targets::{TargetError, TargetErrorKind};

fn told(answer: Answer) -> TargetError {
    let world = World::with(&[("GET /v1/roles", &[answer])]);
    world.session().get::<TenantRoles>(&Scope::Tenant, &["v1", "roles"]).unwrap_err()
}

#[test]
fn a_status_has_its_kind_and_the_words_of_palette() {
    use TargetErrorKind::{Conflict, Denied, Refused, Unreachable};
    for (status, kind) in [
        (400, Refused),
        (401, Denied),
        (403, Denied),
        (404, Refused),
        (409, Conflict),
        (422, Refused),
        (500, Refused),
        (501, Refused),
    ] {
        let error = told(refusal(status, "Code", "words"));
        let why = format!("GET /v1/roles: {status}: words (code Code, reference 5d8a)");
        assert_eq!(error, TargetError::new(kind, why));
    }
    for status in [429, 502, 503, 504] {
        let error = told(refusal(status, "Code", ""));
        let why =
            format!("GET /v1/roles: {status}: no reason is given (code Code, reference 5d8a), after 5 tries");
        assert_eq!(error, TargetError::new(Unreachable, why));
    }
    assert_eq!(told(text_answer(500, "")), TargetError::unreachable("GET /v1/roles: 500"));
    let error = told(json_answer(403, &json!({"message": "no", "code": null})));
    assert_eq!(error.why, "GET /v1/roles: 403: no");
}

#[test]
fn what_no_palette_wrote_is_shown_in_part_and_harms_no_terminal() {
    let page = format!("<html>\u{1b}]0;x\u{7}{KEY}\u{202e}\n{}", "y".repeat(1000));
    for error in [told(text_answer(400, &page)), told(text_answer(200, &page))] {
        assert!(error.why.contains("<html>\\u{1b}]0;x\\u{7}[redacted]\\u{202e}\\nyyy"), "{}", error.why);
        assert!(error.why.ends_with("yyy…") && error.why.chars().count() < 400, "{}", error.why);
    }
    let error = told(text_answer(302, ""));
    assert_eq!(error.why, "GET /v1/roles: 302: Palette is elsewhere, and it is not followed there");
    let deep = "[".repeat(100_000);
    assert_eq!(told(text_answer(200, &deep)).kind, TargetErrorKind::Refused);
    assert!(told(text_answer(200, "\u{0}\u{1}")).why.contains("cannot be read"));
}

#[test]
fn a_network_that_fails_is_told_by_the_words_of_the_system() {
    use TargetErrorKind::{Denied, Refused, Unreachable};
    let of = |error: fn(String) -> TransportError| told(Err(error(format!("words {KEY}"))));
    let words = "GET /v1/roles: words [redacted]";
    let tried = format!("{words}, after 5 tries");
    assert_eq!(of(TransportError::NotSent), TargetError::new(Unreachable, &*tried));
    assert_eq!(of(TransportError::Lost), TargetError::new(Unreachable, &*tried));
    assert_eq!(of(TransportError::Refused), TargetError::new(Denied, words));
    let error = told(Err(TransportError::TooLarge(9)));
    assert_eq!(error, TargetError::new(Refused, "GET /v1/roles: the answer is larger than 9 bytes"));
}

#[test]
fn nothing_is_asked_when_it_does_not_go_on_or_there_is_no_time() {
    let world = World::with(&[]);
    let stop = || Err("the lease was lost".to_owned());
    let session = Session::new(&world.client, Limits { deadline: Duration::MAX, go_on: &stop });
    assert_eq!(session.preflight(), Err(TargetError::unreachable("the lease was lost")));
    let session = Session::new(&world.client, Limits { deadline: Duration::ZERO, go_on: &|| Ok(()) });
    let late = "https://palette.example.com: GET /v1/users/info: there was no time left";
    assert_eq!(session.preflight(), Err(TargetError::unreachable(late)));
    assert!(world.asked().is_empty());
}
