//! What the user's configuration of ssh says of a node, without the keys that it names.
//!
//! ssh adds every `IdentityFile` of its configuration to those of the command line, and has no way to take
//! one back. It would then log in with the user's own key. So ssh is asked what it has read (`ssh -G`), and
//! what leads to the node, and proves that it is the node, is handed to a second ssh that reads no
//! configuration. Jump hosts are gone through by a third, with all of the configuration.

use std::collections::BTreeMap;

use super::destination::Destination;

/// Settings that say how to reach a node, how to talk to it, and which host key it has.
const CARRIED: [&str; 27] = [
    "addressfamily",
    "bindaddress",
    "bindinterface",
    "casignaturealgorithms",
    "checkhostip",
    "ciphers",
    "compression",
    "connectionattempts",
    "globalknownhostsfile",
    "hashknownhosts",
    "hostkeyalgorithms",
    "hostkeyalias",
    "hostname",
    "ipqos",
    "kexalgorithms",
    "knownhostscommand",
    "macs",
    "nohostauthenticationforlocalhost",
    "port",
    "proxycommand",
    "proxyusefdpass",
    "pubkeyacceptedalgorithms",
    "requiredrsasize",
    "revokedhostkeys",
    "userknownhostsfile",
    "verifyhostkeydns",
    "versionaddendum",
];

/// What `ssh -G` prints: a setting and its value on each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads what `ssh -G` has printed.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Self(lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect())
    }

    /// Whether this is what an OpenSSH prints.
    pub(super) fn is_of_ssh(&self) -> bool {
        ["hostname", "port", "ciphers", "userknownhostsfile"].iter().all(|name| self.0.contains_key(*name))
    }

    fn is(&self, name: &str, values: &[&str]) -> bool {
        self.0.get(name).is_some_and(|value| values.contains(&value.as_str()))
    }

    /// Who logs in.
    pub(super) fn user(&self) -> Option<&str> {
        self.0.get("user").map(String::as_str)
    }

    /// Whether host keys that are not known yet are taken.
    pub(super) fn takes_unknown_hosts(&self) -> bool {
        self.is("stricthostkeychecking", &["accept-new", "no", "off", "false"])
    }

    /// The values for `-o` without which ssh would not run a command that is asked on its standard input. Only an
    /// OpenSSH that knows a setting names it, from 8.7 on.
    pub(super) fn for_a_session(&self) -> Vec<String> {
        let set = [
            ("sessiontype", ["none", "subsystem"], "SessionType=default"),
            ("stdinnull", ["yes", "true"], "StdinNull=no"),
            ("forkafterauthentication", ["yes", "true"], "ForkAfterAuthentication=no"),
        ];
        let due = set.into_iter().filter(|(name, values, _)| self.is(name, values));
        due.map(|(_, _, option)| option.to_owned()).collect()
    }

    /// The jump hosts to go through, in their order.
    pub(super) fn hops(&self) -> Vec<Destination> {
        let hops = self.0.get("proxyjump").filter(|hops| *hops != "none");
        hops.into_iter().flat_map(|hops| hops.split(',')).map(Destination::of_hop).collect()
    }

    /// The values for `-o` that make an ssh without a configuration do as this one says. What ssh does anyway is left
    /// out: some of its defaults are more than the value that is printed for them. A host name has no default.
    pub(super) fn carried(&self, defaults: &Self) -> Vec<String> {
        let mut options = Vec::new();
        for name in CARRIED {
            let default = defaults.0.get(name);
            let value = self.0.get(name).filter(|value| name == "hostname" || Some(*value) != default);
            options.extend(value.map(|value| format!("{name}={}", restated(name, value, default))));
        }
        options
    }
}

/// A value as the configuration takes it.
fn restated(name: &str, value: &str, default: Option<&String>) -> String {
    if name == "hostname" {
        return value.replace('%', "%%");
    }
    // A list that adds to the default says so: only then does ssh prefer the host keys that it knows.
    let added = default.and_then(|default| value.strip_prefix(default.as_str())?.strip_prefix(','));
    added.map_or_else(|| value.to_owned(), |added| format!("+{added}"))
}

/// A word of a command of ssh's configuration: for a shell, and without the meaning of `%`.
pub(super) fn in_shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''").replace('%', "%%"))
}

#[cfg(test)]
mod tests;
