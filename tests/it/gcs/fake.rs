//! A fake of Google Cloud Storage: one bucket of its JSON API.

use std::sync::PoisonError;

use jiff::Timestamp;
use keyplan::model::{Prefix, StatePlace};
use keyplan::state::store::object::Dialect;
use keyplan::state::store::object::gcs::Gcs;
use serde_json::{Value, json};

use crate::object_fakes::{Faulty, PREFIX, Rules, behind_prefix, page_of};
use crate::s3::fake::{self, Heard, ObjectMap, Said, decoded};

pub(super) const BUCKET: &str = "acme-access";

pub(crate) struct Bucket(ObjectMap);

pub(crate) type InProcess = fake::InProcess<Faulty<Bucket>>;

impl Rules for Bucket {
    fn new(objects: ObjectMap) -> Self {
        Self(objects)
    }

    fn done(&self, heard: &Heard, _: Timestamp, page: usize) -> Said {
        let path: Vec<_> = heard.path().split('/').skip(1).collect();
        match (&*heard.method, &path[..]) {
            (_, ["storage", "v1", "b", bucket, ..] | ["upload", "storage", "v1", "b", bucket, ..])
                if *bucket != BUCKET =>
            {
                error(404, "The specified bucket does not exist.")
            }
            ("GET", ["storage", "v1", "b", _, "o", name]) => self.get(&decoded(name), heard),
            ("GET", ["storage", "v1", "b", _, "o"]) => self.list(heard, page),
            ("POST", ["upload", "storage", "v1", "b", _, "o"]) => self.create(heard),
            _ => error(404, "Not Found"),
        }
    }

    fn refused(status: u16, code: &str) -> Said {
        let status = match code {
            "RequestTimeout" => 408,
            "ExpiredToken" => 401,
            _ => status,
        };
        error(status, code)
    }

    fn taken() -> Said {
        error(412, "conditionNotMet")
    }

    fn dialect() -> (Box<dyn Dialect>, Prefix, String) {
        let place = format!("gs://{BUCKET}/{PREFIX}");
        let StatePlace::Gcs { bucket, prefix } = StatePlace::parse(&place).unwrap() else { unreachable!() };
        (Box::new(Gcs::emulated(&bucket, "localhost:4443").unwrap()), prefix, place)
    }
}

fn error(status: u16, words: &str) -> Said {
    let errors = [json!({"reason": words, "message": words})];
    let error = json!({"error": {"code": status, "message": words, "errors": errors}});
    Said::new(status, "application/json; charset=UTF-8", error.to_string())
}

impl Bucket {
    fn get(&self, name: &str, heard: &Heard) -> Said {
        assert_eq!(heard.parameter("alt").as_deref(), Some("media"));
        let objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = objects.get(behind_prefix(name)) else {
            // That is what it calls this text.
            return Said::new(404, "text/html; charset=UTF-8", format!("No such object: {BUCKET}/{name}"));
        };
        let mut said = Said::new(200, "application/json", bytes.clone());
        said.headers.push(("x-goog-generation", "1795794209302376".into()));
        said
    }

    fn create(&self, heard: &Heard) -> Said {
        if heard.parameter("ifGenerationMatch").as_deref() != Some("0") {
            return error(400, "it would overwrite");
        }
        let (name, bytes) = parts(heard);
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.contains_key(behind_prefix(&name)) {
            return Self::taken();
        }
        objects.insert(behind_prefix(&name).into(), bytes);
        let about = json!({"kind": "storage#object", "name": name, "generation": "1795794209302376"});
        Said::new(200, "application/json; charset=UTF-8", about.to_string())
    }

    fn list(&self, heard: &Heard, size: usize) -> Said {
        assert_eq!(heard.parameter("delimiter").as_deref(), Some("/"));
        let folder = heard.parameter("prefix").unwrap();
        let token = heard.parameter("pageToken").map(|token| token.replace("page+of/", ""));
        let (names, next) = page_of(&self.0, behind_prefix(&folder), token.as_deref(), size);
        // It takes in the name itself.
        let offset = heard.parameter("startOffset").unwrap_or_default();
        let whole = names.iter().map(|name| format!("{PREFIX}/{name}")).filter(|name| *name >= offset);
        let (folders, files): (Vec<_>, Vec<_>) = whole.partition(|name| name.ends_with('/'));
        let mut page = json!({"kind": "storage#objects"});
        if !files.is_empty() {
            page["items"] = files.iter().map(|name| json!({"name": name})).collect();
        }
        if !folders.is_empty() {
            page["prefixes"] = folders.into();
        }
        if let Some(next) = next {
            page["nextPageToken"] = format!("page+of/{next}").into();
        }
        Said::new(200, "application/json; charset=UTF-8", page.to_string())
    }
}

/// The name and the bytes of an upload in two parts.
fn parts(heard: &Heard) -> (String, Vec<u8>) {
    let boundary =
        heard.header("content-type").unwrap().strip_prefix("multipart/related; boundary=").unwrap();
    let body = &heard.body;
    let find = |what: &str, from: usize| {
        from + body[from..].windows(what.len()).position(|part| part == what.as_bytes()).unwrap()
    };
    let marker = format!("\r\n--{boundary}");
    assert!(body.starts_with(&marker.as_bytes()[2..]));
    let about = find("\r\n\r\n", 0) + 4;
    let about_end = find(&marker, about);
    let bytes = find("\r\n\r\n", about_end) + 4;
    let end = find(&marker, bytes);
    assert_eq!(body[end..], *format!("{marker}--\r\n").as_bytes());
    let about: Value = serde_json::from_slice(&body[about..about_end]).unwrap();
    (about["name"].as_str().unwrap().into(), body[bytes..end].to_vec())
}
