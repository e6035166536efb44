//! Palette as the settings and the environment name it.
#![expect(
    clippy::disallowed_methods,
    reason = "the API key comes from the environment, certificates from a file"
)]

use std::env;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;

use super::failure::Failure;
use super::interrupt::SystemClock;
use crate::diagnostics::visible;
use crate::http::{Origin, Proxy, Roots, Secret};
use crate::model::{
    DEFAULT_PALETTE_HOST, DEFAULT_PALETTE_PARALLEL, DEFAULT_PALETTE_TIMEOUT, PaletteSettings,
};
use crate::targets::palette::Palette;
use crate::targets::palette::client::{Client, ClientSettings, agent};

/// Where the API key is looked for; the first that is set counts. The first name is that of the Terraform provider.
const KEYS: [&str; 2] = ["SPECTROCLOUD_APIKEY", "PALETTE_API_KEY"];
/// Where the host is looked for that `keyplan.yaml` does not name.
const HOSTS: [&str; 2] = ["SPECTROCLOUD_HOST", "PALETTE_HOST"];
/// Where a file of certificates is looked for that `keyplan.yaml` does not name.
const CA_FILE: &str = "PALETTE_CA_FILE";

/// Palette, to be asked with the API key of the environment. Nothing is asked yet.
pub(super) fn palette(workspace: &Utf8Path, settings: &PaletteSettings) -> Result<Palette, Failure> {
    let PaletteSettings { tenant, host, ca_file, parallel, timeout, teams } = settings;
    let settings = ClientSettings {
        origin: origin(host.as_deref())?,
        key: key()?,
        tenant: tenant.clone(),
        timeout: Duration::from_secs(timeout.unwrap_or(DEFAULT_PALETTE_TIMEOUT).into()),
        parallel: parallel.unwrap_or(DEFAULT_PALETTE_PARALLEL) as usize,
    };
    let roots = roots(ca_file.as_deref().map(|file| workspace.join(file).into_string()))?;
    let proxy = Proxy::from_variables(|name| env::var(name).ok()).map_err(|error| Failure::Usage {
        problem: error.to_string(),
        help: "mend it, or unset it".into(),
    })?;
    let transport = Box::new(agent(roots, proxy));
    let client = Client::new(settings, transport, Arc::new(SystemClock), Box::new(random));
    Ok(Palette::new(client, *teams))
}

/// The first of these variables that is set, and what it says.
fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, env::var(name).ok().filter(|text| !text.trim().is_empty())?)))
}

fn key() -> Result<Secret, Failure> {
    let [name, other] = KEYS;
    let help = format!("set `{name}` to an API key of the tenant: Palette makes one under My API Keys");
    let Some((found, text)) = first(&KEYS) else {
        let problem = format!("neither `{name}` nor `{other}` holds an API key of Palette");
        return Err(Failure::Refused { problem, help });
    };
    Secret::new(&text).map_err(|error| Failure::Refused {
        problem: format!("`{found}` holds no API key of Palette: {error}"),
        help,
    })
}

fn origin(declared: Option<&str>) -> Result<Origin, Failure> {
    let (name, text) = match declared {
        Some(declared) => ("palette.host", declared.to_owned()),
        None => first(&HOSTS).unwrap_or(("palette.host", DEFAULT_PALETTE_HOST.into())),
    };
    Origin::parse(text.trim()).map_err(|error| Failure::Refused {
        problem: format!("`{name}` names no host of Palette: {error}"),
        help: "write the host alone, as in `palette.example.com`".into(),
    })
}

fn roots(declared: Option<String>) -> Result<Roots, Failure> {
    let file = declared.or_else(|| first(&[CA_FILE]).map(|(_, file)| file));
    let Some(file) = file else { return Ok(Roots::system()) };
    let text =
        fs::read(&file).map_err(Failure::io(format!("cannot read the certificates `{}`", visible(&file))))?;
    Roots::system().and_pem(&text).map_err(|error| Failure::Refused {
        problem: format!("`{}` holds no certificates to trust: {error}", visible(&file)),
        help: "write them in PEM, each from `-----BEGIN CERTIFICATE-----` on".into(),
    })
}

/// A number by which pauses differ: where there is none, all are as long.
fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}
