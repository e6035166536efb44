//! The rules of a bucket.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::fault::Fault;
use super::message::{Answers, Heard, Said, decoded, http_date};
use super::{BUCKET, PREFIX, REGION, signature};

/// Objects by their names behind the prefix of the state.
pub(crate) type ObjectMap = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

type Trouble = Box<dyn FnMut(&Heard) -> Option<Fault> + Send>;

pub(crate) struct Bucket {
    pub(crate) objects: ObjectMap,
    /// Most names of a page.
    pub(crate) page: usize,
    /// The time of the store.
    pub(crate) now: Box<dyn Fn() -> Timestamp + Send>,
    pub(crate) region: &'static str,
    /// The one session token that is taken; nothing for a key without one.
    pub(crate) token: Option<String>,
    /// Asked before each request.
    pub(crate) trouble: Trouble,
    /// Method and target of all requests.
    pub(crate) heard: Vec<String>,
}

impl Answers for Bucket {
    fn answer(&mut self, heard: &Heard) -> Result<Said, Fault> {
        self.heard.push(format!("{} {}", heard.method, heard.target));
        let fault = (self.trouble)(heard).filter(|fault| heard.is_write() || !fault.is_of_writes());
        let said = if fault.is_none_or(Fault::has_effect) { Some(self.done(heard)) } else { None };
        let said = match fault {
            None => said,
            Some(fault) => Some(fault.said().ok_or(fault)?),
        };
        let mut said = said.unwrap();
        said.headers.push(("date", http_date((self.now)())));
        said.headers.push(("x-amz-request-id", "4442587FB7D0A2F9".into()));
        Ok(said)
    }
}

impl Bucket {
    pub(crate) fn new(objects: ObjectMap) -> Self {
        Self {
            objects,
            page: 3,
            now: Box::new(|| Timestamp::from_second(1_800_000_000).unwrap()),
            region: REGION,
            token: None,
            trouble: Box::new(|_| None),
            heard: Vec::new(),
        }
    }

    fn done(&self, heard: &Heard) -> Said {
        let region = match signature::check(heard, (self.now)(), self.token.as_deref()) {
            Ok(region) => region,
            Err(refusal) => return refusal,
        };
        let host = heard.header("host").unwrap_or_default();
        let path = decoded(heard.path());
        let path = path.strip_prefix('/').unwrap();
        let (bucket, name) = match host.split_once('.') {
            Some((bucket, rest)) if rest.starts_with("s3.") => (bucket.to_owned(), path),
            _ => {
                let (bucket, name) = path.split_once('/').unwrap_or((path, ""));
                (bucket.to_owned(), name)
            }
        };
        if bucket != BUCKET {
            return Said::error(404, "NoSuchBucket", &format!("<BucketName>{bucket}</BucketName>"));
        }
        if region != self.region {
            let more = format!("<Region>{}</Region>", self.region);
            return Said::error(400, "AuthorizationHeaderMalformed", &more);
        }
        match (&*heard.method, name) {
            ("GET", "") => self.list(heard),
            ("GET", name) => self.get(behind_prefix(name)),
            ("PUT", name) => self.create(behind_prefix(name), heard),
            _ => Said::error(405, "MethodNotAllowed", ""),
        }
    }

    fn get(&self, name: &str) -> Said {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        match objects.get(name) {
            Some(bytes) => Said::new(200, "binary/octet-stream", bytes.clone()),
            None => Said::error(404, "NoSuchKey", &format!("<Key>{name}</Key>")),
        }
    }

    fn create(&self, name: &str, heard: &Heard) -> Said {
        if heard.header("if-none-match") != Some("*") {
            return Said::error(400, "InvalidRequest", "");
        }
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.contains_key(name) {
            return Said::error(412, "PreconditionFailed", "<Condition>If-None-Match</Condition>");
        }
        objects.insert(name.into(), heard.body.clone());
        let mut said = Said::new(200, "text/plain", "");
        said.headers = vec![("etag", "\"b2419b1e3fd45d596ee22bdf62aaaa2f\"".into())];
        said
    }

    fn list(&self, heard: &Heard) -> Said {
        let parameter = |name| heard.parameter(name).unwrap_or_default();
        if parameter("list-type") != "2" || parameter("delimiter") != "/" {
            return Said::error(400, "InvalidArgument", "");
        }
        let whole = parameter("prefix");
        let prefix = behind_prefix(&whole).to_owned();
        let after = heard.parameter("continuation-token").map(|token| token.replace("page+of/", ""));
        let start = heard.parameter("start-after").map(|name| behind_prefix(&name).to_owned());
        let after = after.or(start).unwrap_or_default();
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let below = objects.keys().filter(|name| name.starts_with(&prefix) && **name > after);
        // A folder is one name, as a folder.
        let shown: BTreeSet<String> = below
            .map(|name| match name[prefix.len()..].find('/') {
                Some(slash) => name[..=prefix.len() + slash].to_owned(),
                None => name.clone(),
            })
            .filter(|name| *name > after)
            .collect();
        let is_truncated = shown.len() > self.page;
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{BUCKET}</Name><Prefix>{whole}</Prefix>\
             <IsTruncated>{is_truncated}</IsTruncated>"
        );
        for name in shown.iter().take(self.page) {
            let element = if name.ends_with('/') {
                format!("<CommonPrefixes><Prefix>{PREFIX}/{name}</Prefix></CommonPrefixes>")
            } else {
                format!(
                    "<Contents><Key>{PREFIX}/{}</Key><Size>1</Size></Contents>",
                    name.replace('&', "&amp;")
                )
            };
            body.push_str(&element);
        }
        if is_truncated {
            let last = shown.iter().nth(self.page - 1).unwrap();
            let _ = write!(body, "<NextContinuationToken>page+of/{last}</NextContinuationToken>");
        }
        Said::new(200, "application/xml", body + "</ListBucketResult>")
    }
}

/// The name of an object as it is kept.
fn behind_prefix(name: &str) -> &str {
    let behind = name.strip_prefix(PREFIX).and_then(|name| name.strip_prefix('/'));
    behind.unwrap_or_else(|| panic!("{name} is not of the state"))
}
