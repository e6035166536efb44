use serde_json::json;

use super::*;
use crate::cloud::testing::{FakeMachine, FakeNetwork};

const WELL_KNOWN: &str = "/home/ana/.config/gcloud/application_default_credentials.json";
const METADATA: &str = "GET http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write";
const TOKEN: &str = r#"{"access_token": "ya29.token", "expires_in": 3599}"#;
const OAUTH: &str = "POST https://oauth2.googleapis.com/token";
const STS: &str = "POST https://sts.googleapis.com/v1/token";
const IMPERSONATE: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/apply@acme.iam.gserviceaccount.com:generateAccessToken";

fn token(machine: FakeMachine, network: &FakeNetwork) -> Result<Secret, String> {
    let credentials = GoogleCredentials::new(Arc::new(machine), network.issuers());
    credentials.token().map_err(|error| error.to_string())
}

fn is(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

/// A machine whose variable names a file with this text.
fn named(file: &serde_json::Value) -> FakeMachine {
    FakeMachine::default().variable(VARIABLE, "/run/creds.json").file("/run/creds.json", &file.to_string())
}

fn user() -> serde_json::Value {
    json!({"type": "authorized_user", "client_id": "id", "client_secret": "TopSecret1", "refresh_token": "1//TopSecret2"})
}

fn federated(source: &serde_json::Value) -> serde_json::Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": source,
    })
}

#[test]
fn each_source_that_was_asked_says_why_it_gave_nothing() {
    let network = FakeNetwork::default();
    let machine = FakeMachine::default().program(
        "gcloud auth print-access-token",
        false,
        "",
        "ERROR: \u{1b}[31mYou do not currently have an active account selected.\nrun\n",
    );
    let error = token(machine, &network).unwrap_err();
    let expected = "there are no credentials: `GOOGLE_APPLICATION_CREDENTIALS`: it is not set; \
         the file of `gcloud auth application-default login`: it is not there; \
         the metadata server: `http://169.254.169.254` does not answer: connection refused";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.ends_with(
        "; `gcloud auth print-access-token`: it gives none: ERROR: [31mYou do not currently have an active account selected."
    ), "{error}");
    assert!(token(FakeMachine::default(), &network).unwrap_err().ends_with("it is not installed"));
}

#[test]
fn the_first_source_that_gives_a_token_counts() {
    let network = FakeNetwork::default().answer(OAUTH, 200, TOKEN).answer_with(
        METADATA,
        200,
        &[("metadata-flavor", "Google")],
        r#"{"access_token": "ya29.machine", "expires_in": 60}"#,
    );
    let machine = FakeMachine::default().program("gcloud auth print-access-token", true, "ya29.gcloud\n", "");
    assert_eq!(token(machine.clone(), &FakeNetwork::default()), Ok(is("ya29.gcloud")));
    let machine = machine.variable("GCE_METADATA_HOST", "127.0.0.1:1");
    assert_eq!(token(machine.clone(), &network), Ok(is("ya29.machine")));
    let machine = machine.file(WELL_KNOWN, &user().to_string());
    assert_eq!(token(machine.clone(), &network), Ok(is("ya29.token")));
    // A variable that is set is meant, and no other identity takes its place.
    let machine = machine.variable(VARIABLE, "/run/gone.json");
    let error = token(machine, &network).unwrap_err();
    assert!(error.starts_with(
        "there are no credentials: `GOOGLE_APPLICATION_CREDENTIALS`: its file cannot be read: "
    ));
    assert!(!error.contains(';'), "{error}");
}

#[test]
fn the_folder_of_gcloud_may_be_elsewhere() {
    let network = FakeNetwork::default().answer(OAUTH, 200, TOKEN);
    let path = "/cfg/application_default_credentials.json";
    let machine = FakeMachine::default().variable("CLOUDSDK_CONFIG", "/cfg").file(path, &user().to_string());
    assert_eq!(token(machine, &network), Ok(is("ya29.token")));
}

#[test]
fn a_refresh_token_is_sent_to_google_and_never_told() {
    let body =
        r#"{"error": "invalid_grant", "error_description": "1//TopSecret2 of TopSecret1 has expired"}"#;
    let network = FakeNetwork::default().answer(OAUTH, 400, body);
    let error = token(named(&user()), &network).unwrap_err();
    assert!(error.ends_with(
        "400: invalid_grant: [redacted] of [redacted] has expired; run `gcloud auth application-default login`"
    ), "{error}");
    let (_, body, _) = &network.seen()[0];
    assert_eq!(
        body,
        "grant_type=refresh_token&client_id=id&client_secret=TopSecret1&refresh_token=1%2F%2FTopSecret2"
    );
}

#[test]
fn the_token_of_a_ci_is_exchanged_and_a_service_account_impersonated() {
    let ci = "GET https://ci.example.com/oidc?audience=acme";
    let network = FakeNetwork::default()
        .answer(ci, 200, r#"{"value": "eyJ.subject"}"#)
        .answer(STS, 200, r#"{"access_token": "ya29.federated", "expires_in": 3599}"#)
        .answer(
            &format!("POST {IMPERSONATE}"),
            200,
            r#"{"accessToken": "ya29.apply", "expireTime": "2026-11-22T19:03:00Z"}"#,
        );
    let mut file = federated(&json!({
        "url": "https://ci.example.com/oidc?audience=acme",
        "headers": {"Authorization": "Bearer TopSecret1"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    }));
    assert_eq!(token(named(&file), &network), Ok(is("ya29.federated")));
    file["service_account_impersonation_url"] = IMPERSONATE.into();
    assert_eq!(token(named(&file), &network), Ok(is("ya29.apply")));

    let seen = network.seen();
    let [asked, direct, _, exchanged, impersonated] = &seen[..] else { panic!("{seen:?}") };
    assert!(asked.2.contains("Authorization: Bearer(Secret([redacted]))"), "{}", asked.2);
    assert!(direct.1.contains("scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write&"));
    assert!(
        exchanged.1.contains("&subject_token=eyJ.subject&") && exchanged.1.contains("auth%2Fcloud-platform")
    );
    assert_eq!(
        impersonated.1,
        r#"{"delegates":[],"lifetime":"3600s","scope":["https://www.googleapis.com/auth/devstorage.read_write"]}"#
    );
    assert!(impersonated.2.contains("Authorization: Bearer"), "{}", impersonated.2);
}

#[test]
fn the_token_of_a_ci_may_be_in_a_file() {
    let network = FakeNetwork::default().answer(STS, 200, TOKEN);
    let machine = named(&federated(&json!({"file": "/run/token"}))).file("/run/token", "eyJ.subject\n");
    assert_eq!(token(machine, &network), Ok(is("ya29.token")));
    let seen = network.seen();
    assert_eq!(
        seen[0].1,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &audience=%2F%2Fiam.googleapis.com%2Fprojects%2F1%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fci%2Fproviders%2Fci\
         &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write\
         &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
         &subject_token=eyJ.subject&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
    );
}

#[test]
fn a_person_may_act_as_a_service_account() {
    let network = FakeNetwork::default().answer(OAUTH, 200, TOKEN).answer(
        &format!("POST {IMPERSONATE}"),
        200,
        r#"{"accessToken": "ya29.apply"}"#,
    );
    let file = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": IMPERSONATE,
        "source_credentials": user(),
    });
    assert_eq!(token(named(&file), &network), Ok(is("ya29.apply")));
}

#[test]
fn no_file_sends_a_credential_to_anybody_else() {
    let text = json!({"file": "/run/token"});
    let mut elsewhere = Vec::new();
    for (field, value) in [
        ("token_url", "https://sts.example.com/v1/token"),
        ("token_url", "http://sts.googleapis.com/v1/token"),
        ("service_account_impersonation_url", "https://iamcredentials.googleapis.com.example.com/v1"),
    ] {
        let mut file = federated(&text);
        file[field] = value.into();
        elsewhere.push(file);
    }
    elsewhere.push(federated(&json!({"url": "http://ci.example.com/token"})));
    elsewhere.push(federated(
        &json!({"url": "https://ci.example.com/token", "headers": {"Host": "sts.googleapis.com"}}),
    ));
    elsewhere.push(federated(&json!({"executable": {"command": "/bin/sh"}})));
    elsewhere.push(federated(&json!({"environment_id": "aws1"})));
    elsewhere.push(federated(&json!({})));
    elsewhere.push(
        json!({"type": "impersonated_service_account", "service_account_impersonation_url": IMPERSONATE,
        "source_credentials": federated(&text)}),
    );
    elsewhere.push(json!({"type": "service_account", "private_key": ["TopSecret"]}));
    elsewhere.push(json!(["TopSecret"]));
    for file in elsewhere {
        let network = FakeNetwork::default();
        let machine = named(&file).file("/run/token", "eyJ.subject");
        let error = token(machine, &network).unwrap_err();
        assert!(network.seen().is_empty(), "{file}: {:?}", network.seen());
        assert!(!error.contains("TopSecret") && !error.contains("eyJ"), "{error}");
    }
}

#[test]
fn only_what_says_that_it_is_the_metadata_server_is_believed() {
    let machine = FakeMachine::default().variable("GCE_METADATA_HOST", "127.0.0.1:1");
    for (headers, status, why) in [
        (&[][..], 200, "what answers there is no metadata server of Google's"),
        (&[("metadata-flavor", "Google")], 404, "this machine has no service account"),
        (&[("metadata-flavor", "Google")], 200, "is a proxy in between?"),
    ] {
        let network = FakeNetwork::default().answer_with(METADATA, status, headers, "<html>");
        let error = token(machine.clone(), &network).unwrap_err();
        assert!(error.ends_with(why), "{error}");
        assert!(network.seen()[0].2.contains("Metadata-Flavor: Public(\"Google\")"));
    }
    let network = FakeNetwork::default();
    for host in ["example.com", "10.0.0.1", "127.0.0.1:1/x", "metadata.google.internal.example.com"] {
        let machine = FakeMachine::default().variable("GCE_METADATA_HOST", host);
        let error = token(machine, &network).unwrap_err();
        assert!(error.contains("`GCE_METADATA_HOST` names no metadata server"), "{error}");
    }
    assert!(network.seen().is_empty());
}
