//! Stores of objects, with the connections and the credentials of this machine.

use std::sync::Arc;

use super::failure::Failure;
use super::interrupt::SystemClock;
use super::machine::SystemMachine;
use crate::cloud::aws::{CredentialChain, region};
use crate::cloud::{Issuers, Machine};
use crate::diagnostics::{quoted, visible};
use crate::http::{Agent, AgentSettings, Proxy, Roots, Sender};
use crate::model::{Prefix, S3Place, StatePlace};
use crate::state::store::object::s3::S3;
use crate::state::store::object::{CONNECT_TIMEOUT, Dialect, LARGEST, ObjectStore, TIMEOUT};

/// Most bytes of what hands out credentials.
const LARGEST_CREDENTIALS: u64 = 1 << 20;
/// The longest time that one try at what gives tokens may take.
const ISSUER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// The longest time until a service of this very machine takes a connection: on most machines there is none.
const NEAR: std::time::Duration = std::time::Duration::from_secs(1);

/// A bucket of S3. Nothing is asked yet.
pub(super) fn s3(place: &S3Place) -> Result<ObjectStore<'static>, Failure> {
    let roots = roots(&["AWS_CA_BUNDLE"])?;
    let chain = CredentialChain::new(
        Arc::new(SystemMachine),
        Box::new(agent(roots.clone(), LARGEST_CREDENTIALS)?),
        Box::new(metadata_agent()),
        &(Arc::new(SystemClock) as _),
    );
    let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    let endpoint = endpoint.into_iter().find_map(|name| SystemMachine.variable(name));
    let dialect = S3::new(place, region(&SystemMachine), endpoint, chain).map_err(|error| {
        let named = StatePlace::S3(place.clone()).to_string();
        Failure::Refused {
            problem: format!("{} names no endpoint of S3: {error}", quoted(&named)),
            help: "write the server alone, as in `endpoint=https://minio.example.com:9000`".into(),
        }
    })?;
    let shown = S3Place { region: None, endpoint: None, has_path_style: false, ..place.clone() };
    object_store(Box::new(dialect), place.prefix.clone(), roots, &StatePlace::S3(shown))
}

/// A store that is reached over the network. `shown` is its place, for people.
pub(super) fn object_store(
    dialect: Box<dyn Dialect>,
    prefix: Prefix,
    roots: Roots,
    shown: &StatePlace,
) -> Result<ObjectStore<'static>, Failure> {
    let transport = Box::new(agent(roots, LARGEST)?);
    let sender = Sender::new(transport, Arc::new(SystemClock), TIMEOUT, Box::new(random));
    Ok(ObjectStore::new(dialect, prefix, sender, &SystemClock, shown.to_string()))
}

/// Connections to servers on the network, through the proxy of the environment.
pub(super) fn agent(roots: Roots, largest: u64) -> Result<Agent, Failure> {
    let proxy = Proxy::from_variables(|name| SystemMachine.variable(name)).map_err(|error| {
        Failure::Usage { problem: error.to_string(), help: "mend it, or unset it".into() }
    })?;
    Ok(Agent::new(AgentSettings { roots, proxy, connect_timeout: CONNECT_TIMEOUT, largest }))
}

/// What gives tokens for Google and Azure.
pub(super) fn issuers(roots: Roots) -> Result<Issuers, Failure> {
    let transport = Box::new(agent(roots, LARGEST_CREDENTIALS)?);
    Ok(Issuers::new(Sender::new(transport, Arc::new(SystemClock), ISSUER_TIMEOUT, Box::new(random))))
}

/// Connections to services that hand out credentials to what runs on a cloud.
pub(super) fn metadata_agent() -> Agent {
    let roots = Roots::system();
    Agent::new(AgentSettings { roots, proxy: None, connect_timeout: NEAR, largest: LARGEST_CREDENTIALS })
}

/// Those of the system, and those in a file that the first of these variables names.
pub(super) fn roots(variables: &[&str]) -> Result<Roots, Failure> {
    let roots = Roots::system();
    let named = variables.iter().find_map(|name| Some((name, SystemMachine.variable(name)?)));
    let Some((name, path)) = named else { return Ok(roots) };
    let intent = format!("cannot read the certificates `{}` of `{name}`", visible(&path));
    let text = SystemMachine.read(path.as_ref()).map_err(Failure::io(intent))?;
    roots.and_pem(&text).map_err(|error| Failure::Refused {
        problem: format!("`{}` of `{name}` holds no certificates to trust: {error}", visible(&path)),
        help: "write them in PEM, each from `-----BEGIN CERTIFICATE-----` on".into(),
    })
}

/// A number by which pauses differ: where there is none, all are as long.
fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}
