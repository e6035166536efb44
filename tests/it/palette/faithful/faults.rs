//! Each fault happens to the requests that were meant, with its effect or without.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use super::super::example::{OPS, fake_with};
use super::super::fake::{API_KEY, Effect, Fake, Fault, On, Switches};
use super::client::{Ask, Client, escaped, get, post};

const KEYS: &str = "/v1/users/assets/sshkeys";

/// A new key.
fn new_key(project: &str) -> Ask {
    post(KEYS, &json!({"metadata": {"name": "new"}, "spec": {"publicKey": OPS}})).of(project)
}

fn is_there(fake: &Fake) -> bool {
    fake.tenant(|tenant| tenant.key_named("payments", "new").is_some())
}

#[test]
fn a_gateway_fails_before_the_effect_or_after_it() {
    for (status, effect) in
        [(502, Effect::Before), (503, Effect::After), (504, Effect::Before), (504, Effect::After)]
    {
        let (fake, project) = fake_with(Switches::default());
        fake.plant(Fault::Gateway(status, effect), On::the("POST", KEYS));
        let reply = Client::of(&fake).send(&new_key(&project));
        assert_eq!(reply.status, status);
        assert!(reply.text.starts_with("<html>"));
        assert_eq!(is_there(&fake), effect == Effect::After);
    }
}

#[test]
fn an_answer_is_lost_before_the_effect_or_after_it() {
    for effect in [Effect::Before, Effect::After] {
        let (fake, project) = fake_with(Switches::default());
        fake.plant(Fault::NoAnswer(effect), On::the("POST", KEYS));
        assert!(Client::of(&fake).try_send(&new_key(&project)).is_err());
        assert_eq!(is_there(&fake), effect == Effect::After);
    }
}

#[test]
fn half_a_body_is_less_than_the_length_says() {
    let (fake, project) = fake_with(Switches::default());
    fake.plant(Fault::HalfBody, On::the("POST", KEYS));
    assert!(Client::of(&fake).try_send(&new_key(&project)).is_err());
    assert!(is_there(&fake));
}

#[test]
fn requests_are_too_many_for_so_many_times() {
    let (fake, project) = fake_with(Switches::default());
    fake.plant(Fault::TooManyRequests { retry_after: Some(3) }, On::the("POST", KEYS));
    fake.plant(Fault::TooManyRequests { retry_after: None }, On::the("POST", KEYS).times(2));
    let mut client = Client::of(&fake);
    let replies = [(); 4].map(|()| client.send(&new_key(&project)));
    assert_eq!(replies.each_ref().map(|reply| reply.status), [429, 429, 429, 201]);
    assert_eq!(replies[0].header("Retry-After"), Some("3"));
    assert_eq!(replies[1].header("Retry-After"), None);
    assert_eq!(replies[1].code(), "TooManyRequests");
    assert_eq!(fake.writes().len(), 4);
}

#[test]
fn a_fault_is_for_the_requests_that_were_meant() {
    let fake = Fake::start();
    fake.plant(Fault::forbidden(), On::the("GET", "/v1/users/").after(1).times(2));
    let mut client = Client::of(&fake);
    let mut status = |path| client.send(&get(path)).status;
    assert_eq!(status("/v1/roles?limit=50"), 200);
    let statuses = [(); 4].map(|()| status("/v1/users/info"));
    assert_eq!(statuses, [200, 403, 403, 200]);
    fake.plant(Fault::forbidden(), On::any().always());
    assert_eq!([(); 3].map(|()| status("/v1/roles?limit=50")), [403; 3]);
}

#[test]
fn a_redirect_leads_elsewhere() {
    let (fake, other) = (Fake::start(), Fake::start());
    fake.plant(Fault::Redirect(other.url() + "/v1/users/info"), On::any());
    let reply = Client::of(&fake).send(&get("/v1/users/info"));
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("Location"), Some(format!("{}/v1/users/info", other.url()).as_str()));
    assert!(other.exchanges().is_empty());
}

#[test]
fn an_error_may_have_the_api_key_in_it() {
    let fake = Fake::start();
    fake.plant(Fault::with_api_key(404), On::any());
    let reply = Client::of(&fake).send(&get("/v1/users/info"));
    assert_eq!((reply.status, reply.code()), (404, "ResourceNotFound"));
    assert!(reply.text.contains(API_KEY));
}

#[test]
fn pages_may_repeat_their_token_or_miscount() {
    let fake = Fake::with(Switches { page: 2, ..Switches::default() });
    fake.plant(Fault::RepeatedToken, On::any());
    fake.plant(Fault::WrongCount, On::any());
    let mut client = Client::of(&fake);
    let mut listmeta = || client.send(&get("/v1/roles?limit=50")).body["listmeta"].clone();
    let (repeated, miscounted) = (listmeta(), listmeta());
    assert_eq!(miscounted["count"], 8);
    assert_ne!(repeated["continue"], miscounted["continue"]);
    fake.plant(Fault::RepeatedToken, On::any());
    let token = miscounted["continue"].as_str().unwrap();
    let again = client.send(&get(&format!("/v1/roles?limit=50&continue={}", escaped(token)))).body;
    assert_eq!(again["listmeta"]["continue"], token);
}

#[test]
fn another_writer_comes_just_before_a_request() {
    let (fake, project) = fake_with(Switches::default());
    fake.before(On::the("POST", KEYS), |tenant| {
        tenant.key("payments", "new", OPS);
    });
    let mut client = Client::of(&fake);
    client.send(&get(KEYS).of(&project));
    assert!(!is_there(&fake));
    assert_eq!(client.send(&new_key(&project)).status, 409);
}

#[test]
fn a_server_dies_after_so_many_answers_and_may_come_back() {
    for effect in [Effect::Before, Effect::After] {
        let (fake, project) = fake_with(Switches::default());
        fake.die_after(1, effect);
        fake.plant(Fault::Gateway(502, Effect::After), On::the("POST", KEYS));
        let mut client = Client::of(&fake);
        assert_eq!(client.send(&get(KEYS).of(&project)).status, 200);
        assert!(client.try_send(&new_key(&project)).is_err());
        assert_eq!(is_there(&fake), effect == Effect::After);
        assert!(client.try_send(&get(KEYS).of(&project)).is_err(), "it stays away");
        fake.revive();
        assert_eq!(client.send(&get(KEYS).of(&project)).status, 200);
    }
}

#[test]
fn the_documented_rates_are_kept_by_the_clock_of_the_test() {
    let (fake, project) = fake_with(Switches::default());
    let millis = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&millis);
    fake.limit_rate(Box::new(move || Duration::from_millis(clock.load(Ordering::SeqCst))));
    let mut client = Client::of(&fake);
    let mut taken = |asks: &[Ask]| {
        let mut asks = asks.iter().cycle();
        (0..1000).take_while(|_| client.send(asks.next().unwrap()).status != 429).count()
    };
    let (info, keys) = (get("/v1/users/info"), get(KEYS).of(&project));
    assert_eq!(taken(&[info.clone(), keys.clone()]), 50, "users and keys share a rate");
    assert_eq!(taken(&[get("/v1/roles?limit=50")]), 50, "roles have their own");
    let config = fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").config_uid.clone());
    assert_eq!(taken(&[get(&format!("/v1/cloudconfigs/vsphere/{config}")).of(&project)]), 250);
    let cluster = fake.tenant(|tenant| tenant.cluster_named("payments", "prod-eu").metadata.uid.clone());
    assert_eq!(taken(&[get(&format!("/v1/spectroclusters/{cluster}/repave/status")).of(&project)]), 250);
    for (passed, more) in [(99, 0), (1, 1), (1000, 10), (60_000, 50)] {
        millis.fetch_add(passed, Ordering::SeqCst);
        assert_eq!(taken(&[info.clone(), keys.clone()]), more, "after {passed} ms");
    }
}
