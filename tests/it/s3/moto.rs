//! moto, which is S3 as others have understood it. `KEYPLAN_TEST_MOTO` names a Python that has it.

use std::net::SocketAddr;
use std::process::Command;

use super::fake::{ACCESS_KEY, SECRET_KEY};
use crate::object_scene::Scene;
use crate::served::{Served, asks, named};

/// It answers one request after the other: between its look whether an object is there and its writing, a second thread
/// could do the same. `moto_server` has threads.
const PROGRAM: &str = "
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
run_simple('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=False)
";

#[test]
fn a_state_is_kept_in_it_and_of_twenty_writers_one_wins() {
    let Some(python) = named("KEYPLAN_TEST_MOTO") else { return };
    let mut command = Command::new(python);
    command.args(["-I", "-c", PROGRAM]);
    let address = |line: &str| line.split_once("Running on http://")?.1.trim().parse().ok();
    let (_served, address): (_, SocketAddr) = Served::start(command, address);

    let place = format!("s3://acme-access/keyplan?endpoint=http://{address}&path_style=true");
    let key = [("AWS_ACCESS_KEY_ID", ACCESS_KEY.into()), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.into())];
    let scene = Scene::new(place, key.into());
    assert!(scene.ends(&["plan", "."], 1).contains("there is no bucket `acme-access`"));
    // It takes requests that are not signed.
    asks(address, "PUT /acme-access", "");
    scene.twenty_writers();
}
