//! Where requests go. A URL that would carry a secret over a network without TLS cannot be made.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Secret;

/// A server: `https://host[:port]`, or `http://` at a loopback address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    has_tls: bool,
    /// In lower case; an IPv6 address in brackets.
    host: Box<str>,
    port: Option<u16>,
}

/// Where clouds hand out credentials to the instances, tasks and pods that run on them, over `http://` alone. These
/// addresses are link-local: what is sent there stays on the machine or its hypervisor, and no router passes it on.
const METADATA: [IpAddr; 5] = [
    // Instances of AWS, Google and Azure
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    // Tasks of ECS
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    // Pods of EKS
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    // Instances of AWS, over IPv6
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Why a text names no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    #[error("only `https://` is taken, and `http://` at loopback addresses such as 127.0.0.1")]
    Scheme,
    #[error("a host and its port are all that may stand there: no user, path or query")]
    Excess,
    #[error("this is no host name or address")]
    Host,
    #[error("the port is a number from 1 to 65535")]
    Port,
}

impl Origin {
    /// Takes a bare `host[:port]` as well, and one slash behind it.
    ///
    /// # Errors
    /// When it names no server, or one that is not to be spoken to.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        Self::parse_where(text, Self::is_loopback)
    }

    /// The same of a service that hands out credentials: it takes `http://` at the link-local addresses of the clouds as
    /// well. What users name as a server is read by [`parse`](Self::parse).
    ///
    /// # Errors
    /// When it names no server, or one that is not to be spoken to.
    pub fn parse_metadata(text: &str) -> Result<Self, OriginError> {
        Self::parse_where(text, Self::is_near)
    }

    fn parse_where(text: &str, is_spared_tls: fn(&Self) -> bool) -> Result<Self, OriginError> {
        let (scheme, place) = text.split_once("://").unwrap_or(("https", text));
        let place = place.strip_suffix('/').unwrap_or(place);
        if place.contains(['/', '?', '#', '@', '\\']) {
            return Err(OriginError::Excess);
        }
        let (host, port) = split_port(place)?;
        let origin = Self {
            has_tls: scheme.eq_ignore_ascii_case("https"),
            host: checked_host(host).ok_or(OriginError::Host)?,
            port,
        };
        let is_spared = scheme.eq_ignore_ascii_case("http") && is_spared_tls(&origin);
        if origin.has_tls || is_spared { Ok(origin) } else { Err(OriginError::Scheme) }
    }

    fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// Whether the host is an address, and no name.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.address().is_some()
    }

    /// Whether it is an address of this very machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.address().is_some_and(|address| address.is_loopback())
    }

    /// Whether it is an address of this machine, or of what it runs on: it is never reached through a proxy.
    pub(super) fn is_near(&self) -> bool {
        self.address().is_some_and(|address| address.is_loopback() || METADATA.contains(&address))
    }

    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub const fn has_tls(&self) -> bool {
        self.has_tls
    }

    /// The host, and the port where it is not the usual one: as in the header `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        let usual = if self.has_tls { 443 } else { 80 };
        match self.port {
            Some(port) if port != usual => format!("{}:{port}", self.host),
            _ => self.host.to_string(),
        }
    }
}

/// The host, and the port where there is one.
fn split_port(place: &str) -> Result<(&str, Option<u16>), OriginError> {
    let end = place.rfind(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = place[end..].find(':').map(|at| end + at) else { return Ok((place, None)) };
    let digits = &place[colon + 1..];
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let port = digits.parse().ok().filter(|port| is_number && *port != 0).ok_or(OriginError::Port)?;
    Ok((&place[..colon], Some(port)))
}

fn checked_host(host: &str) -> Option<Box<str>> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().ok()?;
        return Some(format!("[{address}]").into());
    }
    let is_label = |label: &str| {
        let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-' || letter == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(is_letter)
    };
    let ends_in_number = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    // 127.1 and 2130706433 are addresses to some programs and names to others.
    let is_address = host.parse::<Ipv4Addr>().is_ok();
    let is_host = host.len() <= 253 && host.split('.').all(is_label) && (is_address || !ends_in_number);
    is_host.then(|| host.to_ascii_lowercase().into())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.has_tls { "https" } else { "http" }, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// An address at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub(super) origin: Origin,
    target: String,
    signature: Option<(&'static str, Secret)>,
}

/// Why a text is no address at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("{0}")]
    Origin(#[from] OriginError),
    #[error("its path or its query has a character that cannot stand there")]
    Target,
}

impl Url {
    /// The address with these segments of a path and these parameters, which are encoded here.
    #[must_use]
    pub fn new(origin: Origin, path: &[&str], query: &[(&str, &str)]) -> Self {
        let mut target = String::new();
        for segment in path {
            target.push('/');
            encode(segment, &mut target);
        }
        if !query.is_empty() {
            target.push('?');
            target.push_str(&form(query));
        }
        Self { origin, target, signature: None }
    }

    /// Reads a whole address. Its path and its query are sent as they stand there.
    ///
    /// # Errors
    /// When it names no server that is to be spoken to, or cannot be sent.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::parse_where(text, Origin::parse)
    }

    /// The same at a service that hands out credentials.
    ///
    /// # Errors
    /// When it names no server that is to be spoken to, or cannot be sent.
    pub fn parse_metadata(text: &str) -> Result<Self, UrlError> {
        Self::parse_where(text, Origin::parse_metadata)
    }

    fn parse_where(text: &str, parse: fn(&str) -> Result<Origin, OriginError>) -> Result<Self, UrlError> {
        let start = text.find("://").map_or(0, |at| at + 3);
        let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
        let (origin, target) = text.split_at(end);
        let origin = parse(origin)?;
        if !target.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte)) {
            return Err(UrlError::Target);
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { origin, target: format!("{slash}{target}"), signature: None })
    }

    /// The same with more parameters, which are encoded here.
    #[must_use]
    pub fn with_query(mut self, query: &[(&str, &str)]) -> Self {
        if !query.is_empty() {
            self.target.push(if self.target.contains('?') { '&' } else { '?' });
            self.target.push_str(&form(query));
        }
        self
    }

    /// The same with a last parameter that is a secret: it is sent, and neither shown nor in the target.
    #[must_use]
    pub fn signed(mut self, name: &'static str, signature: Secret) -> Self {
        self.signature = Some((name, signature));
        self
    }

    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn signature(&self) -> Option<&Secret> {
        self.signature.as_ref().map(|(_, secret)| secret)
    }

    pub(super) fn as_sent(&self) -> String {
        let Some((name, secret)) = &self.signature else { return self.to_string() };
        let mark = if self.target.contains('?') { '&' } else { '?' };
        format!("{self}{mark}{}", form(&[(name, secret.exposed())]))
    }

    /// The path and the query, as they are sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.target)
    }
}

/// Names and values as a form has them and a query.
#[must_use]
pub fn form(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (number, (name, value)) in pairs.iter().enumerate() {
        if number > 0 {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

/// Percent-encodes all but the unreserved characters of RFC 3986. A segment of dots alone would be taken for a step up.
fn encode(text: &str, into: &mut String) {
    use fmt::Write as _;
    let is_step = text == "." || text == "..";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !is_step) {
            into.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine_is_spoken_to() {
        for (text, shown) in [
            ("api.example.com", "https://api.example.com"),
            ("API.example.com:8443", "https://api.example.com:8443"),
            ("https://api.example.com/", "https://api.example.com"),
            ("HTTPS://[2001:DB8::1]:443", "https://[2001:db8::1]:443"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:65535", "http://[::1]:65535"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!(origin.to_string(), shown);
            assert_eq!(Origin::parse(shown), Ok(origin));
        }
        for text in ["http://example.com", "http://localhost", "http://10.0.0.1", "ftp://127.0.0.1", "://x"] {
            assert_eq!(Origin::parse(text), Err(OriginError::Scheme), "{text}");
        }
        for text in ["https://u@host", "https://u:p@host", "host/v1", "host?x", "host#x", "host//", "h\\x"] {
            assert_eq!(Origin::parse(text), Err(OriginError::Excess), "{text}");
        }
        for text in ["", "https://", "a b", "a\nb", "ä", "a..b", "::1]", "[1]", "127.1", "2130706433"] {
            assert_eq!(Origin::parse(text), Err(OriginError::Host), "{text:?}");
        }
        for text in ["host:", "host:0", "host:65536", "host:+1", "host:x", "::1", "[::1", "[::1]:"] {
            assert_eq!(Origin::parse(text), Err(OriginError::Port), "{text}");
        }
    }

    #[test]
    fn only_the_services_that_hand_out_credentials_are_spoken_to_over_a_link_without_tls() {
        for text in [
            "http://169.254.169.254",
            "http://169.254.170.2",
            "http://[fd00:ec2::254]",
            "http://169.254.170.23:80",
        ] {
            assert_eq!(Origin::parse(text), Err(OriginError::Scheme), "{text}");
            assert!(Origin::parse_metadata(text).unwrap().is_near(), "{text}");
        }
        for text in
            ["http://169.254.169.253", "http://169.254.170.1", "http://[fd00:ec2::1]", "http://a.example.com"]
        {
            assert_eq!(Origin::parse_metadata(text), Err(OriginError::Scheme), "{text}");
        }
        assert!(Origin::parse_metadata("http://127.0.0.1:1").unwrap().is_near());
        assert!(!Origin::parse_metadata("https://a.example.com").unwrap().is_near());
        assert_eq!(Url::parse_metadata("http://169.254.170.2/v2?a").unwrap().target(), "/v2?a");
        assert!(Url::parse("http://169.254.170.2/v2").is_err());
    }

    #[test]
    fn the_usual_port_is_not_told_in_the_header_host() {
        for (text, authority) in [
            ("https://h", "h"),
            ("h:443", "h"),
            ("https://h:80", "h:80"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://[::1]:9000", "[::1]:9000"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().authority(), authority);
        }
    }

    #[test]
    fn nothing_in_a_segment_or_a_parameter_changes_the_shape_of_the_address() {
        let origin = Origin::parse("h").unwrap();
        let url = Url::new(origin, &["v1", "..", "a/b?c#d", "x.y"], &[("continue", "a&b=c+d ü\r\n")]);
        let target = "/v1/%2E%2E/a%2Fb%3Fc%23d/x.y?continue=a%26b%3Dc%2Bd%20%C3%BC%0D%0A";
        assert_eq!(url.to_string(), format!("https://h{target}"));
    }

    #[test]
    fn a_whole_address_is_read_and_sent_as_it_stands() {
        for (text, shown) in [
            ("https://A.example.com", "https://a.example.com/"),
            ("https://a:8443/b//c:d?e=f%2Fg&h", "https://a:8443/b//c:d?e=f%2Fg&h"),
            ("http://127.0.0.1:1?a=b", "http://127.0.0.1:1/?a=b"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.to_string(), url.as_sent()), (shown.to_owned(), shown.to_owned()));
            assert_eq!(Url::parse(shown), Ok(url));
        }
        for text in ["https://a/b c", "https://a/\r\nX: y", "https://a/ä", "https://a/b#c", "https://a/\\b"]
        {
            assert_eq!(Url::parse(text), Err(UrlError::Target), "{text:?}");
        }
        assert_eq!(Url::parse("http://example.com/a"), Err(UrlError::Origin(OriginError::Scheme)));
        assert_eq!(Url::parse("https://a@b/c"), Err(UrlError::Origin(OriginError::Excess)));
    }

    #[test]
    fn a_signature_is_sent_and_not_shown() {
        let secret = Secret::new("TopSecret/1+=").unwrap();
        for (text, mark) in [("https://a/b", '?'), ("https://a/b?c=d", '&')] {
            let url = Url::parse(text).unwrap().signed("sig", secret.clone());
            assert_eq!(url.as_sent(), format!("{text}{mark}sig=TopSecret%2F1%2B%3D"));
            assert_eq!(url.to_string(), text);
            assert!(!format!("{url:?}{}", url.target()).contains("TopSecret"));
        }
    }
}
