//! Whom the HTTP client trusts: the authorities that it was given, for the names that their certificates have.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use keyplan::http::{
    Agent, AgentSettings, Method, Origin, Request, Response, Roots, Transport, TransportError, Url,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{Workspace, skipped};

/// Makes a certificate for a name, signed by itself, as `pem` and `key`. Whether that can be done here.
pub(crate) fn certificate(folder: &Utf8Path, name: &str, is_authority: bool) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj"])
        .args([&format!("/CN={name}"), "-addext"])
        .arg(format!("subjectAltName={name}"))
        .args([
            "-addext",
            if is_authority { "basicConstraints=CA:TRUE" } else { "basicConstraints=CA:FALSE" },
        ])
        .args(["-keyout", "key", "-out", "pem"])
        .current_dir(folder)
        .output();
    made.is_ok_and(|made| made.status.success())
}

/// What a server needs to prove itself with the certificate in a folder.
pub(crate) fn server_config(folder: &Utf8Path) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(folder.join("pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

/// A server with TLS for one connection.
fn serve(folder: &Utf8Path) -> Origin {
    let config = server_config(folder);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1) => request.push(byte[0]),
                _ => return,
            }
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    Origin::parse(&origin).unwrap()
}

fn ask(origin: Origin, roots: Roots) -> Result<Response, TransportError> {
    let connect_timeout = Duration::from_secs(20);
    let agent = Agent::new(AgentSettings { roots, proxy: None, connect_timeout, largest: 1000 });
    let url = Url::new(origin, &["v1"], &[]);
    let request = Request { method: Method::Get, url, headers: Vec::new(), body: None };
    agent.send(&request, connect_timeout)
}

#[test]
fn only_a_known_authority_and_the_right_name_are_trusted() {
    let workspace = Workspace::with(&[("right/x", b""), ("wrong/x", b""), ("authority/x", b"")]);
    let folders = ["right", "wrong", "authority"].map(|name| workspace.root.join(name));
    let [right, wrong, authority] = &folders;
    let is_made = certificate(right, "IP:127.0.0.1", false)
        && certificate(wrong, "DNS:example.com", false)
        && certificate(authority, "IP:127.0.0.1", true);
    if !is_made {
        skipped("openssl makes no certificate here");
        return;
    }
    let roots =
        |folder: &Utf8Path| Roots::system().and_pem(&std::fs::read(folder.join("pem")).unwrap()).unwrap();
    assert_eq!(ask(serve(right), roots(right)).unwrap().status, 204);

    let refused = |origin, roots| match ask(origin, roots).unwrap_err() {
        TransportError::Refused(words) => words,
        error => panic!("{error:?}"),
    };
    let not_trusted = "the server's certificate is not trusted";
    let unknown = format!("{not_trusted}: nobody who is trusted has issued it");
    assert_eq!(refused(serve(right), Roots::system()), unknown);
    assert_eq!(refused(serve(right), roots(wrong)), unknown);
    let name = refused(serve(wrong), roots(wrong));
    assert!(name.starts_with(&format!("{not_trusted}: certificate not valid for name")), "{name}");
    let used_twice = format!("{not_trusted}: it is that of an authority, and not of a server");
    assert_eq!(refused(serve(authority), roots(authority)), used_twice);
}
