//! The requests of the JSON API.

use serde_json::json;

use crate::http::{Header, HeaderValue, Method, Origin, Request, Url};

pub(super) fn get(origin: &Origin, bucket: &str, name: &str) -> Request {
    let path = ["storage", "v1", "b", bucket, "o", name];
    let url = Url::new(origin.clone(), &path, &[("alt", "media")]);
    Request { method: Method::Get, url, headers: Vec::new(), body: None }
}

/// A page of the objects in a folder and of the folders in it. `startOffset` takes in the name itself, as more than is
/// asked for.
pub(super) fn list(
    origin: &Origin,
    bucket: &str,
    folder: &str,
    after: Option<&str>,
    page: Option<&str>,
) -> Request {
    let fields = "kind,nextPageToken,prefixes,items(name)";
    let mut query = vec![("delimiter", "/"), ("fields", fields), ("prefix", folder)];
    query.extend(after.map(|after| ("startOffset", after)));
    query.extend(page.map(|page| ("pageToken", page)));
    let url = Url::new(origin.clone(), &["storage", "v1", "b", bucket, "o"], &query);
    Request { method: Method::Get, url, headers: Vec::new(), body: None }
}

/// Puts an object where there is none: where its generation is 0. The name and the bytes are parts of one body.
pub(super) fn create(origin: &Origin, bucket: &str, name: &str, bytes: &[u8]) -> Request {
    let path = ["upload", "storage", "v1", "b", bucket, "o"];
    let query = [("ifGenerationMatch", "0"), ("uploadType", "multipart")];
    // No bytes hold their own hash: whatever they are, they cannot end the part in which they stand.
    let boundary = blake3::hash(bytes).to_hex();
    let about = json!({"name": name, "contentType": "application/json"});
    let head = format!(
        "--{boundary}\r\nContent-Type: application/json\r\n\r\n{about}\r\n\
         --{boundary}\r\nContent-Type: application/json\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let value = HeaderValue::Public(format!("multipart/related; boundary={boundary}").into());
    let headers = vec![Header { name: "Content-Type", value }];
    Request { method: Method::Post, url: Url::new(origin.clone(), &path, &query), headers, body: Some(body) }
}
