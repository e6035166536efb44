//! The proxy that requests go through, as the usual variables name it.

use std::fmt;

use ureq::ProxyProtocol;

/// A proxy, and the hosts that are reached without it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(pub(super) ureq::Proxy);

/// Why a variable names no proxy. Its value, which may hold a password, is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}` names no proxy: it is to be like `http://proxy.example.com:3128`")]
pub struct ProxyError {
    pub variable: &'static str,
}

/// The variables that may name the proxy for `https://`; the first that is set counts.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

impl Proxy {
    /// The proxy for `https://`, if variables name one. `NO_PROXY` lists hosts that are reached without it, and a
    /// domain stands for all names in it.
    ///
    /// # Errors
    /// When the variable that counts names no proxy.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ProxyError> {
        let is_set = |variable| lookup(variable).filter(|text| !text.is_empty()).map(|text| (variable, text));
        let Some((variable, text)) = VARIABLES.into_iter().find_map(is_set) else { return Ok(None) };
        let refused = |_| ProxyError { variable };
        let named = ureq::Proxy::new(text.trim()).map_err(refused)?;
        let mut builder = ureq::Proxy::builder(named.protocol()).host(named.host()).port(named.port());
        if let Some(user) = named.username() {
            builder = builder.username(user);
        }
        if let Some(password) = named.password() {
            builder = builder.password(password);
        }
        let without = lookup("NO_PROXY").or_else(|| lookup("no_proxy")).unwrap_or_default();
        for host in without.split([',', ' ']).filter(|host| !host.is_empty()) {
            builder = builder.no_proxy(host);
            if !host.starts_with(['.', '*']) {
                builder = builder.no_proxy(&format!(".{host}"));
            }
        }
        builder.build().map(|proxy| Some(Self(proxy))).map_err(refused)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.0.protocol() {
            ProxyProtocol::Http => "http",
            ProxyProtocol::Https => "https",
            _ => "socks",
        };
        write!(f, "Proxy({scheme}://{}:{})", self.0.host(), self.0.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Option<Proxy>, ProxyError> {
        let lookup = |name: &str| variables.iter().find(|(other, _)| *other == name);
        Proxy::from_variables(|name| lookup(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        assert_eq!(of(&[("HTTP_PROXY", "http://a"), ("HTTPS_PROXY", "")]), Ok(None));
        for (variables, expected) in [
            (&[("ALL_PROXY", "http://a:1"), ("HTTPS_PROXY", "b:3128")][..], "Proxy(http://b:3128)"),
            (&[("all_proxy", "socks5://u:p@a"), ("HTTPS_PROXY", "")], "Proxy(socks://a:1080)"),
            (&[("https_proxy", "https://u:p%40ss@a:8443")], "Proxy(https://a:8443)"),
        ] {
            assert_eq!(format!("{:?}", of(variables).unwrap().unwrap()), expected);
        }
    }

    #[test]
    fn a_user_and_a_password_are_kept_and_not_shown() {
        let proxy = of(&[("HTTPS_PROXY", "http://ana:p%40ss+%3A@proxy:1")]).unwrap().unwrap();
        assert_eq!((proxy.0.username(), proxy.0.password()), (Some("ana"), Some("p@ss+:")));
        let error = of(&[("HTTPS_PROXY", "gopher://ana:hunter2@proxy")]).unwrap_err();
        let shown = format!("{error} {error:?} {proxy:?}");
        assert!(error.to_string().starts_with("`HTTPS_PROXY` names no proxy"));
        assert!(!shown.contains("hunter2") && !shown.contains("ss"), "{shown}");
    }

    #[test]
    fn hosts_and_their_domains_are_reached_without_it() {
        let proxy =
            of(&[("ALL_PROXY", "p:1"), ("NO_PROXY", "example.com, .dev,*.test,10.0.0.1")]).unwrap().unwrap();
        let is_direct = |url: &str| proxy.0.is_no_proxy(&url.parse().unwrap());
        for url in [
            "https://example.com/",
            "https://A.example.com",
            "https://x.dev",
            "https://x.test",
            "https://10.0.0.1",
        ] {
            assert!(is_direct(url), "{url}");
        }
        for url in ["https://example.org", "https://notexample.com", "https://dev", "https://110.0.0.1"] {
            assert!(!is_direct(url), "{url}");
        }
    }
}
