//! A fake of Azure Blob Storage: one container.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use keyplan::cloud::azure::AzureCredentials;
use keyplan::cloud::{Issuers, Machine, Printed};
use keyplan::http::{Agent, AgentSettings, Request, Roots, Sender};
use keyplan::model::{Prefix, StatePlace};
use keyplan::state::store::object::Dialect;
use keyplan::state::store::object::azure::Azure;

use super::signature::is_of_the_key;
use crate::object_fakes::{Faulty, PREFIX, Rules, behind_prefix, page_of};
use crate::s3::fake::{self, Heard, NetworkClock, ObjectMap, Said, decoded};

pub(super) const ACCOUNT: &str = "acmeaccount";
pub(super) const CONTAINER: &str = "access";
/// The one key that is taken, in base64.
pub(super) const KEY: &str = "a2V5LW9mLXRoZS1mYWtlLWF6dXJl";

pub(crate) struct Container(ObjectMap);

pub(crate) type InProcess = fake::InProcess<Faulty<Container>>;

impl Rules for Container {
    fn new(objects: ObjectMap) -> Self {
        Self(objects)
    }

    fn done(&self, heard: &Heard, now: Timestamp, page: usize) -> Said {
        let date = heard.header("x-ms-date").unwrap_or_default();
        if date.is_empty() || heard.header("x-ms-version").is_none() {
            return error(400, "MissingRequiredHeader");
        }
        if !is_of_the_key(heard) {
            return unauthentic(
                "The MAC signature found in the HTTP request is not the same as any computed one",
            );
        }
        let signed = rfc2822::parse(date).unwrap().timestamp();
        if now.duration_since(signed).abs() > MOST {
            return unauthentic(&format!("Request date header too old: '{date}'"));
        }
        let path = decoded(heard.path());
        // The name of the account stands in front where it is not in the host.
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix("acmeaccount/").unwrap_or(path);
        let (container, name) = path.split_once('/').unwrap_or((path, ""));
        if container != CONTAINER {
            return error(404, "ContainerNotFound");
        }
        match (&*heard.method, name) {
            ("GET", "") => self.list(heard, page),
            ("GET", name) => self.get(behind_prefix(name)),
            ("PUT", name) => self.create(behind_prefix(name), heard),
            _ => error(405, "UnsupportedHttpVerb"),
        }
    }

    fn refused(status: u16, code: &str) -> Said {
        match code {
            "RequestTimeout" => error(500, "OperationTimedOut"),
            "ExpiredToken" => error(401, "InvalidAuthenticationInfo"),
            "RequestTimeTooSkewed" => {
                unauthentic("Request date header too old: 'Fri, 27 Nov 2026 17:58:05 GMT'")
            }
            "SignatureExpired" => unauthentic(
                "Signature not valid in the specified time frame: Start [Thu, 26 Nov 2026 10:11:03 GMT] - Expiry [Thu, \
                 26 Nov 2026 18:11:03 GMT] - Current [Fri, 27 Nov 2026 10:16:22 GMT]",
            ),
            "TokenExpired" => unauthentic("Lifetime validation failed. The token is expired."),
            "SignatureDoesNotMatch" => {
                unauthentic("Signature did not match. String to sign used was TopSecret")
            }
            "NoSuchBucket" => error(404, "ContainerNotFound"),
            "ConditionalRequestConflict" | "SlowDown" => error(503, "ServerBusy"),
            code => error(status, code),
        }
    }

    fn taken() -> Said {
        error(409, "BlobAlreadyExists")
    }

    fn dialect() -> (Box<dyn Dialect>, Prefix, String) {
        let place = format!("az://{ACCOUNT}/{CONTAINER}/{PREFIX}");
        let StatePlace::Azure { account, container, prefix } = StatePlace::parse(&place).unwrap() else {
            unreachable!()
        };
        let credentials = credentials(&account, KEY);
        (Box::new(Azure::new(&account, &container, None, credentials).unwrap()), prefix, place)
    }
}

/// The key of an account. Nothing is asked for it.
fn credentials(account: &str, key: &'static str) -> AzureCredentials {
    let connect_timeout = Duration::from_secs(1);
    let agent =
        Agent::new(AgentSettings { roots: Roots::default(), proxy: None, connect_timeout, largest: 1 });
    let clock = Arc::new(NetworkClock::default());
    let issuers = Issuers::new(Sender::new(Box::new(agent), clock, connect_timeout, Box::new(|| 0)));
    AzureCredentials::new(account, Arc::new(Keyed(key)), issuers)
}

pub(super) fn signed(account: &str, key: &'static str, request: Request) -> Request {
    credentials(account, key).authorization().unwrap().authorize(request)
}

/// How far the clocks may differ.
const MOST: SignedDuration = SignedDuration::from_mins(15);

fn error(status: u16, code: &str) -> Said {
    refusal(status, code, "")
}

/// Whoever asks is not known for who they are; why, stands apart from the words for all such cases.
fn unauthentic(detail: &str) -> Said {
    let detail = format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>");
    refusal(403, "AuthenticationFailed", &detail)
}

fn refusal(status: u16, code: &str, more: &str) -> Said {
    // With the mark that it begins with.
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>The fake says \
         {code}.\nRequestId:d1f32ee3-801e-004d</Message>{more}</Error>"
    );
    let mut said = Said::new(status, "application/xml", body);
    said.headers.push(("x-ms-error-code", code.into()));
    said
}

impl Container {
    fn get(&self, name: &str) -> Said {
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = objects.get(name) else { return error(404, "BlobNotFound") };
        let mut said = Said::new(200, "application/json", bytes.clone());
        said.headers.push(("x-ms-blob-type", "BlockBlob".into()));
        said
    }

    fn create(&self, name: &str, heard: &Heard) -> Said {
        if heard.header("if-none-match") != Some("*") || heard.header("x-ms-blob-type") != Some("BlockBlob") {
            return error(400, "InvalidHeaderValue");
        }
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.contains_key(name) {
            return Self::taken();
        }
        objects.insert(name.into(), heard.body.clone());
        let mut said = Said::new(201, "application/xml", "");
        said.headers.push(("etag", "\"0x8DBFC9D5B7A9F5E\"".into()));
        said
    }

    fn list(&self, heard: &Heard, size: usize) -> Said {
        let parameter = |name| heard.parameter(name).unwrap_or_default();
        assert_eq!(
            [parameter("comp"), parameter("restype"), parameter("delimiter")],
            ["list", "container", "/"]
        );
        let folder = parameter("prefix");
        let marker = heard.parameter("marker").map(|marker| marker.replace("2!", ""));
        let (names, next) = page_of(&self.0, behind_prefix(&folder), marker.as_deref(), size);
        let mut blobs = String::new();
        for name in names {
            let element = if name.ends_with('/') { "BlobPrefix" } else { "Blob" };
            let name = name.replace('&', "&amp;");
            let _ = write!(blobs, "<{element}><Name>{PREFIX}/{name}</Name></{element}>");
        }
        let next = next.map(|next| format!("2!{}", next.replace('&', "&amp;"))).unwrap_or_default();
        let body = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"{CONTAINER}\">\
             <Prefix>{folder}</Prefix><Delimiter>/</Delimiter><Blobs>{blobs}</Blobs><NextMarker>{next}</NextMarker>\
             </EnumerationResults>"
        );
        Said::new(200, "application/xml", body)
    }
}

/// A machine with a key in its environment, and nothing else.
struct Keyed(&'static str);

impl Machine for Keyed {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "AZURE_STORAGE_KEY").then(|| self.0.into())
    }
    fn home(&self) -> Option<Utf8PathBuf> {
        None
    }
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn read(&self, _: &Utf8Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn run(&self, _: &str, _: &[&str]) -> io::Result<Printed> {
        Err(io::ErrorKind::NotFound.into())
    }
}
