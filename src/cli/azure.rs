//! A state at Azure, with the credentials of this machine.

use std::sync::Arc;

use super::failure::Failure;
use super::machine::SystemMachine;
use super::object_store::{issuers, object_store, roots};
use crate::cloud::Machine;
use crate::cloud::azure::AzureCredentials;
use crate::model::{Prefix, StatePlace};
use crate::state::store::object::ObjectStore;
use crate::state::store::object::azure::Azure;

/// Where the endpoint of the account is, if it is not in the public cloud. Only the environment says so: credentials go
/// there.
const ENDPOINT: &str = "AZURE_STORAGE_BLOB_ENDPOINT";

/// A container of Azure Blob Storage. Nothing is asked yet.
pub(super) fn azure(
    account: &str,
    container: &str,
    prefix: &Prefix,
) -> Result<ObjectStore<'static>, Failure> {
    let roots = roots(&[])?;
    let credentials = AzureCredentials::new(account, Arc::new(SystemMachine), issuers(roots.clone())?);
    let endpoint = SystemMachine.variable(ENDPOINT);
    let dialect = Azure::new(account, container, endpoint.as_deref(), credentials);
    let dialect = dialect.map_err(|error| Failure::Refused {
        problem: format!("`{ENDPOINT}` names no server: {error}"),
        help: "write it as in `https://acmeaccount.blob.core.usgovcloudapi.net`, or unset it".into(),
    })?;
    let (account, container) = (account.into(), container.into());
    let shown = StatePlace::Azure { account, container, prefix: prefix.clone() };
    object_store(Box::new(dialect), prefix.clone(), roots, &shown)
}
