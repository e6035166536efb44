//! The agent against servers on loopback that do what servers should not.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::*;
use crate::http::{Header, HeaderValue, Method, Origin, Secret, Url};

const LONG: Duration = Duration::from_secs(20);

/// What a server does with one connection after a request was read.
#[derive(Clone, Copy)]
enum Reply {
    /// It writes this and goes on with the next reply on the same connection.
    Stay(&'static str),
    /// It writes this and closes.
    Close(&'static str),
    /// It writes this and nothing more, for as long as the client waits.
    Stall(&'static str),
}

/// A server that answers requests so, one connection at a time, and tells what it has read.
fn serve(replies: &[Reply]) -> (Origin, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (heard, requests) = channel();
    let mut replies: VecDeque<_> = replies.iter().copied().collect();
    thread::spawn(move || {
        while !replies.is_empty() {
            let (mut stream, _) = listener.accept().unwrap();
            while let Some(request) = read(&stream) {
                heard.send(request).unwrap();
                let reply = replies.pop_front().unwrap_or(Reply::Close(""));
                let (Reply::Stay(text) | Reply::Close(text) | Reply::Stall(text)) = reply;
                stream.write_all(text.as_bytes()).unwrap();
                match reply {
                    Reply::Stay(_) => {}
                    Reply::Close(_) => break,
                    Reply::Stall(_) => {
                        let _ = stream.read(&mut [0]);
                        break;
                    }
                }
            }
        }
    });
    (origin, requests)
}

/// A request with its body; nothing when the connection ended.
fn read(stream: &TcpStream) -> Option<String> {
    let (mut reader, mut text) = (BufReader::new(stream), String::new());
    while !text.ends_with("\r\n\r\n") {
        if reader.read_line(&mut text).ok()? == 0 {
            return None;
        }
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).unwrap())
}

fn agent() -> Agent {
    let (roots, proxy) = (Roots::default(), Proxy::from_variables(|_| Some("127.0.0.1:9".into())).unwrap());
    Agent::new(AgentSettings { roots, proxy, connect_timeout: LONG, largest: 1000 })
}

fn request(origin: Origin, method: Method, body: Option<&str>) -> Request {
    let key = HeaderValue::Secret(Secret::new("TopSecret1").unwrap());
    let accept = HeaderValue::Public("application/json".into());
    let headers = [("ApiKey", key), ("Accept", accept)];
    let headers = headers.map(|(name, value)| Header { name, value }).into();
    let url = Url::new(origin, &["v1", "teams"], &[("limit", "50")]);
    Request { method, url, headers, body: body.map(|body| body.as_bytes().to_vec()) }
}

fn send(reply: Reply, method: Method, body: Option<&str>) -> Result<Response, TransportError> {
    agent().send(&request(serve(&[reply]).0, method, body), LONG)
}

#[test]
fn a_request_is_sent_as_it_is_and_connections_are_kept() {
    let ok = "HTTP/1.1 200 OK\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\n{}";
    let (origin, requests) = serve(&[Reply::Stay(ok), Reply::Stay(ok)]);
    let agent = agent();
    let sent = agent.send(&request(origin.clone(), Method::Post, Some("{\"a\":1}")), LONG).unwrap();
    assert_eq!((sent.status, sent.header("x-two"), &*sent.body), (200, Some("2"), b"{}".as_slice()));
    agent.send(&request(origin, Method::Get, None), LONG).unwrap();

    let heard = requests.recv().unwrap();
    let (above, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(above.starts_with("POST /v1/teams?limit=50 HTTP/1.1\r\n"), "{above}");
    for line in ["apikey: TopSecret1", "accept: application/json", "content-length: 7"] {
        assert!(above.lines().any(|other| other == line), "{line} is not in {above}");
    }
    assert!(above.contains(&format!("user-agent: {USER_AGENT}")) && !above.contains("encoding"), "{above}");
    assert_eq!(body, "{\"a\":1}");
    assert!(requests.recv().unwrap().starts_with("GET /v1/teams?limit=50 HTTP/1.1\r\n"));
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_token_and_a_signature_are_sent_and_not_in_what_comes_back() {
    let echo = "HTTP/1.1 403 No\r\nX-Sent: Bearer TopSecret2\r\nContent-Length: 29\r\n\r\nTopSecret2 is not Top%2BSig==";
    let (origin, requests) = serve(&[Reply::Close(echo)]);
    let secret = |text| Secret::new(text).unwrap();
    let mut request = request(origin, Method::Get, None);
    request.url = request.url.signed("sig", secret("Top+Sig=="));
    request.headers =
        vec![Header { name: "Authorization", value: HeaderValue::Bearer(secret("TopSecret2")) }];
    let answer = agent().send(&request, LONG).unwrap().redacted(&request);
    assert_eq!(answer.header("x-sent"), Some("Bearer [redacted]"));
    assert_eq!(answer.body, b"[redacted] is not [redacted]");
    let heard = requests.recv().unwrap();
    assert!(heard.starts_with("GET /v1/teams?limit=50&sig=Top%2BSig%3D%3D HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("authorization: Bearer TopSecret2\r\n"), "{heard}");
}

#[test]
fn a_redirect_is_an_answer_and_no_second_host_is_asked() {
    let (elsewhere, requests) = serve(&[Reply::Close("")]);
    for status in [301, 302, 303, 307, 308] {
        let redirect =
            format!("HTTP/1.1 {status} x\r\nLocation: {elsewhere}/steal\r\nContent-Length: 0\r\n\r\n");
        let redirect = Reply::Close(redirect.leak());
        for (method, body) in [(Method::Get, None), (Method::Post, Some("{}")), (Method::Delete, None)] {
            assert_eq!(send(redirect, method, body).unwrap().status, status);
        }
    }
    assert!(requests.try_recv().is_err(), "the key reached another host");
}

#[test]
fn an_error_is_an_answer() {
    for status in [400, 401, 404, 429, 500, 503] {
        let text = format!("HTTP/1.1 {status} x\r\nContent-Length: 1\r\n\r\nx");
        assert_eq!(send(Reply::Close(text.leak()), Method::Get, None).unwrap().status, status);
    }
}

#[test]
fn an_answer_that_does_not_come_whole_is_lost() {
    for reply in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ] {
        for (method, body) in [(Method::Put, Some("{}")), (Method::Delete, None)] {
            let error = send(Reply::Close(reply), method, body).unwrap_err();
            assert!(matches!(error, TransportError::Lost(_)), "{reply}: {error:?}");
        }
    }
}

#[test]
fn a_server_that_stalls_is_waited_for_no_longer_than_the_time_in_all() {
    let soon = Duration::from_millis(80);
    for reply in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"] {
        let (origin, _requests) = serve(&[Reply::Stall(reply)]);
        let error = agent().send(&request(origin, Method::Post, Some("{}")), soon).unwrap_err();
        assert_eq!(error, TransportError::Lost("it took too long".into()), "{reply}");
    }
}

#[test]
fn an_answer_may_have_the_largest_size_and_no_more() {
    let text = |size: usize| {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{}", "x".repeat(size));
        Reply::Close(text.leak())
    };
    assert_eq!(send(text(1000), Method::Get, None).unwrap().body.len(), 1000);
    assert_eq!(send(text(1001), Method::Get, None), Err(TransportError::TooLarge(1000)));
    let head = format!("HTTP/1.1 200 OK\r\nX-Long: {}", "x".repeat(1 << 20));
    let error = send(Reply::Close(head.leak()), Method::Post, Some("{}")).unwrap_err();
    assert!(matches!(error, TransportError::Lost(_)), "{error:?}");
}

#[test]
fn what_no_server_has_got_was_not_sent() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let origin = Origin::parse(&format!("http://{gone}")).unwrap();
    for (method, body) in [(Method::Post, Some("{}")), (Method::Delete, None)] {
        let error = agent().send(&request(origin.clone(), method, body), LONG).unwrap_err();
        assert!(matches!(&error, TransportError::NotSent(why) if why.contains("refused")), "{error:?}");
    }
    // The proxy is not there, and is used for all that is not this machine.
    let elsewhere = Origin::parse("https://keyplan.invalid").unwrap();
    let error = agent().send(&request(elsewhere, Method::Post, Some("{}")), LONG).unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
    // What speaks no TLS gets no request.
    let (plain, requests) = serve(&[Reply::Close("HTTP/1.1 200 OK\r\n\r\n")]);
    let tls = Origin::parse(&plain.to_string().replace("http:", "https:")).unwrap();
    let error =
        agent().send(&request(tls, Method::Post, Some("{}")), Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_header_that_would_be_two_is_not_sent_and_not_shown() {
    let (origin, requests) = serve(&[Reply::Close("")]);
    let mut request = request(origin, Method::Get, None);
    let value = HeaderValue::Public("hidden\r\nProjectUid: x".into());
    request.headers.push(Header { name: "ProjectUid", value });
    let error = agent().send(&request, LONG).unwrap_err();
    assert_eq!(error, TransportError::Refused("a header cannot be sent".into()));
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_certificate_that_is_out_of_time_may_mean_that_the_clock_is() {
    for (why, words) in [
        (CertificateError::Expired, "its time is over, or the clock of this machine is ahead"),
        (CertificateError::NotValidYet, "its time has not begun, or the clock of this machine is behind"),
        (CertificateError::UnknownIssuer, "nobody who is trusted has issued it"),
    ] {
        let error = ureq::Error::Rustls(rustls::Error::InvalidCertificate(why));
        assert_eq!(untrusted(&error).as_deref(), Some(words));
    }
}
