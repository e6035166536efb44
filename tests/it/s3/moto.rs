//! moto, which is S3 as others have understood it: `pip install 'moto[s3,server]'`, found on the `PATH` or named by
//! `KEYPLAN_TEST_MOTO`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use super::fake::{ACCESS_KEY, SECRET_KEY};
use crate::support::{Workspace, command, skipped_without, stderr, stdout};

/// A server that is ended with the test.
struct Moto {
    child: Child,
    port: u16,
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    fn start() -> Option<Self> {
        let program = std::env::var("KEYPLAN_TEST_MOTO").unwrap_or_else(|_| "moto_server".into());
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "moto has ended:\n{said}");
            said.push_str(&line);
            let after = line.split_once("http://127.0.0.1:").map(|(_, rest)| rest);
            if let Some(port) = after.and_then(|rest| {
                rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
            }) {
                break port;
            }
        };
        // What it logs is read, so that it never waits.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Some(Self { child, port })
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

    fn command(&self, workspace: &Workspace, bucket: &str, args: &[&str]) -> Command {
        let place = format!("s3://{bucket}/keyplan?endpoint=http://127.0.0.1:{}&path_style=true", self.port);
        let mut command = command(&workspace.root);
        command.args(args).args(["--state", &place]).env("SSL_CERT_FILE", "/nonexistent");
        command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        command
    }

    #[track_caller]
    fn told(&self, workspace: &Workspace, bucket: &str, args: &[&str], code: i32) -> String {
        let output = self.command(workspace, bucket, args).output().unwrap();
        let told = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{told}");
        told
    }
}

fn project(description: &str) -> Vec<u8> {
    format!("apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: one, description: {description}}}\n")
        .into_bytes()
}

#[test]
fn a_state_is_kept_in_moto_and_of_twenty_writers_one_wins() {
    let Some(moto) = Moto::start() else { return skipped_without("moto") };
    let workspace = Workspace::with(&[("a/access.yaml", &project("a"))]);
    let told = moto.told(&workspace, "acme-access", &["plan", "a"], 1);
    assert!(told.contains("there is no bucket `acme-access`"), "{told}");
    moto.create_bucket("acme-access");
    moto.told(&workspace, "acme-access", &["apply", "--auto-approve", "a"], 0);
    let told = moto.told(&workspace, "acme-access", &["plan", "a"], 0);
    assert!(told.contains("No changes"), "{told}");

    // Each is planned on the same state.
    let plans: Vec<_> = (0..20).map(|number| format!("plan{number}")).collect();
    for (number, plan) in plans.iter().enumerate() {
        workspace.write("a/access.yaml", &project(&format!("b{number}")));
        moto.told(&workspace, "acme-access", &["plan", "--out", plan, "a"], 0);
    }
    let start = |plan: &String| {
        let mut command = moto.command(&workspace, "acme-access", &["apply", "--auto-approve", plan]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = plans.iter().map(start).collect();
    let codes: Vec<_> = children.into_iter().map(|mut child| child.wait().unwrap().code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    let told = moto.told(&workspace, "acme-access", &["state", "verify", "-w", "a"], 0);
    assert!(told.contains("2 revisions"), "{told}");
}
