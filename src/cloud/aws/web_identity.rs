//! Credentials for a token that somebody else vouches for, as Kubernetes, GitHub and GitLab do.

use camino::Utf8Path;

use super::credentials::Credentials;
use super::found::Found;
use super::partition::domain;
use super::region::region;
use super::sender::Senders;
use crate::cloud::Machine;
use crate::http::{Header, HeaderValue, Method, Origin, Request, Response, Secret, Url, form};

const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";

pub(super) fn credentials(machine: &dyn Machine, senders: &Senders) -> Found {
    let session = machine.variable("AWS_ROLE_SESSION_NAME");
    match (machine.variable(FILE), machine.variable(ROLE)) {
        (None, _) => Found::Nothing(format!("`{FILE}` is not set")),
        (Some(_), None) => Found::Failed(format!("`{FILE}` is set, and `{ROLE}` is not")),
        (Some(file), Some(role)) => {
            assume(machine, senders, (&role, file.as_ref(), session.as_deref())).into()
        }
    }
}

/// Takes a role with the token in a file.
pub(super) fn assume(
    machine: &dyn Machine,
    senders: &Senders,
    (role, file, session): (&str, &Utf8Path, Option<&str>),
) -> Result<Credentials, String> {
    let token = machine.read(file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
    let token = String::from_utf8(token).map_err(|_| format!("`{file}` is no text"))?;
    let token = Secret::new(&token).map_err(|error| format!("`{file}` holds no token: {error}"))?;
    let body = form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", session.unwrap_or("keyplan")),
        ("WebIdentityToken", token.exposed()),
    ]);
    let header = |name, value: &'static str| Header { name, value: HeaderValue::Public(value.into()) };
    let request = Request {
        method: Method::Post,
        url: Url::new(origin(machine)?, &[""], &[]),
        headers: vec![
            header("content-type", "application/x-www-form-urlencoded"),
            header("accept", "text/xml"),
        ],
        body: Some(body.into_bytes()),
    };
    let response = senders.cloud(&request)?;
    read(&response).map_err(|why| String::from_utf8_lossy(&token.redact(why.as_bytes())).into_owned())
}

fn origin(machine: &dyn Machine) -> Result<Origin, String> {
    let variable = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]
        .into_iter()
        .find_map(|name| Some((name, machine.variable(name)?)));
    let (name, text) = variable.unwrap_or_else(|| {
        let region = region(machine);
        let host = region
            .as_deref()
            .map_or("sts.amazonaws.com".into(), |region| format!("sts.{region}.{}", domain(region)));
        ("AWS_REGION", host)
    });
    Origin::parse(&text).map_err(|error| format!("`{name}` leads to no service: {error}"))
}

/// The credentials in an answer, or what it says against it.
fn read(response: &Response) -> Result<Credentials, String> {
    let text = std::str::from_utf8(&response.body).unwrap_or_default();
    let Ok(document) = roxmltree::Document::parse(text) else {
        return Err(format!("the answer with status {} is none of AWS", response.status));
    };
    let find = |name: &str| {
        document.descendants().find(|node| node.tag_name().name() == name)?.text().map(str::trim)
    };
    if !response.is_success() {
        let words = [find("Code"), find("Message")].into_iter().flatten().collect::<Vec<_>>().join(": ");
        return Err(format!("the answer was {} {words}", response.status));
    }
    let (Some(key), Some(secret)) = (find("AccessKeyId"), find("SecretAccessKey")) else {
        return Err("there are no credentials in the answer".into());
    };
    let expires = find("Expiration").map(str::parse).transpose();
    let expires = expires.map_err(|_| "`Expiration` is no time".to_owned())?;
    let credentials = Credentials::new(key, secret, find("SessionToken"))?;
    Ok(Credentials { expires, ..credentials })
}
