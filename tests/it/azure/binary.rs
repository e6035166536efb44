//! The binary, with a state in the fake.

use jiff::{SignedDuration, Timestamp};

use super::fake::{ACCOUNT, CONTAINER, Container, KEY};
use crate::object_fakes::PREFIX;
use crate::object_scene::{APPLY, Faked};
use crate::s3::fake::Fault;

const PLAN: [&str; 2] = ["plan", "."];

fn faked() -> Faked<Container> {
    Faked::new(format!("az://{ACCOUNT}/{CONTAINER}/{PREFIX}"), |url| {
        vec![("AZURE_STORAGE_BLOB_ENDPOINT", format!("{url}/{ACCOUNT}")), ("AZURE_STORAGE_KEY", KEY.into())]
    })
}

#[test]
fn what_is_planned_is_applied_and_then_nothing_is_left_to_do() {
    let faked = faked();
    assert!(faked.scene.ends(&PLAN, 0).contains("+ project/one"));
    faked.scene.ends(&APPLY, 0);
    let told = faked.scene.ends(&PLAN, 0);
    assert!(told.contains("No changes") && !told.contains(KEY), "{told}");
    assert!(faked.scene.ends(&["state", "verify"], 0).contains("az://acmeaccount/access/keyplan"));
    let heard = faked.server.bucket().heard.clone();
    assert!(heard.iter().all(|line| line.contains(" /acmeaccount/access")), "{heard:?}");
}

#[test]
fn what_the_store_refuses_is_one_clear_error_and_never_an_empty_state() {
    let faked = faked();
    faked.scene.ends(&APPLY, 0);
    for (status, code, help) in [
        (403, "AuthorizationPermissionMismatch", "the role Storage Blob Data Reader"),
        (403, "AuthenticationFailed", "that the clock of this machine is right"),
        (403, "AuthorizationFailure", "the network rules of the account"),
        (403, "KeyBasedAuthenticationNotPermitted", "the account takes no keys"),
        (401, "ExpiredToken", "sign in again"),
        (404, "ResourceNotFound", "whether the place of the state is right"),
    ] {
        faked.refused(Fault::Refused(status, code), (&format!("the store answers {status} "), help));
    }
    for (code, words, help) in [
        ("RequestTimeTooSkewed", "differ by more than 15 minutes", "set the clock of this machine right"),
        ("SignatureExpired", "does not hold at this time: Signature not valid", "put a new one into"),
        ("TokenExpired", "the token has expired", "sign in again, as with `az login`"),
    ] {
        faked.refused(Fault::Refused(403, code), (words, help));
    }
    faked.refuses_web_pages();
    let other = format!("az://{ACCOUNT}/acces/{PREFIX}");
    let expected =
        ("there is no container `acces` in the account `acmeaccount`", "check its name in the place");
    faked.scene.is_refused(&PLAN, &other, &[], expected);
    assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
}

#[test]
fn who_may_read_and_not_write_is_told_so_and_nothing_is_recorded() {
    faked().may_read_alone("AuthorizationPermissionMismatch", "Storage Blob Data Contributor");
}

#[test]
fn what_is_wrong_with_the_key_or_the_endpoint_is_told_without_the_key() {
    let faked = faked();
    let refused = |variables: &[(&str, &str)], expected| {
        faked.scene.is_refused(&PLAN, &faked.scene.place, variables, expected);
    };
    let sign_in = "sign in with `az login`";
    refused(&[("AZURE_STORAGE_KEY", "no base64")], ("`AZURE_STORAGE_KEY`: it is not in base64", sign_in));
    // What is set up and fails is the end: no metadata server is asked here.
    let variables = [("AZURE_STORAGE_ACCOUNT", "other"), ("AZURE_CLIENT_SECRET", "TopSecret")];
    refused(&variables, ("`AZURE_STORAGE_KEY`: it is for another account", sign_in));
    let variables = [("AZURE_STORAGE_KEY", ""), ("AZURE_CLIENT_SECRET", "TopSecret")];
    refused(&variables, ("`AZURE_TENANT_ID` is not set beside `AZURE_CLIENT_SECRET`", sign_in));
    let variables = [("AZURE_STORAGE_BLOB_ENDPOINT", "http://azure.example.com")];
    let expected = ("`AZURE_STORAGE_BLOB_ENDPOINT` names no server: only `https://` is taken", "or unset it");
    refused(&variables, expected);
    assert!(faked.server.bucket().heard.is_empty());
    let expected = (
        "the store answers 403 AuthenticationFailed",
        "see that the key or the signature is of this account",
    );
    refused(&[("AZURE_STORAGE_KEY", "d3Jvbmcta2V5")], expected);
}

#[test]
fn a_clock_that_is_twenty_minutes_off_is_overcome() {
    for minutes in [20, -20] {
        let faked = faked();
        faked.server.bucket().now = Box::new(move || Timestamp::now() + SignedDuration::from_mins(minutes));
        faked.scene.ends(&APPLY, 0);
        assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
        assert!(faked.scene.ends(&["state", "verify"], 0).contains("1 revision"));
    }
}
