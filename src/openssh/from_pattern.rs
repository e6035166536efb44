//! A pattern of `from`: from where a key lets in.
//!
//! sshd says nothing of a pattern that it cannot use: one network with host bits, or one empty pattern,
//! denies every address, and a network whose length is no number matches none. So only what means
//! something to sshd is a pattern here.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::host::is_host;

/// A pattern, perhaps turned round by a `!`. Those that let in come before those that keep out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FromPattern {
    /// Whether it keeps out what it matches.
    pub negated: bool,
    pub source: Source,
}

/// What a pattern matches. Names are compared without regard to case, and kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The addresses of a network, which has no host bits.
    Network(IpNet),
    /// An address or a name with `*` or `?` in it.
    Wildcard(Box<str>),
    Host(Box<str>),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FromPatternError {
    #[error("an empty pattern makes sshd refuse every address")]
    Empty,
    #[error("each pattern is an item of its own")]
    Several,
    #[error("no address and no host name has `{}` in it", letter.escape_default())]
    Letter {
        letter: char,
        /// Its offset in bytes.
        at: usize,
    },
    #[error("the address has bits past the first {length}, and sshd then refuses every address")]
    HostBits {
        length: u8,
        /// The network that was most likely meant.
        meant: FromPattern,
    },
    #[error("a network of such addresses has a length from 0 to {most}")]
    Length {
        /// The most bits.
        most: u8,
    },
    #[error("what comes before the `/` is no IP address")]
    NoAddress,
    #[error("this is no IP address, and a host name does not end in a number")]
    Numbers,
    /// An IPv4 address in the form of an IPv6 address: sshd compares it as IPv4.
    #[error("sshd sees such an address as IPv4")]
    Mapped {
        /// The pattern that was most likely meant.
        meant: FromPattern,
    },
    #[error("this is neither an IP address, nor a network, nor a host name")]
    Host,
}

/// The longest host name, and the longest pattern of one.
const LONGEST: usize = 253;

impl FromPattern {
    /// A pattern: `10.0.0.0/8`, `!10.1.2.3`, `10.0.*`, `2001:db8::/32` or `*.example.com`.
    ///
    /// # Errors
    /// When sshd would not understand it, or would understand something else.
    pub fn parse(text: &str) -> Result<Self, FromPatternError> {
        let (negated, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let of = |source| Self { negated, source };
        if rest.is_empty() {
            return Err(FromPatternError::Empty);
        }
        if rest.contains(',') {
            return Err(FromPatternError::Several);
        }
        let is_known = |letter: char| letter.is_ascii_alphanumeric() || "._:*?-/".contains(letter);
        if let Some((at, letter)) = rest.char_indices().find(|&(_, letter)| !is_known(letter)) {
            return Err(FromPatternError::Letter { letter, at: at + text.len() - rest.len() });
        }
        let (address, length) =
            rest.split_once('/').map_or((rest, None), |(address, length)| (address, Some(length)));
        match (address.parse::<IpAddr>(), length) {
            (Ok(address), length) => network(address, length).map(of).map_err(|fault| match fault {
                NetworkError::Length(most) => FromPatternError::Length { most },
                NetworkError::HostBits(length, meant) => {
                    FromPatternError::HostBits { length, meant: of(meant) }
                }
                NetworkError::Mapped(meant) => FromPatternError::Mapped { meant: of(meant) },
            }),
            (Err(_), Some(_)) => Err(FromPatternError::NoAddress),
            (Err(_), None) => name(rest).map(of),
        }
    }

    /// Whether sshd compares it with the name of a host alone: then it means nothing where sshd looks no
    /// names up.
    #[must_use]
    pub fn is_of_names(&self) -> bool {
        match &self.source {
            Source::Network(_) => false,
            Source::Wildcard(text) => {
                !text.chars().all(|letter| letter.is_ascii_hexdigit() || ".:*?".contains(letter))
            }
            Source::Host(_) => true,
        }
    }
}

impl Source {
    /// Whether everything that the other one matches is matched by this one, as far as that can be seen.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Network(one), Self::Network(other)) => one.contains(other),
            (Self::Wildcard(text), _) if &**text == "*" => true,
            (Self::Network(_) | Self::Wildcard(_) | Self::Host(_), _) => self == other,
        }
    }
}

/// Why an address and a length are no network.
enum NetworkError {
    Length(u8),
    HostBits(u8, Source),
    Mapped(Source),
}

fn network(address: IpAddr, length: Option<&str>) -> Result<Source, NetworkError> {
    let host = IpNet::from(address);
    let Some(text) = length else { return unmapped(host) };
    // A sign means nothing to sshd.
    let length = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let network = length.and_then(|length| IpNet::new(address, length).ok());
    unmapped(network.ok_or(NetworkError::Length(host.prefix_len()))?)
}

fn unmapped(network: IpNet) -> Result<Source, NetworkError> {
    if let IpNet::V6(six) = network
        && let Some(four) = six.addr().to_ipv4_mapped()
        && let Some(length) = six.prefix_len().checked_sub(128 - 32)
        && let Ok(meant) = IpNet::new(four.into(), length)
    {
        return Err(NetworkError::Mapped(Source::Network(meant.trunc())));
    }
    let meant = network.trunc();
    if meant == network {
        Ok(Source::Network(network))
    } else {
        Err(NetworkError::HostBits(network.prefix_len(), Source::Network(meant)))
    }
}

fn name(text: &str) -> Result<Source, FromPatternError> {
    let lower = || text.to_ascii_lowercase().into();
    let ends_in_number =
        || text.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    match text {
        _ if text.len() > LONGEST => Err(FromPatternError::Host),
        _ if text.contains(['*', '?']) => Ok(Source::Wildcard(lower())),
        _ if is_host(text) => Ok(Source::Host(lower())),
        _ if ends_in_number() && !text.contains(':') => Err(FromPatternError::Numbers),
        _ => Err(FromPatternError::Host),
    }
}

impl fmt::Display for FromPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "!" } else { "" })?;
        match &self.source {
            Source::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Source::Network(network) => network.fmt(f),
            Source::Wildcard(text) | Source::Host(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FromPattern, FromPatternError};

    fn parse(text: &str) -> FromPattern {
        FromPattern::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_reads_back_as_itself() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("!10.1.2.3", "!10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("10.0.0.0/08", "10.0.0.0/8"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("2001:db8:0:0::1", "2001:db8::1"),
            ("::/0", "::/0"),
            ("*", "*"),
            ("10.0.*", "10.0.*"),
            ("2001:DB8:*", "2001:db8:*"),
            ("*.Example.com", "*.example.com"),
            ("!bastion-?.example.com", "!bastion-?.example.com"),
            ("Bastion", "bastion"),
        ] {
            let pattern = parse(text);
            assert_eq!(pattern.to_string(), shown);
            assert_eq!(parse(shown), pattern);
        }
    }

    #[test]
    fn what_sshd_would_not_understand_is_refused() {
        for text in ["", "!"] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::Empty));
        }
        assert_eq!(FromPattern::parse("10.0.0.0/8,10.1.0.0/16"), Err(FromPatternError::Several));
        assert_eq!(FromPattern::parse("! 10.0.0.1"), Err(FromPatternError::Letter { letter: ' ', at: 1 }));
        assert_eq!(FromPattern::parse("!!10.0.0.1"), Err(FromPatternError::Letter { letter: '!', at: 1 }));
        for text in
            ["ä.example.com", "a\nb", "a\"b", "fe80::1%eth0", "[::1]", "a@b", "10.0.0.1\0", "10.0.0.0/+8"]
        {
            assert!(matches!(FromPattern::parse(text), Err(FromPatternError::Letter { .. })), "{text}");
        }
        for (text, most) in [
            ("10.0.0.0/33", 32),
            ("10.0.0.0/", 32),
            ("10.0.0.0/255.0.0.0", 32),
            ("10.0.0.0/8/8", 32),
            ("::/129", 128),
            ("::/999", 128),
        ] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::Length { most }), "{text}");
        }
        for text in ["10.0.*/24", "example.com/24", "/24"] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::NoAddress), "{text}");
        }
        for text in ["10", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1.2"] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::Numbers), "{text}");
        }
        for text in ["a..b", "-a", "2001:db8", "10.0.0.11-15", "a:22", &"a.".repeat(200)] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::Host), "{text}");
        }
    }

    #[test]
    fn says_which_network_is_meant() {
        for (text, length, expected) in [
            ("10.0.0.1/8", 8, "10.0.0.0/8"),
            ("!10.1.2.3/0", 0, "!0.0.0.0/0"),
            ("2001:db8::1/64", 64, "2001:db8::/64"),
        ] {
            let meant = parse(expected);
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::HostBits { length, meant }));
        }
        for (text, expected) in [
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::FFFF:0:0/96", "0.0.0.0/0"),
        ] {
            assert_eq!(FromPattern::parse(text), Err(FromPatternError::Mapped { meant: parse(expected) }));
        }
    }

    #[test]
    fn a_network_covers_what_lies_in_it() {
        let covers = |one: &str, other: &str| parse(one).source.covers(&parse(other).source);
        for (one, other) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("0.0.0.0/0", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8:1::/48"),
            ("*", "10.0.0.0/8"),
            ("*", "example.com"),
            ("*.example.com", "*.EXAMPLE.com"),
        ] {
            assert!(covers(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("10.1.2.3", "10.0.0.0/8"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("0.0.0.0/0", "::1"),
            ("::/0", "10.0.0.1"),
            ("example.com", "*"),
        ] {
            assert!(!covers(one, other), "{one} {other}");
        }
    }

    #[test]
    fn knows_what_is_compared_with_names_alone() {
        for text in ["bastion", "*.example.com", "!node-?"] {
            assert!(parse(text).is_of_names(), "{text}");
        }
        for text in ["10.0.0.1", "10.0.*", "*", "2001:db8:*", "!::1"] {
            assert!(!parse(text).is_of_names(), "{text}");
        }
    }
}
