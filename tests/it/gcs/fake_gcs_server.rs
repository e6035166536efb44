//! fake-gcs-server, which is Google Cloud Storage as others have understood it. `KEYPLAN_TEST_FAKE_GCS_SERVER` names the
//! program.

use std::process::Command;

use crate::object_scene::Scene;
use crate::served::{Served, asks, free_address, named};

#[test]
fn a_state_is_kept_in_it_and_of_twenty_writers_one_wins() {
    let Some(program) = named("KEYPLAN_TEST_FAKE_GCS_SERVER") else { return };
    let address = free_address();
    let mut command = Command::new(program);
    command.args(["-backend", "memory", "-scheme", "http"]);
    command.args(["-host", &address.ip().to_string(), "-port", &address.port().to_string()]);
    let (_served, ()) = Served::start(command, |line| line.contains("server started").then_some(()));

    let variables = vec![("STORAGE_EMULATOR_HOST", address.to_string())];
    let scene = Scene::new("gs://acme-access/keyplan".into(), variables);
    assert!(scene.ends(&["plan", "."], 1).contains("there is no bucket `acme-access`"));
    asks(address, "POST /storage/v1/b?project=p", r#"{"name": "acme-access"}"#);
    scene.twenty_writers();
}
