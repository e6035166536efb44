//! `permitopen` and `permitlisten`: to where, and where, a key may forward ports.

use std::fmt;
use std::net::Ipv6Addr;

use super::host::is_host;

/// A host and a port that may be forwarded to, or listened on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permit {
    /// A host name or an IP address without brackets; `*` for any. sshd compares it as it is written.
    host: Box<str>,
    /// Nothing for any.
    port: Option<u16>,
}

/// Why a text is no such host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermitError {
    #[error("a port is missing")]
    NoPort,
    #[error("the port is neither a number from 1 to 65535 nor `*`")]
    Port,
    #[error("an IPv6 address is written in brackets")]
    Brackets,
    #[error("sshd compares the host letter by letter: no wildcard but `*` alone means anything")]
    Pattern,
    #[error("the host is neither a host name nor an IP address")]
    Host,
}

impl Permit {
    /// `HOST:PORT` for `permitopen`. Both may be `*`.
    ///
    /// # Errors
    /// When sshd would refuse the line, or the text would match nothing.
    pub fn open(text: &str) -> Result<Self, PermitError> {
        let permit = parse(text, None)?;
        match &*permit.host {
            "*" => Ok(permit),
            host if host.contains(['*', '?']) => Err(PermitError::Pattern),
            host if is_host_or_address(host) => Ok(permit),
            _ => Err(PermitError::Host),
        }
    }

    /// `HOST:PORT`, or `PORT` alone for any host, for `permitlisten`. The host may have wildcards.
    ///
    /// # Errors
    /// When sshd would refuse the line.
    pub fn listen(text: &str) -> Result<Self, PermitError> {
        let permit = parse(text, Some("*"))?;
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*?".contains(&byte);
        match &*permit.host {
            host if host.contains(['*', '?']) && host.len() <= 253 && host.bytes().all(is_letter) => {
                Ok(permit)
            }
            host if is_host_or_address(host) => Ok(permit),
            _ => Err(PermitError::Host),
        }
    }
}

fn is_host_or_address(host: &str) -> bool {
    is_host(host) || host.parse::<Ipv6Addr>().is_ok()
}

/// A host and a port; `bare` is the host of a port without one.
fn parse(text: &str, bare: Option<&str>) -> Result<Permit, PermitError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(PermitError::Host)?;
        let host = host.parse::<Ipv6Addr>().map_err(|_| PermitError::Host)?;
        let port = rest.strip_prefix(':').ok_or(PermitError::NoPort)?;
        return Ok(Permit { host: host.to_string().into(), port: parse_port(port)? });
    }
    let is_six = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    match (text.rsplit_once(':'), bare) {
        (Some((host, _)), _) if is_six(text) || is_six(host) => Err(PermitError::Brackets),
        (Some((host, port)), _) => Ok(Permit { host: host.into(), port: parse_port(port)? }),
        (None, Some(host)) => Ok(Permit { host: host.into(), port: parse_port(text)? }),
        (None, None) => Err(PermitError::NoPort),
    }
}

fn parse_port(text: &str) -> Result<Option<u16>, PermitError> {
    if text == "*" {
        return Ok(None);
    }
    if text.is_empty() {
        return Err(PermitError::NoPort);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| is_number && port > 0).map(Some).ok_or(PermitError::Port)
}

impl fmt::Display for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:", self.host)?;
        } else {
            write!(f, "{}:", self.host)?;
        }
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Permit, PermitError};

    #[test]
    fn a_host_and_a_port_read_back_as_themselves() {
        for (text, shown) in [
            ("db.example.com:5432", "db.example.com:5432"),
            ("DB:080", "DB:80"),
            ("10.0.0.1:*", "10.0.0.1:*"),
            ("*:443", "*:443"),
            ("[2001:DB8::1]:22", "[2001:db8::1]:22"),
        ] {
            for parse in [Permit::open, Permit::listen] {
                let permit = parse(text).unwrap();
                assert_eq!(permit.to_string(), shown);
                assert_eq!(parse(shown), Ok(permit));
            }
        }
        assert_eq!(Permit::listen("8080").unwrap().to_string(), "*:8080");
        assert_eq!(Permit::listen("*").unwrap().to_string(), "*:*");
        assert_eq!(Permit::listen("*.local:80").unwrap().to_string(), "*.local:80");
    }

    #[test]
    fn what_sshd_would_drop_is_refused() {
        for (text, fault) in [
            ("db", PermitError::NoPort),
            ("8080", PermitError::NoPort),
            ("db:", PermitError::NoPort),
            ("[::1]", PermitError::NoPort),
            ("db:0", PermitError::Port),
            ("db:65536", PermitError::Port),
            ("db:http", PermitError::Port),
            ("db:+80", PermitError::Port),
            ("2001:db8::1:80", PermitError::Brackets),
            ("::1", PermitError::Brackets),
            ("*.example.com:80", PermitError::Pattern),
            ("a b:80", PermitError::Host),
            ("https://db:80", PermitError::Host),
            ("10.0.0:80", PermitError::Host),
            (":80", PermitError::Host),
            ("[db]:80", PermitError::Host),
            ("db\"x:80", PermitError::Host),
        ] {
            assert_eq!(Permit::open(text), Err(fault), "{text}");
        }
        for (text, fault) in [
            ("", PermitError::NoPort),
            ("0", PermitError::Port),
            ("db", PermitError::Port),
            ("a*,b:80", PermitError::Host),
            ("::1", PermitError::Brackets),
        ] {
            assert_eq!(Permit::listen(text), Err(fault), "{text}");
        }
    }
}
