//! Whatever happens to a change on its way, what is said of it is true, and nothing is created twice.

use keyplan::targets::TargetError;
use keyplan::targets::palette::client::{Created, Scope, Written};
use serde_json::{Value, json};

use super::super::example::{ON_CALL, OPS, payments};
use super::super::fake::{API_KEY, Effect, Fake, Fault, On};
use super::KEYS;
use super::caller::{Caller, project};

/// What may happen to a change, and how often.
fn faults() -> Vec<(Fault, usize)> {
    let mut faults = vec![(Fault::HalfBody, 1), (Fault::HalfBody, 9), (Fault::forbidden(), 1)];
    for times in [1, 4, 9] {
        faults.push((Fault::TooManyRequests { retry_after: Some(2) }, times));
        for effect in [Effect::Before, Effect::After] {
            faults.push((Fault::NoAnswer(effect), times));
            faults.extend([502, 503, 504].map(|status| (Fault::Gateway(status, effect), times)));
        }
    }
    faults.extend([400, 401, 404, 409, 422, 500].map(|status| (Fault::with_api_key(status), 1)));
    faults.push((Fault::Gateway(500, Effect::Before), 1));
    faults.push((Fault::Redirect("http://127.0.0.1:9/".into()), 1));
    faults
}

/// A fake with `payments`, on which a change of its keys meets a fault.
struct Trial {
    fake: Fake,
    caller: Caller,
    scope: Scope,
}

impl Trial {
    fn new(fault: Option<(Fault, usize)>, method: &'static str) -> Self {
        let fake = Fake::start();
        fake.tenant(payments);
        if let Some((fault, times)) = fault {
            fake.plant(fault, On::the(method, "/v1/users/assets/sshkeys").times(times));
        }
        Self { caller: Caller::of(&fake), scope: project(&fake, "payments"), fake }
    }

    fn create(&self) -> Result<Created, TargetError> {
        let body = json!({"metadata": {"name": "new"}, "spec": {"publicKey": OPS}});
        self.caller.session().create(&self.scope, &KEYS, &body)
    }

    fn uid_of(&self, name: &str) -> Option<String> {
        self.fake.tenant(|tenant| tenant.key_named("payments", name).map(|key| key.metadata.uid.clone()))
    }

    /// Reads the key `ops`, and puts it with another text.
    fn put(&self) -> Result<Written, TargetError> {
        let uid = self.uid_of("ops").unwrap();
        let path = ["v1", "users", "assets", "sshkeys", &uid];
        let mut key: Value = self.caller.session().object(&self.scope, &path).unwrap().unwrap();
        key["spec"]["publicKey"] = ON_CALL.into();
        self.caller.session().put(&self.scope, &path, &key)
    }

    fn delete(&self) -> Result<Written, TargetError> {
        let uid = self.uid_of("ops").unwrap();
        self.caller.session().delete(&self.scope, &["v1", "users", "assets", "sshkeys", &uid])
    }

    fn text(&self) -> Option<String> {
        self.fake.tenant(|tenant| tenant.key_named("payments", "ops").map(|key| key.text.clone()))
    }
}

fn has_no_api_key(outcome: &impl std::fmt::Debug) {
    assert!(!format!("{outcome:?}").contains(API_KEY), "{outcome:?}");
}

#[test]
fn what_is_created_is_there_once_or_it_is_told_that_it_is_not_known() {
    // A gateway that says yes.
    let yes = [200, 201].map(|status| (Fault::Gateway(status, Effect::Before), 1));
    for fault in faults().into_iter().chain(yes) {
        let what = format!("{fault:?}");
        let trial = Trial::new(Some(fault), "POST");
        let outcome = trial.create();
        has_no_api_key(&outcome);
        let there = trial.uid_of("new");
        match outcome {
            Ok(Created::Uid(uid)) => assert_eq!(there.as_deref(), Some(uid.as_str()), "{what}"),
            Ok(Created::Unknown(_)) => {}
            Err(error) => assert_eq!(there, None, "{what}: {error}"),
        }
        let created = trial.fake.exchanges().into_iter().filter(|exchange| {
            exchange.request.method == "POST"
                && exchange.answer.as_ref().is_some_and(|answer| answer.status != 409)
        });
        assert!(created.count() <= 1, "{what}");
    }
}

#[test]
fn what_is_put_is_as_it_is_told() {
    for fault in faults() {
        let what = format!("{fault:?}");
        let trial = Trial::new(Some(fault), "PUT");
        let outcome = trial.put();
        has_no_api_key(&outcome);
        match outcome {
            Ok(Written::Done) => assert_eq!(trial.text().as_deref(), Some(ON_CALL), "{what}"),
            Ok(Written::Gone) => assert!(what.contains("404"), "{what}"),
            Ok(Written::Unknown(_)) => {}
            Err(error) => assert_eq!(trial.text().as_deref(), Some(OPS), "{what}: {error}"),
        }
    }
}

#[test]
fn what_is_deleted_is_as_it_is_told() {
    for fault in faults() {
        let what = format!("{fault:?}");
        let trial = Trial::new(Some(fault), "DELETE");
        let outcome = trial.delete();
        has_no_api_key(&outcome);
        match outcome {
            Ok(Written::Done) => assert_eq!(trial.text(), None, "{what}"),
            Ok(Written::Gone) => assert!(what.contains("404"), "{what}"),
            Ok(Written::Unknown(_)) => {}
            Err(error) => assert_eq!(trial.text().as_deref(), Some(OPS), "{what}: {error}"),
        }
    }
}

#[test]
fn changes_are_made() {
    let trial = Trial::new(None, "");
    assert!(matches!(trial.create(), Ok(Created::Uid(_))));
    assert!(
        matches!(trial.create(), Ok(Created::Unknown(_))),
        "its name is taken: that is no proof of anything"
    );
    assert_eq!(trial.put(), Ok(Written::Done));
    assert_eq!(trial.text().as_deref(), Some(ON_CALL));
    assert_eq!(trial.delete(), Ok(Written::Done));
    assert_eq!(trial.text(), None);
}

#[test]
fn too_many_requests_are_waited_for() {
    let fault = || Some((Fault::TooManyRequests { retry_after: None }, 4));
    assert!(matches!(Trial::new(fault(), "POST").create(), Ok(Created::Uid(_))));
    assert_eq!(Trial::new(fault(), "PUT").put(), Ok(Written::Done));
    assert_eq!(Trial::new(fault(), "DELETE").delete(), Ok(Written::Done));
}
