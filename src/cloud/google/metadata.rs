//! The metadata server of a machine at Google: Compute Engine, GKE, Cloud Run, Cloud Build.

use crate::cloud::issuers::{json_of, public};
use crate::cloud::source::Miss;
use crate::cloud::{AccessToken, Issuers, Machine};
use crate::http::{Origin, Url};

/// Its address: a name could be answered by somebody else.
const ADDRESS: &str = "169.254.169.254";
const NAMES: [&str; 2] = ["metadata.google.internal", "metadata"];
/// Where another is looked for, as Google's libraries do.
const VARIABLE: &str = "GCE_METADATA_HOST";
const PATH: [&str; 6] = ["computeMetadata", "v1", "instance", "service-accounts", "default", "token"];

pub(super) fn token(scope: &str, machine: &dyn Machine, issuers: &Issuers) -> Result<AccessToken, Miss> {
    let named = machine.variable(VARIABLE);
    let miss = |why| if named.is_some() { Miss::Last(why) } else { Miss::Next(why) };
    let host = named.as_deref().filter(|host| !NAMES.contains(host)).unwrap_or(ADDRESS);
    let origin = Origin::parse_metadata(&format!("http://{host}"))
        .map_err(|error| Miss::Last(format!("`{VARIABLE}` names no metadata server: {error}")))?;
    let url = Url::new(origin, &PATH, &[("scopes", scope)]);
    let response = issuers.get_local(url, vec![public("Metadata-Flavor", "Google")]);
    let response = response.map_err(&miss)?;
    if response.header("metadata-flavor") != Some("Google") {
        return Err(miss("what answers there is no metadata server of Google's".into()));
    }
    if response.status == 404 {
        return Err(miss("this machine has no service account".into()));
    }
    json_of(&response).and_then(|answer| AccessToken::from_oauth(&answer)).map_err(miss)
}
