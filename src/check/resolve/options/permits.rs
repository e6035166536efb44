//! `permitOpen` and `permitListen`: what a key may forward.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use super::route;
use crate::check::resolve::resolver::{DeclarationResolver, numbered};
use crate::diagnostics::visible;
use crate::openssh::{Permit, PermitError};
use crate::rules::invalid_value;
use crate::rules::wrong_type::{TEMPLATE, is_template};

impl DeclarationResolver<'_> {
    pub(super) fn permits(
        &mut self,
        field: &'static str,
        texts: Option<&[Option<String>]>,
        parse: fn(&str) -> Result<Permit, PermitError>,
    ) -> BTreeSet<Permit> {
        let Some(texts) = texts else { return BTreeSet::new() };
        if texts.is_empty() {
            let help = format!("write `portForwarding: false`, or delete `{field}`");
            self.refuse_list(field, "nothing would be written for this, and all would be allowed", &help);
        }
        let mut permits: BTreeMap<Permit, Vec<usize>> = BTreeMap::new();
        for (number, text) in numbered(texts) {
            match parse(text) {
                Ok(permit) => permits.entry(permit).or_default().push(number),
                Err(fault) => {
                    let help = permit_advice(field, text, &fault);
                    let (at, cannot) =
                        (self.value(route(field).item(number)), format!("`{field}` cannot hold"));
                    self.findings.push(invalid_value::finding(at, &cannot, text, &fault.to_string(), &help));
                }
            }
        }
        self.each_once(field, texts, permits).into_keys().collect()
    }
}

/// What to write in place of what is no host and port.
fn permit_advice(field: &str, text: &str, fault: &PermitError) -> String {
    let form = match field {
        "permitListen" => "write `HOST:PORT`, or `\"PORT\"` for any host",
        _ => "write `HOST:PORT`, as in `db.example.com:5432`",
    };
    let bracketed = || {
        let (host, port) = text.rsplit_once(':')?;
        host.parse::<Ipv6Addr>().ok()?;
        Some(format!("if `{}` is the port, write `\"[{host}]:{port}\"`", visible(port)))
    };
    match fault {
        _ if is_template(text) => TEMPLATE.into(),
        PermitError::Brackets => {
            bracketed().unwrap_or_else(|| format!("write `\"[{}]:PORT\"`", visible(text)))
        }
        PermitError::NoPort if field == "permitOpen" && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(
                "write the host as well: `localhost:{}`, or `\"*:{}\"` for any",
                visible(text),
                visible(text)
            )
        }
        PermitError::Pattern => "write each host out, or `*` for any".into(),
        PermitError::NoPort | PermitError::Port | PermitError::Host => form.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::permit_advice;
    use crate::openssh::Permit;

    #[test]
    fn says_which_host_and_port_are_meant() {
        let open = |text: &str| permit_advice("permitOpen", text, &Permit::open(text).unwrap_err());
        assert_eq!(open("::1:80"), "if `80` is the port, write `\"[::1]:80\"`");
        assert_eq!(open("::1"), "write `\"[::1]:PORT\"`");
        assert!(open("8080").contains("`localhost:8080`"));
        assert!(open("*.example.com:80").starts_with("write each host out"));
        assert!(open("${HOST}:80").contains("template"));
    }
}
