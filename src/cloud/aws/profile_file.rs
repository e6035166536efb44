//! Profiles, in the two files that the tools of AWS share.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use camino::Utf8PathBuf;

use crate::cloud::Machine;

/// A profile, with what both files say of it.
pub(super) struct Profile {
    pub(super) name: String,
    /// Whether a variable names it: then it has to be there.
    pub(super) is_named: bool,
    /// The last files that were read count less.
    values: BTreeMap<String, String>,
    pub(super) is_there: bool,
}

impl Profile {
    /// The profile that `AWS_PROFILE` names, or else `default`.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub(super) fn read(machine: &dyn Machine) -> Result<Self, String> {
        let named = machine.variable("AWS_PROFILE").or_else(|| machine.variable("AWS_DEFAULT_PROFILE"));
        let is_named = named.is_some();
        let name = named.unwrap_or_else(|| "default".into());
        let mut profile = Self { name, is_named, values: BTreeMap::new(), is_there: false };
        let credentials = file(machine, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        profile.take(&credentials, &[profile.name.clone()]);
        let config = file(machine, "AWS_CONFIG_FILE", "config")?;
        let header = format!("profile {}", profile.name);
        let headers = if profile.name == "default" { vec![header, "default".into()] } else { vec![header] };
        profile.take(&config, &headers);
        Ok(profile)
    }

    /// Takes in the sections with one of these headers. What is known already stays.
    fn take(&mut self, text: &str, headers: &[String]) {
        let mut is_inside = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                let header = header.split_whitespace().collect::<Vec<_>>().join(" ").replace(['"', '\''], "");
                is_inside = headers.contains(&header);
                self.is_there |= is_inside;
            } else if let Some((name, value)) =
                // What is set in is of the line before it, as in `s3 =`.
                line.split_once('=').filter(|_| is_inside && !line.starts_with([' ', '\t']))
            {
                let name = name.trim().to_ascii_lowercase();
                self.values.entry(name).or_insert_with(|| value.trim().into());
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// A file that a variable names, or one in `~/.aws`; empty where there is none.
fn file(machine: &dyn Machine, variable: &str, name: &str) -> Result<String, String> {
    let named = machine.variable(variable).map(Utf8PathBuf::from);
    let usual = || machine.home().map(|home| home.join(".aws").join(name));
    let Some(path) = named.or_else(usual) else { return Ok(String::new()) };
    match machine.read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| format!("`{path}` is no text")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("`{path}` cannot be read: {error}")),
    }
}
