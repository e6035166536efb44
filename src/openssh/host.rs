//! Names of hosts.

use std::net::Ipv4Addr;

/// Whether a text is a host name or an IPv4 address.
///
/// RFC 1123, section 2.1: labels of letters, digits and inner hyphens. A name whose last label is a
/// number must be an IPv4 address, and so must numbers with a range among them, as in `10.0.0.11-15`.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_in_number =
        || text.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    let is_range = || {
        text.contains('.') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
    };
    text.parse::<Ipv4Addr>().is_ok()
        || text.len() <= 253 && text.split('.').all(is_label) && !ends_in_number() && !is_range()
}
