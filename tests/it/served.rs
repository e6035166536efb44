//! Servers of others, each a process of its own.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::skipped_without;

/// How long a server may take until it is ready, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// A server that is ended with the test.
pub(crate) struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Served {
    /// Starts a server, and waits for the line in which `ready` finds something.
    #[track_caller]
    pub(crate) fn start<T: Send + 'static>(
        mut command: Command,
        ready: impl Fn(&str) -> Option<T> + Send + 'static,
    ) -> (Self, T) {
        let (said, says) = std::io::pipe().unwrap();
        command.stdin(Stdio::null()).stdout(says.try_clone().unwrap()).stderr(says);
        let child = command.spawn();
        let served =
            Self(child.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())));
        // With it go the ends of the pipe that are not the server's.
        drop(command);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(said);
            let mut heard = String::new();
            let found = loop {
                let start = heard.len();
                match lines.read_line(&mut heard) {
                    Ok(0) | Err(_) => break Err(heard),
                    Ok(_) => {}
                }
                if let Some(found) = ready(&heard[start..]) {
                    break Ok(found);
                }
            };
            // Nobody may be waiting any more. What it logs from now on is read, so that it never has to wait.
            let _ = tell.send(found);
            let _ = lines.read_to_end(&mut Vec::new());
        });
        match told.recv_timeout(PATIENCE).expect("it says in time that it is ready") {
            Ok(found) => (served, found),
            Err(heard) => panic!("it has ended:\n{heard}"),
        }
    }
}

/// What a variable of `.ci/servers` names. Where it is not set, the test is skipped.
pub(crate) fn named(variable: &str) -> Option<OsString> {
    let named = std::env::var_os(variable).filter(|named| !named.is_empty());
    if named.is_none() {
        skipped_without(&format!("`{variable}`"));
    }
    named
}

/// One that was free a moment ago, for a server that cannot say which it has found. Linux has many addresses of this
/// machine: at this one no other test takes the port meanwhile.
pub(crate) fn free_address() -> SocketAddr {
    let host = [127, 0, 0, if cfg!(target_os = "linux") { 2 } else { 1 }];
    TcpListener::bind(SocketAddr::from((host, 0))).unwrap().local_addr().unwrap()
}

/// Sends a request with a body in JSON, as none of the clients that are tested would.
#[track_caller]
pub(crate) fn asks(server: SocketAddr, method_and_path: &str, body: &str) {
    let mut connection = TcpStream::connect(server).unwrap();
    let request = format!(
        "{method_and_path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\nContent-Length: \
         {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert_eq!(answer.split(' ').nth(1), Some("200"), "{answer}");
}
