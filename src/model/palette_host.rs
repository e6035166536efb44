//! Where Palette answers: `palette.example.com`, or `https://palette.example.com:8443`.

use std::fmt;
use std::net::IpAddr;

use super::{DEFAULT_PORT, NodeAddress};

/// Where Palette answers when nothing else is said.
pub const DEFAULT_PALETTE_HOST: &str = "api.spectrocloud.com";

/// A host with a port, asked over TLS; a loopback address may be asked without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteHost {
    is_plain: bool,
    /// `HOST` or `HOST:PORT`, in lower case.
    authority: Box<str>,
}

/// Why a text is no host of Palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaletteHostError {
    #[error("it is no host with an optional port")]
    Host,
    #[error("it must be the host alone, without a path, a question mark, or a user")]
    More,
    #[error("the API key would cross the network in the open: `http` is for loopback addresses")]
    Plain,
}

impl PaletteHost {
    /// A host, which may have `https://` before it, and a port and one `/` behind it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, PaletteHostError> {
        let (is_plain, rest) = match text.split_once("://") {
            None => (false, text),
            Some(("https", rest)) => (false, rest),
            Some(("http", rest)) => (true, rest),
            Some(_) => return Err(PaletteHostError::Host),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', '\\']) {
            return Err(PaletteHostError::More);
        }
        let node = NodeAddress::parse(rest).map_err(|_| PaletteHostError::Host)?;
        let host = if node.host.contains(':') { format!("[{}]", node.host) } else { node.host.to_string() };
        // A port that is written is meant, also where it is the one of ssh.
        let is_bare = node.port == DEFAULT_PORT && !rest.ends_with(&format!(":{DEFAULT_PORT}"));
        let is_default = node.port == if is_plain { 80 } else { 443 };
        let authority = if is_bare || is_default { host } else { format!("{host}:{}", node.port) };
        let is_loopback = node.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if is_plain && !is_loopback {
            return Err(PaletteHostError::Plain);
        }
        Ok(Self { is_plain, authority: authority.into() })
    }

    /// What a path such as `/v1/teams` is put behind.
    #[must_use]
    pub fn base_url(&self) -> String {
        let scheme = if self.is_plain { "http" } else { "https" };
        format!("{scheme}://{}", self.authority)
    }
}

impl Default for PaletteHost {
    fn default() -> Self {
        Self { is_plain: false, authority: DEFAULT_PALETTE_HOST.into() }
    }
}

/// As it is written: `https` goes without saying.
impl fmt::Display for PaletteHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_plain { "http://" } else { "" })?;
        f.write_str(&self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::{PaletteHost, PaletteHostError};

    #[test]
    fn one_host_has_one_spelling_that_reads_back_as_itself() {
        for (text, url) in [
            ("api.spectrocloud.com", "https://api.spectrocloud.com"),
            ("https://Palette.Example.com/", "https://palette.example.com"),
            ("palette.example.com:443", "https://palette.example.com"),
            ("palette.example.com:8443", "https://palette.example.com:8443"),
            ("palette.example.com:22", "https://palette.example.com:22"),
            ("10.0.0.5", "https://10.0.0.5"),
            ("[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            let host = PaletteHost::parse(text).unwrap();
            assert_eq!(host.base_url(), url);
            assert_eq!(PaletteHost::parse(&host.to_string()), Ok(host));
        }
        assert_eq!(PaletteHost::parse(super::DEFAULT_PALETTE_HOST), Ok(PaletteHost::default()));
    }

    #[test]
    fn no_text_leads_the_api_key_anywhere_else() {
        for (text, why) in [
            ("", PaletteHostError::Host),
            ("palette example", PaletteHostError::Host),
            ("ftp://palette.example.com", PaletteHostError::Host),
            ("palette.example.com:0", PaletteHostError::Host),
            ("palette.example.com:x", PaletteHostError::Host),
            ("https://", PaletteHostError::Host),
            ("https://palette.example.com/v1", PaletteHostError::More),
            ("palette.example.com?x", PaletteHostError::More),
            ("palette.example.com#x", PaletteHostError::More),
            ("https://api.spectrocloud.com@evil.example", PaletteHostError::More),
            ("api.spectrocloud.com\\.evil.example", PaletteHostError::More),
            ("http://palette.example.com", PaletteHostError::Plain),
            ("http://localhost:8080", PaletteHostError::Plain),
            ("http://127.0.0.1.evil.example", PaletteHostError::Plain),
        ] {
            assert_eq!(PaletteHost::parse(text), Err(why), "{text}");
        }
    }
}
