//! The address of a node: a host and a port.

use std::fmt;
use std::net::Ipv6Addr;

use crate::openssh::client::Destination;
use crate::openssh::is_host;

/// The port that sshd listens on unless a node says otherwise.
pub const DEFAULT_PORT: u16 = 22;

/// A node: `10.0.0.11`, `node2.example.com:2222`, `[2001:db8::1]:22` or `2001:db8::1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress {
    /// A host name or an IP address, without brackets.
    pub host: Box<str>,
    pub port: u16,
}

/// Why a text is no address of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeAddressError {
    #[error("the host is neither a host name nor an IP address")]
    Host,
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl NodeAddress {
    /// A login for ssh. The default port is left to the user's configuration.
    #[must_use]
    pub fn destination(&self, user: &str) -> Destination {
        let port = Some(self.port).filter(|port| *port != DEFAULT_PORT);
        Destination { host: self.host.clone(), port, user: Some(user.into()) }
    }

    /// The same for whoever logs in by the user's configuration.
    #[must_use]
    pub fn destination_as_configured(&self) -> Destination {
        Destination { user: None, ..self.destination("") }
    }

    /// The address of a node.
    ///
    /// # Errors
    /// When the host is neither a name (RFC 1123) nor an IP address, or the port is no port.
    pub fn parse(text: &str) -> Result<Self, NodeAddressError> {
        if text.contains(':')
            && let Ok(address) = text.parse::<Ipv6Addr>()
        {
            return Ok(Self { host: address.to_string().into(), port: DEFAULT_PORT });
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, port) = rest.split_once(']').ok_or(NodeAddressError::Host)?;
            let host = host.parse::<Ipv6Addr>().map_err(|_| NodeAddressError::Host)?;
            let port = if port.is_empty() {
                None
            } else {
                Some(port.strip_prefix(':').ok_or(NodeAddressError::Port)?)
            };
            return Ok(Self { host: host.to_string().into(), port: parse_port(port)? });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        if !is_host(host) {
            return Err(NodeAddressError::Host);
        }
        Ok(Self { host: host.to_ascii_lowercase().into(), port: parse_port(port)? })
    }
}

fn parse_port(text: Option<&str>) -> Result<u16, NodeAddressError> {
    let Some(text) = text else { return Ok(DEFAULT_PORT) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| is_number && port > 0).ok_or(NodeAddressError::Port)
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (false, DEFAULT_PORT) => write!(f, "{}", self.host),
            (false, port) => write!(f, "{}:{port}", self.host),
            (true, DEFAULT_PORT) => write!(f, "[{}]", self.host),
            (true, port) => write!(f, "[{}]:{port}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::{NodeAddress, NodeAddressError};

    #[test]
    fn what_is_an_address_reads_back_as_itself() {
        for (text, shown) in [
            ("10.0.0.11", "10.0.0.11"),
            ("node2.example.com:2222", "node2.example.com:2222"),
            ("Node2.Example.com", "node2.example.com"),
            ("10.0.0.11:22", "10.0.0.11"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:DB8::1]:2222", "[2001:db8::1]:2222"),
            ("node_1", "node_1"),
            ("node-1-3.example.com", "node-1-3.example.com"),
            ("10-0-0-11", "10-0-0-11"),
            ("10.0.0.11-15.example.com", "10.0.0.11-15.example.com"),
        ] {
            let address = NodeAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(NodeAddress::parse(shown), Ok(address));
        }
    }

    proptest! {
        #[test]
        fn of_numbers_only_ip_addresses_are_nodes(long in any::<u128>(), short in any::<u32>(), text in "[0-9]{1,3}([.-][0-9]{1,3}){1,4}") {
            let long = Ipv6Addr::from(long);
            prop_assert!(NodeAddress::parse(&long.to_string()).is_ok_and(|node| node.host.parse() == Ok(long)));
            let short = Ipv4Addr::from(short);
            prop_assert!(NodeAddress::parse(&short.to_string()).is_ok_and(|node| node.host.parse() == Ok(short)));
            if text.contains('.') {
                prop_assert_eq!(NodeAddress::parse(&text).is_ok(), text.parse::<Ipv4Addr>().is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "-oProxyCommand=x",
            "a b",
            "10.0.0.300",
            "10.0.0",
            "10.0.0.11-15",
            "10.0.0.11-10.0.0.15",
            "10.0-3.0.1",
            "root@host",
            "[::1",
            "a..b",
            "*",
        ] {
            assert_eq!(NodeAddress::parse(text), Err(NodeAddressError::Host), "{text}");
        }
        for text in ["a:", "a:0", "a:65536", "a:+22", "a:22:22", "[::1]22", "a:x", "ssh://a"] {
            assert_eq!(NodeAddress::parse(text), Err(NodeAddressError::Port), "{text}");
        }
    }
}
