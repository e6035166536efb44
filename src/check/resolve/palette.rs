//! `spec.palette` of the workspace: where Palette is.

use camino::{Utf8Component, Utf8Path};

use crate::check::declare::workspace::PaletteSpec;
use crate::diagnostics::{Finding, Location};
use crate::http::Origin;
use crate::model::{DocumentId, PaletteSettings, TeamMembers};
use crate::rules::invalid_value;
use crate::source::Route;

/// What is said of Palette. What cannot be is a finding, and as if it were not said.
pub(super) fn settings(
    origin: DocumentId,
    spec: &PaletteSpec,
    findings: &mut Vec<Finding>,
) -> PaletteSettings {
    let PaletteSpec { tenant, host, ca_file, parallel, timeout, teams } = spec;
    let at = |field| Location::Value(origin, Route::fields(["spec", "palette", field]));
    let mut settings = PaletteSettings {
        parallel: *parallel,
        timeout: *timeout,
        teams: teams.as_deref().and_then(TeamMembers::parse).unwrap_or_default(),
        ..PaletteSettings::default()
    };
    if let Some(tenant) = tenant {
        match tenant_fault(tenant) {
            None => settings.tenant.clone_from(tenant),
            Some(why) => findings.push(invalid_value::finding(
                at("tenant"),
                "`tenant` cannot be",
                tenant,
                why,
                "write the organisation's name as Palette shows it, as in `acme`",
            )),
        }
    }
    if let Some(host) = host {
        match Origin::parse(host) {
            Ok(origin) => settings.host = Some(origin.to_string().into()),
            Err(why) => findings.push(invalid_value::finding(
                at("host"),
                "`host` cannot be",
                host,
                &why.to_string(),
                "write the host alone, as in `palette.example.com` or `palette.example.com:8443`",
            )),
        }
    }
    if let Some(file) = ca_file {
        if is_inside(file) {
            settings.ca_file = Some(file.clone());
        } else {
            findings.push(invalid_value::finding(
                at("caFile"),
                "`caFile` cannot be",
                file,
                "it is no file below the workspace",
                "put the certificates into the workspace, as in `ca.pem`",
            ));
        }
    }
    settings
}

/// The target needs a tenant, or the API key of a wrong one would do.
pub(super) fn no_tenant(origin: DocumentId, is_told_of: bool) -> Finding {
    invalid_value::finding(
        Location::Value(origin, Route::fields(["spec", if is_told_of { "palette" } else { "target" }])),
        "`target` cannot be",
        "palette",
        "no tenant is given",
        "add `palette: {tenant: NAME}` with the name of your organisation in Palette",
    )
}

fn tenant_fault(tenant: &str) -> Option<&'static str> {
    if tenant.trim().is_empty() {
        Some("it is empty")
    } else if tenant.chars().any(char::is_control) {
        Some("no tenant has control characters in its name")
    } else {
        None
    }
}

fn is_inside(file: &str) -> bool {
    let is_part = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
    !file.is_empty() && !file.contains('\0') && Utf8Path::new(file).components().all(is_part)
}
