//! One request after the other: who interferes, what the rules answer, what arrives, and what the contract says of it.

use serde_json::{Value, json};

use super::super::contract::{Contract, Exchange, Request, Side, Violation};
use super::decorate::{decorated, lost, undecorated};
use super::faults::{Effect, Fault, On, as_message, too_many_requests};
use super::http::Message;
use super::rate_limit::RateLimit;
use super::routes;
use super::switches::Switches;
use super::tenant::Tenant;

pub(super) type Hook = Box<dyn FnOnce(&mut Tenant) + Send>;
pub(super) type Watch = Box<dyn FnMut(&Tenant) + Send>;

pub(super) struct Exchanges {
    pub(super) tenant: Tenant,
    pub(super) switches: Switches,
    pub(super) faults: Vec<(On, Fault)>,
    /// What others do just before a request; each once.
    pub(super) hooks: Vec<(On, Hook)>,
    /// Looks at the tenant after each request that the rules have answered.
    pub(super) watch: Option<Watch>,
    pub(super) rate_limit: Option<RateLimit>,
    /// The server answers so many more, and then the effect of the next one.
    pub(super) dies_after: Option<(usize, Effect)>,
    pub(super) record: Vec<Exchange>,
    pub(super) violations: Vec<Violation>,
}

impl Exchanges {
    pub(super) fn new(tenant: Tenant, switches: Switches) -> Self {
        Self {
            tenant,
            switches,
            faults: vec![],
            hooks: vec![],
            watch: None,
            rate_limit: None,
            dies_after: None,
            record: vec![],
            violations: vec![],
        }
    }

    /// What is sent; the connection is closed where there is nothing.
    pub(super) fn answer(&mut self, sent: &Request) -> Option<Message> {
        let request = self.as_known(sent);
        let death = self.death();
        if death == Some(Effect::Before) {
            return None;
        }
        self.interfere(&request);
        if !self.is_within_rate(&request) {
            self.keep(Exchange { request, answer: None });
            return Some(too_many_requests(None));
        }
        let fault = self.faults.iter_mut().find_map(|(on, fault)| on.takes(&request).then(|| fault.clone()));
        if let Some(fault) = fault.as_ref().filter(|fault| fault.is_before()) {
            let message = fault.message(&request, None);
            self.keep(Exchange { request, answer: None });
            return message;
        }
        self.look_for_losses(sent);
        let mut answer = routes::answer(&mut self.tenant, &self.switches, &request);
        if let Some(watch) = &mut self.watch {
            watch(&self.tenant);
        }
        if let Some(Fault::Answered(wrong)) = &fault {
            answer = wrong.clone();
        }
        self.keep(Exchange { request: request.clone(), answer: Some(answer.clone()) });
        answer.body = answer.body.map(|body| decorated(&body, &self.switches));
        let message = Some(as_message(&answer)).filter(|_| death.is_none());
        match fault {
            Some(fault) if death.is_none() => fault.message(&request, message),
            _ => message,
        }
    }

    /// Is it this request at which the server dies, or is it dead?
    fn death(&mut self) -> Option<Effect> {
        let (left, effect) = self.dies_after?;
        let Some(fewer) = left.checked_sub(1) else {
            self.dies_after = Some((0, Effect::Before));
            return Some(effect);
        };
        self.dies_after = Some((fewer, effect));
        None
    }

    fn interfere(&mut self, request: &Request) {
        for (_, hook) in self.hooks.extract_if(.., |(on, _)| on.takes(request)) {
            hook(&mut self.tenant);
        }
    }

    fn is_within_rate(&mut self, request: &Request) -> bool {
        let part = request.segments().get(1).copied().unwrap_or_default().to_owned();
        self.rate_limit.as_mut().is_none_or(|limit| limit.allows(&part))
    }

    /// The request without what only this server's decoration has brought into it.
    fn as_known(&self, sent: &Request) -> Request {
        let Ok(mut body) = sent.json() else { return sent.clone() };
        undecorated(&mut body, &self.switches);
        Request { body: body.to_string().into_bytes(), ..sent.clone() }
    }

    /// A PUT that replaces the whole has to have all that was there.
    fn look_for_losses(&mut self, put: &Request) {
        let Some(read) = self.replaced_by(put) else { return };
        let Ok(sent) = put.json() else { return };
        for place in lost(&read, &sent, "") {
            let what = format!("drops {place}");
            self.violations.push(Violation { side: Side::Client, request: put.line(), what });
        }
    }

    /// What a PUT replaces, as the client has read it and in the form in which it is sent; nothing for one that is
    /// not of the whole.
    fn replaced_by(&self, put: &Request) -> Option<Value> {
        let path = put.path.as_str();
        let is_put = put.method == "PUT";
        let (path, part) = match put.segments()[..] {
            ["v1", "teams", _] | ["v1", "users", "assets", "sshkeys", _] => (path, ""),
            ["v1", "projects", _, "meta"] => (path.strip_suffix("/meta")?, "/metadata"),
            ["v1", "cloudconfigs", ..] => (path.strip_suffix("/clusterConfig")?, "/spec/clusterConfig"),
            _ => return None,
        };
        let get = Request { method: "GET".into(), path: path.into(), body: vec![], ..put.clone() };
        let answer = routes::answer(&mut self.tenant.clone(), &self.switches, &get);
        let body = answer.body.filter(|_| is_put && answer.status == 200)?;
        let read = decorated(body.pointer(part)?, &self.switches);
        Some(if part == "/spec/clusterConfig" { json!({"clusterConfig": read}) } else { read })
    }

    fn keep(&mut self, exchange: Exchange) {
        self.violations.extend(Contract::get().check(&exchange));
        self.record.push(exchange);
    }
}
