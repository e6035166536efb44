//! moto, which is S3 as others have understood it: `pip install 'moto[s3,server]'`, found on the `PATH` or named by
//! `KEYPLAN_TEST_MOTO`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use super::fake::{ACCESS_KEY, SECRET_KEY};
use crate::object_scene::Scene;
use crate::served::{Says, Served};
use crate::support::skipped_without;

struct Moto {
    _served: Served,
    port: u16,
}

impl Moto {
    fn start() -> Option<Self> {
        let program = std::env::var("KEYPLAN_TEST_MOTO").unwrap_or_else(|_| "moto_server".into());
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]);
        let port = |line: &str| {
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
        };
        let (served, port) = Served::start(&mut command, Says::Err, port)?;
        Some(Self { _served: served, port })
    }

    /// Makes a bucket. moto takes requests that are not signed.
    fn create_bucket(&self, name: &str) {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!(
            "PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn a_state_is_kept_in_it_and_of_twenty_writers_one_wins() {
    let Some(moto) = Moto::start() else { return skipped_without("moto") };
    let place = format!("s3://acme-access/keyplan?endpoint=http://127.0.0.1:{}&path_style=true", moto.port);
    let key = [("AWS_ACCESS_KEY_ID", ACCESS_KEY.into()), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.into())];
    let scene = Scene::new(place, key.into());
    assert!(scene.ends(&["plan", "."], 1).contains("there is no bucket `acme-access`"));
    moto.create_bucket("acme-access");
    scene.twenty_writers();
}
