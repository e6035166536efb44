//! A state at Google, with the credentials of this machine.

use std::sync::Arc;

use super::failure::Failure;
use super::machine::SystemMachine;
use super::object_store::{issuers, object_store, roots};
use crate::cloud::Machine;
use crate::cloud::google::GoogleCredentials;
use crate::model::{Prefix, StatePlace};
use crate::state::store::object::ObjectStore;
use crate::state::store::object::gcs::Gcs;

/// Where Google's libraries look for an emulator.
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";

/// A bucket of Google Cloud Storage. Nothing is asked yet.
pub(super) fn gcs(bucket: &str, prefix: &Prefix) -> Result<ObjectStore<'static>, Failure> {
    let roots = roots(&[])?;
    let dialect = if let Some(host) = SystemMachine.variable(EMULATOR) {
        Gcs::emulated(bucket, &host)
    } else {
        let credentials = GoogleCredentials::new(Arc::new(SystemMachine), issuers(roots.clone())?);
        Gcs::new(bucket, credentials)
    };
    let dialect = dialect.map_err(|error| Failure::Refused {
        problem: format!("`{EMULATOR}` names no server: {error}"),
        help: "write the server alone, as in `http://127.0.0.1:4443`, or unset it".into(),
    })?;
    let shown = StatePlace::Gcs { bucket: bucket.into(), prefix: prefix.clone() };
    object_store(Box::new(dialect), prefix.clone(), roots, &shown)
}
