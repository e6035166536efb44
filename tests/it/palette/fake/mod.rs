//! A stateful fake of Palette's REST API, on a free port of this machine. It keeps the rules of the real one, and what
//! is not known of the real one is a switch. Each exchange is held against the contract: a test in which one side
//! broke it fails at its end.

mod answers;
mod call;
mod cloud_configs;
mod clusters;
mod decorate;
mod exchanges;
mod faults;
mod grants;
mod http;
mod keys;
mod projects;
mod rate_limit;
mod routes;
mod seed;
mod server;
mod switches;
mod teams;
mod tenant;
mod users;

use std::net::SocketAddr;
use std::thread;

pub(crate) use super::contract::{Answer, Exchange, Violation};
pub(crate) use answers::REFERENCE;
pub(crate) use decorate::UNKNOWN_FIELD;
use exchanges::Exchanges;
pub(crate) use faults::{Effect, Fault, On};
pub(crate) use rate_limit::Clock;
use rate_limit::RateLimit;
use server::Server;
pub(crate) use switches::*;
pub(crate) use tenant::{Repave, Tenant};
pub(crate) use users::ACTIVATION_LINK;

/// The one API key that is taken.
pub(crate) const API_KEY: &str = "c2VjcmV0LW9mLXRoZS1mYWtl";

/// The name of the tenant.
pub(crate) const TENANT: &str = "acme";

/// Whose API key it is.
pub(crate) const CALLER: &str = "ana@example.com";

pub(crate) struct Fake {
    server: Server,
}

impl Fake {
    /// An empty tenant: its caller, and the roles that are always there.
    pub(crate) fn start() -> Self {
        Self::with(Switches::default())
    }

    pub(crate) fn with(switches: Switches) -> Self {
        Self { server: Server::start(Exchanges::new(Tenant::new(TENANT, CALLER), switches)) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Fills the tenant, or looks at it.
    pub(crate) fn tenant<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        look(&mut self.server.exchanges().tenant)
    }

    /// Of the faults that fit a request, the first planted happens.
    pub(crate) fn plant(&self, fault: Fault, on: On) {
        self.server.exchanges().faults.push((on, fault));
    }

    /// From now on nothing goes wrong.
    pub(crate) fn heal(&self) {
        self.server.exchanges().faults.clear();
    }

    /// Another writer, just before a request.
    pub(crate) fn before(&self, on: On, writes: impl FnOnce(&mut Tenant) + Send + 'static) {
        self.server.exchanges().hooks.push((on, Box::new(writes)));
    }

    /// Looks at the tenant after each request from now on.
    pub(crate) fn watch(&self, look: impl FnMut(&Tenant) + Send + 'static) {
        self.server.exchanges().watch = Some(Box::new(look));
    }

    /// After so many more answers the server is gone; the next request still has its effect, or has none.
    pub(crate) fn die_after(&self, answers: usize, effect: Effect) {
        self.server.exchanges().dies_after = Some((answers, effect));
    }

    pub(crate) fn revive(&self) {
        self.server.exchanges().dies_after = None;
    }

    /// Keeps the documented rates from now on.
    pub(crate) fn limit_rate(&self, clock: Clock) {
        self.server.exchanges().rate_limit = Some(RateLimit::new(clock));
    }

    /// All that was asked, with what the rules answered.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.server.exchanges().record.clone()
    }

    /// Method and path of all requests that do more than ask.
    pub(crate) fn writes(&self) -> Vec<String> {
        let exchanges = self.exchanges().into_iter().map(|exchange| exchange.request);
        exchanges.filter(|request| !request.only_asks()).map(|request| request.line()).collect()
    }

    /// What the contract has found; it is no fault of the test any more.
    pub(crate) fn take_violations(&self) -> Vec<Violation> {
        std::mem::take(&mut self.server.exchanges().violations)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let is_sound = self.server.stop();
        if thread::panicking() {
            return;
        }
        assert!(is_sound, "a thread of the fake has failed");
        let violations: Vec<_> = self.take_violations().iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "the contract was broken:\n  {}", violations.join("\n  "));
    }
}
