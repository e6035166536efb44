//! A read goes on where some requests fail, and for as long as it is asked to wait.

use std::time::Duration;

use keyplan::http::Clock;
use keyplan::targets::palette::client::Listing;
use keyplan::targets::palette::wire::{Cluster, search_of_clusters};

use super::super::example::{OPS, payments};
use super::super::fake::{Effect, Fake, Fault, On, Switches};
use super::caller::{Caller, project};

#[test]
fn a_read_goes_on_through_faults() {
    for fault in [
        Fault::TooManyRequests { retry_after: None },
        Fault::Gateway(502, Effect::Before),
        Fault::Gateway(503, Effect::After),
        Fault::Gateway(504, Effect::Before),
        Fault::NoAnswer(Effect::Before),
        Fault::NoAnswer(Effect::After),
        Fault::HalfBody,
    ] {
        let fake = Fake::with(Switches { page: 2, ..Switches::default() });
        fake.tenant(|tenant| {
            payments(tenant);
            for name in ["a", "b", "c"] {
                tenant.cluster("payments", name, "maas", &[OPS]);
            }
        });
        let caller = Caller::of(&fake);
        let path = ["v1", "dashboard", "spectroclusters", "search"];
        fake.plant(fault.clone(), On::any().times(2));
        fake.plant(fault.clone(), On::any().after(1).times(2));
        let search = search_of_clusters();
        let scope = project(&fake, "payments");
        let listing = Listing { scope: &scope, path: &path, search: Some(&search) };
        let clusters: Vec<Cluster> = caller.session().list(&listing).unwrap();
        assert_eq!(clusters.len(), 4, "{fault:?}");
        assert!(fake.writes().is_empty());
    }
}

#[test]
fn a_server_that_asks_for_time_gets_it() {
    let fake = Fake::start();
    fake.plant(Fault::TooManyRequests { retry_after: Some(7) }, On::any());
    let caller = Caller::of(&fake);
    caller.session().preflight().unwrap();
    assert!(caller.clock.monotonic() >= Duration::from_secs(7));
    fake.plant(Fault::TooManyRequests { retry_after: None }, On::any().always());
    assert!(caller.session().preflight().unwrap_err().is_retryable());
    assert_eq!(fake.exchanges().len(), 2 + 5);
}
