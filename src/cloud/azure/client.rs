//! An application, which proves itself by a secret or by the token of the workload that it is.

use camino::Utf8Path;

use super::authority;
use crate::cloud::source::Miss;
use crate::cloud::{AccessToken, Issuers, Machine};

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

pub(super) fn by_secret(machine: &dyn Machine, issuers: &Issuers) -> Result<AccessToken, Miss> {
    let secret = set(machine, SECRET)?;
    let (tenant, client) = (beside(machine, SECRET, TENANT)?, beside(machine, SECRET, CLIENT)?);
    let fields = [("client_id", &*client), ("client_secret", &*secret)];
    authority::token(&tenant, &fields, &secret, machine, issuers)
}

pub(super) fn by_workload(machine: &dyn Machine, issuers: &Issuers) -> Result<AccessToken, Miss> {
    let path = set(machine, TOKEN_FILE)?;
    let (tenant, client) = (beside(machine, TOKEN_FILE, TENANT)?, beside(machine, TOKEN_FILE, CLIENT)?);
    let bytes = machine.read(Utf8Path::new(&path));
    let bytes = bytes.map_err(|error| Miss::Last(format!("its file cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| Miss::Last("its file is no text".into()))?;
    let fields = [
        ("client_id", &*client),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", text.trim()),
    ];
    authority::token(&tenant, &fields, text.trim(), machine, issuers)
}

fn set(machine: &dyn Machine, name: &str) -> Result<String, Miss> {
    machine.variable(name).ok_or_else(|| Miss::Next("it is not set".into()))
}

/// What has to be set beside another variable.
fn beside(machine: &dyn Machine, name: &str, other: &str) -> Result<String, Miss> {
    machine.variable(other).ok_or_else(|| Miss::Last(format!("`{other}` is not set beside `{name}`")))
}
