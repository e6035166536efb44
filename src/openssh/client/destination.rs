//! Where ssh is to go.

/// A server and an account on it, as the user's configuration knows them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    pub host: Box<str>,
    /// Nothing for that of the configuration.
    pub port: Option<u16>,
    /// Nothing for that of the configuration.
    pub user: Option<Box<str>>,
}

impl Destination {
    /// The last arguments of ssh but for a command. A host that began with a hyphen could not be taken for an option.
    pub(super) fn arguments(&self) -> Vec<String> {
        let user = self.user.iter().flat_map(|user| ["-l".into(), user.to_string()]);
        let port = self.port.iter().flat_map(|port| ["-p".into(), port.to_string()]);
        user.chain(port).chain(["--".into(), self.host.to_string()]).collect()
    }

    /// A jump host as ssh prints it: `ana@host:22`, `[::1]:22` or `ssh://host`.
    pub(super) fn of_hop(text: &str) -> Self {
        let text = text.strip_prefix("ssh://").unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        let (user, place) = text.rsplit_once('@').map_or((None, text), |(user, place)| (Some(user), place));
        let in_brackets = place.strip_prefix('[').and_then(|place| place.split_once(']'));
        let (host, port) = in_brackets.or_else(|| place.split_once(':')).unwrap_or((place, ""));
        let port = port.strip_prefix(':').unwrap_or(port).parse().ok();
        Self { host: host.into(), port, user: user.map(Into::into) }
    }
}
