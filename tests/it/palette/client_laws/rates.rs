//! The client stays within the documented rates, so that no request is refused.

use std::sync::Arc;
use std::time::Duration;

use keyplan::http::Clock;
use keyplan::targets::palette::client::Scope;
use keyplan::targets::palette::wire::{CloudConfig, Key, User};

use super::super::example::{OPS, payments};
use super::super::fake::Fake;
use super::KEYS;
use super::caller::{Caller, project};

#[test]
fn no_request_is_refused_and_none_waits_longer_than_it_has_to() {
    let fake = Fake::start();
    let config = fake.tenant(|tenant| {
        payments(tenant);
        tenant.cluster("payments", "m", "maas", &[OPS]).config_uid.clone()
    });
    let scope = project(&fake, "payments");
    let caller = Caller::of(&fake);
    let clock = Arc::clone(&caller.clock);
    fake.limit_rate(Box::new(move || clock.monotonic()));
    for _ in 0..60 {
        // Users and keys share a rate.
        caller.session().all::<Key>(&scope, &KEYS).unwrap();
        caller.session().all::<User>(&Scope::Tenant, &["v1", "users", "meta"]).unwrap();
    }
    let slow = caller.clock.monotonic();
    for _ in 0..340 {
        caller.session().get::<CloudConfig>(&scope, &["v1", "cloudconfigs", "maas", &config]).unwrap();
    }
    let fast = caller.clock.monotonic().saturating_sub(slow);
    assert!(fake.exchanges().iter().all(|exchange| exchange.answer.is_some()));
    // 70 and 90 behind what may come at once: 9 and 45 a second.
    let rounded = |time: Duration| time.as_millis();
    assert_eq!((rounded(slow), rounded(fast)), (7777, 2000));
}
