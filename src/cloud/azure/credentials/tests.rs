use crate::cloud::testing::{FakeMachine, FakeNetwork};
use crate::http::Secret;

use super::*;

const ENTRA: &str = "POST https://login.microsoftonline.com/acme/oauth2/v2.0/token";
const IMDS: &str = "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F";
const AZ: &str = "az account get-access-token --resource https://storage.azure.com/ --output json";
const TOKEN: &str = r#"{"access_token": "eyJ.entra", "expires_in": 3599}"#;

fn authorization(machine: FakeMachine, network: &FakeNetwork) -> Result<AzureAuthorization, String> {
    let credentials = AzureCredentials::new("acmeaccount", Arc::new(machine), network.issuers());
    credentials.authorization().map_err(|error| error.to_string())
}

#[track_caller]
fn gives(machine: FakeMachine, network: &FakeNetwork, expected: &str) {
    match authorization(machine, network).unwrap() {
        AzureAuthorization::Token(token) => assert_eq!(token, Secret::new(expected).unwrap()),
        other => panic!("{other:?}"),
    }
}

fn client() -> FakeMachine {
    FakeMachine::default().variable("AZURE_TENANT_ID", "acme").variable("AZURE_CLIENT_ID", "app")
}

#[test]
fn each_source_that_was_asked_says_why_it_gave_nothing() {
    let machine =
        FakeMachine::default().program(AZ, false, "", "ERROR: Please run 'az login' to setup account.");
    let error = authorization(machine, &FakeNetwork::default()).unwrap_err();
    let start = "there are no credentials: `AZURE_STORAGE_KEY`: it is not set; `AZURE_STORAGE_SAS_TOKEN`: it is not \
                 set; `AZURE_CLIENT_SECRET`: it is not set; `AZURE_FEDERATED_TOKEN_FILE`: it is not set; the managed \
                 identity: `http://169.254.169.254` does not answer: connection refused";
    let end =
        "; `az account get-access-token`: it gives none: ERROR: Please run 'az login' to setup account.";
    assert!(error.starts_with(start) && error.ends_with(end), "{error}");
}

#[test]
fn a_key_and_a_signature_are_for_the_account_that_is_named_beside_them() {
    let network = FakeNetwork::default();
    let key = FakeMachine::default().variable(KEY, "a2V5");
    let shared = FakeMachine::default().variable(SHARED, "sv=1&sig=TopSecret1");
    assert!(matches!(authorization(key.clone(), &network), Ok(AzureAuthorization::Key(_))));
    assert!(matches!(authorization(shared.clone(), &network), Ok(AzureAuthorization::Shared(_))));
    let same = key.clone().variable(ACCOUNT, "acmeaccount");
    assert!(matches!(authorization(same, &network), Ok(AzureAuthorization::Key(_))));
    for machine in [&key, &shared] {
        let error = authorization(machine.clone().variable(ACCOUNT, "other"), &network).unwrap_err();
        assert!(error.contains("it is for another account, which `AZURE_STORAGE_ACCOUNT` names"), "{error}");
    }
    let broken = authorization(shared.variable(KEY, "TopSecret1"), &network).unwrap_err();
    assert_eq!(broken, "there are no credentials: `AZURE_STORAGE_KEY`: it is not in base64");
}

#[test]
fn a_secret_is_exchanged_at_entra_and_never_told() {
    let machine = client().variable("AZURE_CLIENT_SECRET", "TopSecret1");
    let network = FakeNetwork::default().answer(ENTRA, 200, TOKEN);
    gives(machine.clone(), &network, "eyJ.entra");
    assert_eq!(
        network.seen()[0].1,
        "grant_type=client_credentials&scope=https%3A%2F%2Fstorage.azure.com%2F.default&client_id=app&client_secret=TopSecret1"
    );
    let refusal =
        r#"{"error": "invalid_client", "error_description": "AADSTS7000215: TopSecret1 is wrong.\r\nTrace"}"#;
    let error = authorization(machine, &FakeNetwork::default().answer(ENTRA, 401, refusal)).unwrap_err();
    assert!(
        error.ends_with("`AZURE_CLIENT_SECRET`: 401: invalid_client: AADSTS7000215: [redacted] is wrong."),
        "{error}"
    );
    let alone = FakeMachine::default().variable("AZURE_CLIENT_SECRET", "TopSecret1");
    let error = authorization(alone, &network).unwrap_err();
    assert!(error.ends_with("`AZURE_TENANT_ID` is not set beside `AZURE_CLIENT_SECRET`"), "{error}");
    let elsewhere = client().variable("AZURE_CLIENT_SECRET", "TopSecret1");
    let elsewhere = elsewhere.variable("AZURE_AUTHORITY_HOST", "https://login.example.com");
    let network = FakeNetwork::default();
    let error = authorization(elsewhere, &network).unwrap_err();
    assert!(
        error.ends_with("names a server that is not Microsoft's") && network.seen().is_empty(),
        "{error}"
    );
}

#[test]
fn a_workload_proves_itself_by_the_token_in_its_file() {
    let network = FakeNetwork::default().answer(ENTRA, 200, TOKEN);
    let machine = client().variable("AZURE_FEDERATED_TOKEN_FILE", "/run/token");
    gives(machine.clone().file("/run/token", "eyJ.workload\n"), &network, "eyJ.entra");
    let body = &network.seen()[0].1;
    assert!(body.ends_with("client-assertion-type%3Ajwt-bearer&client_assertion=eyJ.workload"), "{body}");
    let error = authorization(machine, &network).unwrap_err();
    assert!(error.contains("`AZURE_FEDERATED_TOKEN_FILE`: its file cannot be read: "), "{error}");
}

#[test]
fn a_managed_identity_is_asked_at_its_endpoint_or_the_metadata_server() {
    let token = r#"{"access_token": "eyJ.managed", "expires_in": "86399"}"#;
    gives(FakeMachine::default(), &FakeNetwork::default().answer(IMDS, 200, token), "eyJ.managed");
    let network = FakeNetwork::default().answer(&format!("{IMDS}&client_id=app"), 200, token);
    gives(client(), &network, "eyJ.managed");
    assert!(network.seen()[0].2.contains("Metadata: Public(\"true\")"));

    let line = "GET http://127.0.0.1:42356/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F";
    let network = FakeNetwork::default().answer(line, 200, token);
    let machine = FakeMachine::default().variable("IDENTITY_ENDPOINT", "http://localhost:42356/msi/token");
    gives(machine.clone().variable("IDENTITY_HEADER", "TopSecret1"), &network, "eyJ.managed");
    assert!(network.seen()[0].2.contains("X-IDENTITY-HEADER: Secret"));
    let error = authorization(machine, &network).unwrap_err();
    assert!(error.ends_with("`IDENTITY_HEADER` is not set beside `IDENTITY_ENDPOINT`"), "{error}");
    let elsewhere = FakeMachine::default()
        .variable("IDENTITY_ENDPOINT", "http://example.com/msi/token")
        .variable("IDENTITY_HEADER", "TopSecret1");
    let network = FakeNetwork::default();
    assert!(authorization(elsewhere, &network).unwrap_err().contains("`IDENTITY_ENDPOINT` is no address"));
    assert!(network.seen().is_empty());
}

#[test]
fn who_is_logged_in_by_az_is_the_last_to_be_asked() {
    let printed = r#"{"accessToken": "eyJ.az-token", "expiresOn": "2026-11-22 20:03:00.000000", "expires_on": 1795374180}"#;
    let machine = FakeMachine::default().program(AZ, true, printed, "");
    assert_eq!(az::token(&machine).unwrap().lifetime.as_secs(), 3600);
    gives(machine, &FakeNetwork::default(), "eyJ.az-token");
    // A clock that is ahead, and a version that tells no such time: `az` gives none that ends at once.
    for printed in
        [r#"{"accessToken": "eyJ.az-token", "expires_on": 1795360000}"#, r#"{"accessToken": "eyJ.az-token"}"#]
    {
        let machine = FakeMachine::default().program(AZ, true, printed, "");
        assert_eq!(az::token(&machine).unwrap().lifetime.as_secs(), 300, "{printed}");
    }
}
