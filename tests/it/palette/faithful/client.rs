//! A client that sends what it is told to, right or wrong, over one connection.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::super::fake::{API_KEY, Fake};

/// A request to be sent.
#[derive(Clone)]
pub(super) struct Ask {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

pub(super) fn get(target: &str) -> Ask {
    ask("GET", target)
}

pub(super) fn put(target: &str, body: &Value) -> Ask {
    ask("PUT", target).body(body)
}

pub(super) fn post(target: &str, body: &Value) -> Ask {
    ask("POST", target).body(body)
}

pub(super) fn delete(target: &str) -> Ask {
    ask("DELETE", target)
}

pub(super) fn ask(method: &'static str, target: &str) -> Ask {
    let headers = vec![("ApiKey", API_KEY.into()), ("Accept", "application/json".into())];
    Ask { method, target: target.into(), headers, body: None }
}

impl Ask {
    /// In the scope of a project.
    pub(super) fn of(self, project: &str) -> Self {
        self.with("ProjectUid", project)
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(one, _)| *one != name);
        self
    }

    fn body(self, body: &Value) -> Self {
        self.with("Content-Type", "application/json").text(&body.to_string())
    }

    pub(super) fn text(self, body: &str) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.target), "Host: fake".into()];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let body = self.body.as_deref().unwrap_or_default();
        lines.push(format!("Content-Length: {}", body.len()));
        (lines.join("\r\n") + "\r\n\r\n" + body).into_bytes()
    }
}

/// A token as it stands in a query.
pub(super) fn escaped(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// As it came.
    pub(super) text: String,
    /// Null where it is not JSON.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(super) fn uid(&self) -> String {
        self.body["uid"].as_str().expect("it was created").into()
    }
}

pub(super) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    /// How often it had to connect.
    pub(super) connected: usize,
}

impl Client {
    pub(super) fn of(fake: &Fake) -> Self {
        Self { address: fake.address(), connection: None, connected: 0 }
    }

    pub(super) fn send(&mut self, ask: &Ask) -> Reply {
        self.try_send(ask).expect("there is an answer")
    }

    /// Fails where there is no answer, or only a part of one.
    pub(super) fn try_send(&mut self, ask: &Ask) -> io::Result<Reply> {
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            self.connected += 1;
            BufReader::new(TcpStream::connect(self.address)?)
        };
        connection.get_mut().set_nodelay(true)?;
        connection.get_mut().write_all(&ask.bytes())?;
        let reply = read(&mut connection)?;
        self.connection = Some(connection);
        Ok(reply)
    }
}

fn read(input: &mut impl BufRead) -> io::Result<Reply> {
    let mut lines =
        input.by_ref().lines().take_while(|line| line.as_ref().map_or(true, |line| !line.is_empty()));
    let start = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    let status = start.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    let mut headers = Vec::new();
    for line in lines {
        headers.extend(line?.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    let mut reply = Reply { status, headers, text: String::new(), body: Value::Null };
    let length = reply.header("Content-Length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    reply.text = String::from_utf8(body).expect("text");
    reply.body = serde_json::from_str(&reply.text).unwrap_or_default();
    Ok(reply)
}
