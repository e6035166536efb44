//! A cluster: its key is found by name, its nodes by address.

use std::sync::Arc;

use super::resolver::{DeclarationResolver, metadata, numbered};
use crate::check::declare::cluster::ClusterSpec;
use crate::check::declare::document::Document;
use crate::diagnostics::visible;
use crate::model::{
    Cloud, Cluster, DEFAULT_LOGIN_USER, Declared, NodeAddress, NodeAddressError, is_login_user,
};
use crate::openssh::OpenSshVersion;
use crate::rules::invalid_value;
use crate::rules::wrong_type::{TEMPLATE, is_template};
use crate::source::Route;

impl DeclarationResolver<'_> {
    pub(super) fn cluster(&mut self, document: &Document<ClusterSpec>) -> Option<Declared<Arc<Cluster>>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_ref(), "a cluster");
        let project = self.project_reference(given.project.as_ref());
        let previous_name = self.previous_name(given.previous_name.as_ref(), given.name.as_ref());
        let spec = document.spec.as_ref();
        let ssh_key = spec.and_then(|spec| spec.ssh_key.as_ref());
        let ssh_key = ssh_key.and_then(|key| Some(self.key_reference(key, given.project.as_deref()?)));
        let cloud = spec.and_then(|spec| Cloud::parse(spec.cloud.as_deref()?)).unwrap_or_default();
        let login_user = spec.and_then(|spec| spec.login_user.as_deref()).unwrap_or(DEFAULT_LOGIN_USER);
        self.check_login_user(login_user);
        let nodes = spec.and_then(|spec| spec.nodes.as_deref()).unwrap_or_default();
        let nodes = self.nodes(nodes);
        let sshd = spec.and_then(|spec| spec.sshd.as_deref()).and_then(|sshd| self.sshd(sshd));
        let known_keys = spec.and_then(|spec| spec.known_keys.as_deref()).unwrap_or_default();
        let known_keys = self.known_keys(known_keys);
        let metadata = metadata(given);
        let login_user = login_user.into();
        let (project, name) = (project?, name?);
        let cluster =
            Cluster { project, name, metadata, ssh_key, cloud, login_user, nodes, sshd, known_keys };
        Some(self.declared(Arc::new(cluster), previous_name))
    }

    fn check_login_user(&mut self, text: &str) {
        if !is_login_user(text) {
            let at = self.value(Route::fields(["spec", "loginUser"]));
            let help = "write a user of the nodes: up to 32 letters, digits and `_ . -`, no digit first";
            self.findings.push(invalid_value::finding(
                at,
                "`loginUser` cannot be",
                text,
                "no system has such a user",
                help,
            ));
        }
    }

    fn sshd(&mut self, text: &str) -> Option<OpenSshVersion> {
        let version = OpenSshVersion::parse(text);
        if version.is_none() {
            let help = match OpenSshVersion::find(text) {
                Some(version) => format!("did you mean `\"{version}\"`?"),
                None => "write the oldest version that `ssh -V` prints on its nodes, as in `\"8.4\"`".into(),
            };
            let at = self.value(Route::fields(["spec", "sshd"]));
            let why = "a version of OpenSSH is two numbers with a point between them";
            self.findings.push(invalid_value::finding(at, "`sshd` cannot be", text, why, &help));
        }
        version
    }

    fn nodes(&mut self, texts: &[Option<Box<str>>]) -> Vec<NodeAddress> {
        let route = |number| Route::fields(["spec", "nodes"]).item(number);
        let mut nodes: Vec<(NodeAddress, usize)> = Vec::with_capacity(texts.len());
        for (number, text) in numbered(texts) {
            match NodeAddress::parse(text) {
                Err(fault) => {
                    let (why, help) = node_advice(text, fault);
                    let at = self.value(route(number));
                    self.findings.push(invalid_value::finding(at, "`nodes` cannot hold", text, &why, &help));
                }
                Ok(node) => nodes.push((node, number)),
            }
        }
        nodes.sort_unstable();
        for same in nodes.chunk_by(|(one, _), (other, _)| one == other).filter(|same| same.len() > 1) {
            let text = texts[same[1].1].as_deref().unwrap_or_default();
            let places = same.iter().map(|&(_, number)| self.value(route(number)));
            let finding = invalid_value::again("nodes", text, places);
            self.findings.push(finding);
        }
        nodes.dedup_by(|(again, _), (node, _)| again == node);
        nodes.into_iter().map(|(node, _)| node).collect()
    }
}

/// Why a text is no node, and what to write.
fn node_advice(text: &str, fault: NodeAddressError) -> (String, String) {
    let address = text.trim();
    let (scheme, address) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let (user, address) = address.rsplit_once('@').map_or(("", address), |(user, rest)| (user, rest));
    let (host, path) = address.split_once('/').map_or((address, None), |(host, path)| (host, Some(path)));
    let host = host.replace(": ", ":");
    let meant = NodeAddress::parse(host.trim()).ok();
    let is_network = scheme.is_empty()
        && path.is_some_and(|path| !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit()));
    match meant {
        _ if is_template(text) => ("nothing was filled in here".into(), TEMPLATE.into()),
        None if is_range(&host) => {
            ("this is a range".into(), "list each node, with a name or an IP address".into())
        }
        Some(_) if is_network => {
            ("this is a network".into(), "list its nodes, each with a name or an IP address".into())
        }
        Some(node) if !user.is_empty() => (
            "a node is written without a user".into(),
            format!("write `{node}`, and `loginUser: {}` if that is not the default", visible(user)),
        ),
        Some(node) if !scheme.is_empty() => {
            (format!("a node is written without `{}://`", visible(scheme)), format!("did you mean `{node}`?"))
        }
        Some(node) => ("a node is `HOST` or `HOST:PORT`".into(), format!("did you mean `{node}`?")),
        None => {
            let help = match fault {
                NodeAddressError::Host => "write a host name or an IP address, with `:PORT` if it is not 22",
                NodeAddressError::Port => "write `HOST:PORT` with such a port, or `HOST` alone for port 22",
            };
            (fault.to_string(), help.into())
        }
    }
}

/// Whether a host is written for several: `10.0.0.11-15`, `node[1-3]`, `node{1..3}`.
fn is_range(host: &str) -> bool {
    let has_numbers = |text: &str, parting: &str| {
        text.match_indices(parting).any(|(at, _)| {
            let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
            is_digit(text[..at].chars().next_back()) && is_digit(text[at + parting.len()..].chars().next())
        })
    };
    has_numbers(host, "-") || has_numbers(host, "..")
}

#[cfg(test)]
mod tests {
    use super::node_advice;
    use crate::model::NodeAddress;

    #[test]
    fn says_which_node_is_meant() {
        let advice = |text: &str| {
            let (why, help) = node_advice(text, NodeAddress::parse(text).unwrap_err());
            format!("{why}; {help}")
        };
        for (text, expected) in [
            ("ssh://10.0.0.11", "a node is written without `ssh://`; did you mean `10.0.0.11`?"),
            ("https://node1:6443/", "a node is written without `https://`; did you mean `node1:6443`?"),
            ("10.0.0.11: 2222", "a node is `HOST` or `HOST:PORT`; did you mean `10.0.0.11:2222`?"),
            ("10.0.0.11 ", "a node is `HOST` or `HOST:PORT`; did you mean `10.0.0.11`?"),
        ] {
            assert_eq!(advice(text), expected);
        }
        assert!(advice("root@10.0.0.12").contains("write `10.0.0.12`, and `loginUser: root`"));
        assert!(advice("ssh://root@a:2222").contains("write `a:2222`, and `loginUser: root`"));
        assert!(advice("10.0.0.0/24").starts_with("this is a network"));
        for range in ["10.0.0.11-15", "10.0.0.11-10.0.0.15", "10.0.0.[11-15]", "node{1..3}:22"] {
            assert_eq!(advice(range), "this is a range; list each node, with a name or an IP address");
        }
        assert!(advice("10.0.0.256").starts_with("the host is neither"));
        assert!(advice("a:65536").starts_with("the port is not"));
        assert!(advice("{{ node }}").contains("template"));
    }
}
