//! What Palette refuses is told as such, and is never taken for what is not there.

use keyplan::targets::TargetErrorKind;
use keyplan::targets::palette::client::{Listing, Scope};
use keyplan::targets::palette::wire::Team;

use super::super::example::payments;
use super::super::fake::{API_KEY, BadApiKey, Effect, Fake, Fault, On, REFERENCE, Switches, TENANT};
use super::caller::Caller;

const NOBODY: &str = "0123456789abcdef01234567";

#[test]
fn an_api_key_is_of_the_tenant_that_is_named() {
    let fake = Fake::start();
    let tenant = fake.tenant(|tenant| tenant.uid.clone());
    assert!(Caller::with(&fake, API_KEY, &tenant).session().preflight().is_ok());
    fake.tenant(|tenant| tenant.name = "Acme".into());
    let error = Caller::of(&fake).session().preflight().unwrap_err();
    assert_eq!(error.kind, TargetErrorKind::Denied);
    assert!(error.why.contains("`Acme`") && error.why.contains("`acme`"), "{error}");
}

#[test]
fn a_bad_api_key_is_told_and_not_shown() {
    for bad_api_key in [BadApiKey::Unauthorized, BadApiKey::NotFound] {
        let fake = Fake::with(Switches { bad_api_key, ..Switches::default() });
        fake.tenant(payments);
        let caller = Caller::with(&fake, "a-key-that-was-revoked", TENANT);
        let listing = Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None };
        let errors = [
            caller.session().preflight().unwrap_err(),
            caller.session().object(&Scope::Tenant, &["v1", "teams", NOBODY]).unwrap_err(),
            caller.session().list::<Team>(&listing).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, TargetErrorKind::Denied);
            assert!(!format!("{error:?}").contains("a-key-that-was-revoked"), "{error:?}");
        }
    }
}

#[test]
fn only_an_object_can_be_gone() {
    let fake = Fake::start();
    fake.tenant(payments);
    let caller = Caller::of(&fake);
    let path = ["v1", "teams", NOBODY];
    assert_eq!(caller.session().object(&Scope::Tenant, &path).unwrap(), None);
    let lines: Vec<_> = fake.exchanges().iter().map(|exchange| exchange.request.line()).collect();
    assert_eq!(lines, [format!("GET /v1/teams/{NOBODY}"), "GET /v1/users/info".into()]);

    let gone = || Fault::Refused { status: 404, code: "ResourceNotFound", message: "not here".into() };
    fake.plant(gone(), On::the("GET", "/v1/users/info"));
    assert!(caller.session().object(&Scope::Tenant, &path).is_err(), "the key is not taken any more");
    fake.plant(gone(), On::the("GET", "/v1/teams"));
    let listing = Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None };
    assert!(caller.session().list::<Team>(&listing).is_err());
}

#[test]
fn a_redirect_is_not_followed() {
    let (fake, other) = (Fake::start(), Fake::start());
    fake.plant(Fault::Redirect(other.url() + "/v1/users/info"), On::any());
    assert!(Caller::of(&fake).session().preflight().is_err());
    assert!(other.exchanges().is_empty());
}

#[test]
fn an_error_is_told_with_its_reference_and_without_the_api_key() {
    let fake = Fake::start();
    let caller = Caller::of(&fake);
    for status in [400, 401, 403, 404, 409, 422, 500] {
        fake.plant(Fault::with_api_key(status), On::the("GET", "/v1/users/meta"));
        let error = caller.session().get::<Team>(&Scope::Tenant, &["v1", "users", "meta"]).unwrap_err();
        assert!(error.why.contains(REFERENCE) && error.why.contains("ResourceNotFound"), "{error}");
        assert!(!format!("{error:?}").contains(API_KEY), "{error:?}");
    }
}

#[test]
fn no_terminal_obeys_an_error() {
    let fake = Fake::start();
    let message = "\u{1b}[2J\r\u{202e}all is well".to_owned();
    fake.plant(Fault::Refused { status: 403, code: "OperationForbidden", message }, On::any());
    let error = Caller::of(&fake).session().preflight().unwrap_err();
    assert!(error.why.contains("all is well"));
    assert!(!error.why.contains(['\u{1b}', '\r', '\u{202e}']), "{error:?}");
}

#[test]
fn the_page_of_a_gateway_is_no_answer() {
    let fake = Fake::start();
    fake.plant(Fault::Gateway(200, Effect::Before), On::any());
    let error = Caller::of(&fake).session().preflight().unwrap_err();
    assert!(error.why.contains("the server is away"), "{error}");
}
