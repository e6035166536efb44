//! One declaration into one resource.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;

use super::names::Names;
use super::proof::prove;
use super::public_key::{check_policy, read_with_proofs};
use crate::declare::cluster::ClusterDocument;
use crate::declare::metadata::Labels;
use crate::declare::project::{ProjectDocument, ProjectMember};
use crate::declare::ssh_key::{SshKeyDocument, SshKeySpec};
use crate::declare::team::TeamDocument;
use crate::declare::{Body, Declaration};
use crate::diagnostics::{Finding, Label, LocatedText, Where, quoted, visible};
use crate::model::{
    Cloud, Cluster, DEFAULT_LOGIN_USER, Declared, Fingerprint, FingerprintError, KeyType, Member, Metadata,
    Name, NodeAddress, NodeAddressFault, Origin, Project, PublicKey, Role, SshKey, Subject, Team, UserName,
};
use crate::proofs::Proofs;
use crate::rules::wrong_type::{TEMPLATE, is_template};
use crate::rules::{
    duplicate_member, fingerprint_mismatch, invalid_name, invalid_value, key_out_of_scope,
    path_outside_workspace, unknown_key, unknown_project, unknown_team, unreadable_file,
};
use crate::source::walk::{self, Unreadable};
use crate::source::{FileId, Place, Route, SourceSet, Span};

/// The files that `publicKeyFile` names, by their path below the workspace.
pub type KeyFiles = HashMap<Utf8PathBuf, KeyFile>;

/// A file that `publicKeyFile` names.
#[derive(Debug)]
pub enum KeyFile {
    /// It holds text.
    Text(FileId),
    /// It does not, which is reported.
    NoText(FileId),
    /// It cannot be read.
    Unreadable(Unreadable),
}

/// A resource, as far as it could be made out.
#[derive(Debug)]
pub enum Resolved {
    /// From `kind: Project`
    Project(Declared<Project>),
    /// From `kind: Team`
    Team(Declared<Team>),
    /// From `kind: SSHKey`
    Key(Declared<SshKey<Option<PublicKey>>>),
    /// From `kind: Cluster`
    Cluster(Declared<Cluster>),
}

/// What is needed to resolve a declaration.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    /// The files.
    pub sources: &'a SourceSet,
    /// The names of all declarations.
    pub names: &'a Names<'a>,
    /// The files of public keys.
    pub key_files: &'a KeyFiles,
    /// What `allowedKeyTypes` lists.
    pub allowed_key_types: Option<&'a [KeyType]>,
    /// Keys that need no costly proof.
    pub proofs: &'a Proofs,
}

/// What resolving brings up beside resources.
#[derive(Debug, Default)]
pub struct Notes {
    /// Problems.
    pub findings: Vec<Finding>,
    /// Keys that passed every costly proof just now.
    pub proven: Vec<Fingerprint>,
}

/// The file that a declaration names in `publicKeyFile`, below the workspace; nothing when it names
/// none, or one outside.
#[must_use]
pub fn key_file(sources: &SourceSet, declaration: &Declaration) -> Option<Utf8PathBuf> {
    let Body::SshKey(key) = &declaration.body else { return None };
    let given = key.spec.as_ref()?.public_key_file.as_deref()?;
    walk::resolve(sources.file(FileId(declaration.origin.file)).path(), Utf8Path::new(given))
}

impl Resolver<'_> {
    /// The resource that a document declares. Nothing when it has no name or no project.
    #[must_use]
    pub fn resolve(&self, declaration: &Declaration, notes: &mut Notes) -> Option<Resolved> {
        let origin = declaration.origin;
        let mut one =
            One { resolver: self, origin, findings: &mut notes.findings, proven: &mut notes.proven };
        match &declaration.body {
            Body::Project(project) => one.project(project).map(Resolved::Project),
            Body::Team(team) => one.team(team).map(Resolved::Team),
            Body::SshKey(key) => one.key(key).map(Resolved::Key),
            Body::Cluster(cluster) => one.cluster(cluster).map(Resolved::Cluster),
            Body::Workspace(_) => None,
        }
    }
}

/// The declaration that is being resolved.
struct One<'a> {
    resolver: &'a Resolver<'a>,
    origin: Origin,
    findings: &'a mut Vec<Finding>,
    proven: &'a mut Vec<Fingerprint>,
}

impl One<'_> {
    fn project(&mut self, document: &ProjectDocument) -> Option<Declared<Project>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_deref(), "a project");
        let previous_name =
            self.previous_name(given.previous_name.as_deref(), given.name.as_deref(), |names, previous| {
                names.has_project(previous)
            });
        let members = document.spec.as_ref().and_then(|spec| spec.members.as_deref()).unwrap_or_default();
        let members =
            numbered(members).filter_map(|(number, member)| Some((number, self.member(number, member)?)));
        let members: Vec<_> = members.collect();
        duplicate_member::in_project(
            self.origin,
            given.name.as_deref().unwrap_or_default(),
            &members,
            self.findings,
        );
        let members = in_order(members);
        let metadata = metadata(given.description.as_deref(), given.labels.as_ref(), given.protected);
        Some(self.declared(Project { name: name?, metadata, members }, previous_name))
    }

    fn member(&mut self, number: usize, member: &ProjectMember) -> Option<Member> {
        let route = Route::fields(["spec", "members"]).item(number);
        let user = member.user.as_deref().and_then(|user| self.user(user, route.clone().field("user")));
        let team =
            member.team.as_deref().and_then(|team| self.team_reference(team, route.clone().field("team"), 0));
        let subject = user.map(Subject::User).or(team.map(Subject::Team))?;
        Some(Member { subject, role: Role::parse(member.role.as_deref()?)? })
    }

    fn team(&mut self, document: &TeamDocument) -> Option<Declared<Team>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_deref(), "a team");
        let members = document.spec.as_ref().and_then(|spec| spec.members.as_deref()).unwrap_or_default();
        let members = numbered(members).filter_map(|(number, user)| {
            Some((number, self.user(user, Route::fields(["spec", "members"]).item(number))?))
        });
        let members: Vec<_> = members.collect();
        duplicate_member::in_team(
            self.origin,
            given.name.as_deref().unwrap_or_default(),
            &members,
            self.findings,
        );
        let members = in_order(members);
        let metadata = metadata(given.description.as_deref(), given.labels.as_ref(), given.protected);
        Some(self.declared(Team { name: name?, metadata, members }, None))
    }

    fn key(&mut self, document: &SshKeyDocument) -> Option<Declared<SshKey<Option<PublicKey>>>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_deref(), "an SSH key");
        let project = self.project_reference(given.project.as_deref());
        let empty = SshKeySpec::default();
        let spec = document.spec.as_ref().unwrap_or(&empty);
        let public_key = self.public_key(spec);
        let owner = spec.owner.as_deref().and_then(|owner| self.owner(owner));
        let expires = spec.expires.as_deref().and_then(|day| self.day(day));
        let metadata = metadata(given.description.as_deref(), given.labels.as_ref(), given.protected);
        let key = SshKey { project: project?, name: name?, metadata, public_key, owner, expires };
        Some(self.declared(key, None))
    }

    fn cluster(&mut self, document: &ClusterDocument) -> Option<Declared<Cluster>> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_deref(), "a cluster");
        let project = self.project_reference(given.project.as_deref());
        let (project_text, name_text) = (given.project.as_deref(), given.name.as_deref());
        let previous_name =
            self.previous_name(given.previous_name.as_deref(), name_text, |names, previous| {
                project_text.is_some_and(|project| names.has_cluster(project, previous))
            });
        let spec = document.spec.as_ref();
        let ssh_key = spec.and_then(|spec| spec.ssh_key.as_deref());
        let ssh_key = ssh_key.and_then(|key| Some(self.key_reference(key, given.project.as_deref()?)));
        let cloud = spec.and_then(|spec| Cloud::parse(spec.cloud.as_deref()?)).unwrap_or_default();
        let login_user = spec.and_then(|spec| spec.login_user.as_deref()).unwrap_or(DEFAULT_LOGIN_USER);
        self.check_login_user(login_user);
        let nodes = spec.and_then(|spec| spec.nodes.as_deref()).unwrap_or_default();
        let nodes = self.nodes(nodes);
        let metadata = metadata(given.description.as_deref(), given.labels.as_ref(), given.protected);
        let login_user = login_user.into();
        let cluster = Cluster { project: project?, name: name?, metadata, ssh_key, cloud, login_user, nodes };
        Some(self.declared(cluster, previous_name))
    }

    const fn declared<T>(&self, value: T, previous_name: Option<Name>) -> Declared<T> {
        Declared { origin: self.origin, previous_name, value }
    }

    fn name(&mut self, text: Option<&str>, what: &str) -> Option<Name> {
        Some(self.declared_name(text?, what, Route::fields(["metadata", "name"])))
    }

    fn declared_name(&mut self, text: &str, what: &str, route: Route) -> Name {
        let (name, fault) = Name::declared(text);
        if let Some(fault) = fault {
            let text = LocatedText::new(text, Where::Value(self.origin, route));
            self.findings.push(invalid_name::finding(&text, what, &fault));
        }
        name
    }

    fn previous_name(
        &mut self,
        previous: Option<&str>,
        name: Option<&str>,
        is_declared: impl Fn(&Names<'_>, &str) -> bool,
    ) -> Option<Name> {
        let previous = previous?;
        let route = Route::fields(["metadata", "previousName"]);
        let why = if Some(previous) == name {
            Some(("this is its name", "delete `previousName`"))
        } else if is_declared(self.resolver.names, previous) {
            Some(("this name is still declared", "delete the other declaration, or `previousName`"))
        } else {
            None
        };
        if let Some((why, help)) = why {
            let at = self.value(route);
            self.findings.push(invalid_value::finding(at, "`previousName` cannot be", previous, why, help));
            return None;
        }
        Some(self.declared_name(previous, "what is renamed", route))
    }

    fn user(&mut self, text: &str, route: Route) -> Option<UserName> {
        match UserName::parse(text) {
            Ok(user) => Some(user),
            Err(fault) => {
                let text = LocatedText::new(text, Where::Value(self.origin, route));
                self.findings.push(invalid_name::finding(&text, "a user", &fault));
                None
            }
        }
    }

    /// A reference to a team whose name begins `offset` bytes into the value at the route.
    fn team_reference(&mut self, text: &str, route: Route, offset: usize) -> Option<Name> {
        let names = self.resolver.names;
        if names.has_team(text) {
            return Some(Name::declared(text).0);
        }
        let at = Where::Within(self.origin, route, offset..offset + text.len());
        let finding = unknown_team::finding(at, text, names.teams());
        self.unknown(finding);
        None
    }

    fn project_reference(&mut self, text: Option<&str>) -> Option<Name> {
        let text = text?;
        let names = self.resolver.names;
        if !names.has_project(text) {
            let at = self.value(Route::fields(["metadata", "project"]));
            let finding = unknown_project::finding(at, text, names.projects());
            self.unknown(finding);
        }
        Some(Name::declared(text).0)
    }

    fn key_reference(&mut self, key: &str, project: &str) -> Name {
        let names = self.resolver.names;
        // In a project that does not exist nothing is missing but the project.
        if names.has_project(project) && !names.has_key(project, key) {
            let at = self.value(Route::fields(["spec", "sshKey"]));
            let finding = match names.owner_of_key(key).or_else(|| named_owner(names, key, project)) {
                Some((other, origin)) => {
                    let owner = Where::Value(origin, Route::fields(["metadata", "project"]));
                    key_out_of_scope::finding(at, key, project, (other, owner))
                }
                None => unknown_key::finding(at, key, project, names.keys_of(project)),
            };
            self.unknown(finding);
        }
        Name::declared(key).0
    }

    /// Keeps a finding of a reference to nothing. Where a document could not be read to its end, what is
    /// missing may stand there.
    fn unknown(&mut self, finding: Finding) {
        let is_declaring =
            finding.help.as_ref().is_some_and(|help| help.starts_with("declare it with `kind:"));
        let mut broken = self.resolver.sources.files().filter(|(_, file)| !file.yaml().faults().is_empty());
        self.findings.push(match broken.next().filter(|_| is_declaring) {
            Some((_, file)) => {
                let path = quoted(file.path().as_str());
                finding.help(format!("mend {path} first, where it may be declared; else declare it"))
            }
            None => finding,
        });
    }

    fn owner(&mut self, text: &str) -> Option<Subject> {
        let route = Route::fields(["spec", "owner"]);
        match text.strip_prefix("team:") {
            Some(team) if team.starts_with(' ') => {
                self.findings.push(invalid_value::finding(
                    self.value(route),
                    "`owner` cannot be",
                    text,
                    "a space stands behind `team:`",
                    &format!("write `team:{}`", visible(team.trim())),
                ));
                None
            }
            Some(team) => self.team_reference(team, route, "team:".len()).map(Subject::Team),
            None => self.user(text, route).map(Subject::User),
        }
    }

    fn day(&mut self, text: &str) -> Option<Date> {
        let day = (text.len() == "2027-06-30".len()).then(|| text.parse().ok()).flatten();
        if day.is_none() {
            let at = self.value(Route::fields(["spec", "expires"]));
            let is_written_right = text.len() == 10
                && text.bytes().enumerate().all(|(at, byte)| match at {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                });
            let why = if is_written_right {
                "the calendar has no such day"
            } else {
                "a day is written `YYYY-MM-DD`"
            };
            let help = match invalid_value::day_meant(text) {
                Some(day) => format!("did you mean `{day}`?"),
                None if matches!(text, "never" | "none" | "no") => {
                    "delete `expires`: a key without it does not expire".into()
                }
                None => "write the last day on which the key is valid, as in `2027-06-30`".into(),
            };
            self.findings.push(invalid_value::finding(at, "`expires` cannot be", text, why, &help));
        }
        day
    }

    /// POSIX names of users, as `useradd` takes them.
    fn check_login_user(&mut self, text: &str) {
        let mut bytes = text.bytes();
        let begins = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
        let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if !(begins && goes_on && text.len() <= 32) {
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

    fn nodes(&mut self, texts: &[Option<String>]) -> Vec<NodeAddress> {
        let mut nodes: Vec<NodeAddress> = Vec::with_capacity(texts.len());
        let mut seen = HashMap::with_capacity(texts.len());
        for (number, text) in numbered(texts) {
            let route = Route::fields(["spec", "nodes"]).item(number);
            match NodeAddress::parse(text) {
                Err(fault) => {
                    let (why, help) = node_advice(text, fault);
                    let at = self.value(route);
                    self.findings.push(invalid_value::finding(at, "`nodes` cannot hold", text, &why, &help));
                }
                Ok(node) => match seen.insert(node.clone(), number) {
                    None => nodes.push(node),
                    Some(first) => {
                        let first = self.value(Route::fields(["spec", "nodes"]).item(first));
                        let finding = invalid_value::finding(
                            self.value(route),
                            "`nodes` cannot hold",
                            text,
                            "this node is listed again",
                            "delete one of the two",
                        );
                        self.findings.push(finding.label(first, "first listed here"));
                    }
                },
            }
        }
        nodes.sort_unstable();
        nodes
    }

    fn public_key(&mut self, spec: &SshKeySpec) -> Option<PublicKey> {
        let key = match (&spec.public_key, &spec.public_key_file) {
            (Some(text), _) => {
                let at = self.value(Route::fields(["spec", "publicKey"]));
                self.read_and_prove(&LocatedText::new(text, at))
            }
            (None, Some(path)) => self.public_key_file(path),
            (None, None) => None,
        };
        if let Some(declared) = &spec.fingerprint {
            self.check_fingerprint(declared, key.as_ref(), spec);
        }
        key
    }

    fn read_and_prove(&mut self, text: &LocatedText<'_>) -> Option<PublicKey> {
        let key = read_with_proofs(text, self.resolver.proofs, self.findings)?;
        check_policy(&key, &text.whole(), self.resolver.allowed_key_types, self.findings);
        if !self.resolver.proofs.contains(key.fingerprint()) && prove(&key, &text.whole(), self.findings) {
            self.proven.push(*key.fingerprint());
        }
        Some(key)
    }

    fn check_fingerprint(&mut self, declared: &str, key: Option<&PublicKey>, spec: &SshKeySpec) {
        let at = self.value(Route::fields(["spec", "fingerprint"]));
        match (declared.parse::<Fingerprint>(), key) {
            (Ok(fingerprint), Some(key)) => {
                self.findings.extend(fingerprint_mismatch::check(
                    fingerprint,
                    key,
                    at,
                    self.place_of_key(spec),
                ));
            }
            (Ok(_), None) => {}
            (Err(error), _) => {
                let (why, help) = fingerprint_advice(declared, error);
                let cannot = "`fingerprint` cannot be";
                self.findings.push(invalid_value::finding(at, cannot, declared, &why, &help));
            }
        }
    }

    fn place_of_key(&self, spec: &SshKeySpec) -> Where {
        let field = if spec.public_key.is_some() { "publicKey" } else { "publicKeyFile" };
        self.value(Route::fields(["spec", field]))
    }

    fn public_key_file(&mut self, given: &str) -> Option<PublicKey> {
        let at = self.value(Route::fields(["spec", "publicKeyFile"]));
        if given.split_whitespace().next().and_then(KeyType::parse).is_some() {
            let finding = invalid_value::RULE
                .finding("`publicKeyFile` is a key, and should be the path of a file")
                .label(at, "a path belongs here")
                .help("write `publicKey` in place of `publicKeyFile`");
            self.findings.push(finding);
            return None;
        }
        let declaring = self.resolver.sources.file(FileId(self.origin.file)).path();
        let Some(path) = walk::resolve(declaring, Utf8Path::new(given)) else {
            self.findings.push(path_outside_workspace::finding(at, given));
            return None;
        };
        match self.resolver.key_files.get(&path)? {
            KeyFile::Unreadable(Unreadable::LeadsOutside) => {
                self.findings.push(path_outside_workspace::finding(at, given));
                None
            }
            KeyFile::Unreadable(why) => {
                self.findings.push(unreadable_file::finding(at, &path, why));
                None
            }
            KeyFile::NoText(_) => None,
            KeyFile::Text(file) => {
                let text = self.resolver.sources.file(*file).text();
                let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
                let before = self.findings.len();
                let text = LocatedText::new(text, Where::Bytes(Place { file: *file, span: whole }));
                let key = self.read_and_prove(&text);
                for finding in &mut self.findings[before..] {
                    finding.labels.push(Label { at: at.clone(), text: "the file is named here".into() });
                }
                key
            }
        }
    }

    fn value(&self, route: Route) -> Where {
        Where::Value(self.origin, route)
    }
}

/// Numbered items in their own order: that of the document means nothing.
fn in_order<T: Ord>(numbered: Vec<(usize, T)>) -> Vec<T> {
    let mut items: Vec<_> = numbered.into_iter().map(|(_, item)| item).collect();
    items.sort_unstable();
    items
}

/// The project that a key's address names (`web/ops`, `key/web/ops`), if another one has that key.
fn named_owner<'a>(names: &Names<'a>, key: &str, project: &str) -> Option<(&'a str, Origin)> {
    let (owner, name) = key.strip_prefix("key/").unwrap_or(key).split_once('/')?;
    names.owner_of_key(name).filter(|(found, _)| *found == owner && owner != project)
}

/// Why a text is no node, and what to write.
fn node_advice(text: &str, fault: NodeAddressFault) -> (String, String) {
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
                NodeAddressFault::Host => "write a host name or an IP address, with `:PORT` if it is not 22",
                NodeAddressFault::Port => "write `HOST:PORT` with such a port, or `HOST` alone for port 22",
            };
            (fault.to_string(), help.into())
        }
    }
}

/// Why a text is no fingerprint, and what to write.
fn fingerprint_advice(text: &str, error: FingerprintError) -> (String, String) {
    let meant = text
        .split_whitespace()
        .find_map(|word| word.parse::<Fingerprint>().or_else(|_| format!("SHA256:{word}").parse()).ok());
    let why = match error {
        FingerprintError::Md5 => "this is an MD5 fingerprint".into(),
        FingerprintError::NotSha256 => "a fingerprint begins with `SHA256:`".into(),
        FingerprintError::Length(found) => format!("{found} characters, not 43"),
        FingerprintError::Digits | FingerprintError::SpareBits => error.to_string(),
    };
    let help = match meant {
        Some(fingerprint) => format!("did you mean `{fingerprint}`?"),
        None => "copy `SHA256:…` from `ssh-keygen -l -E sha256 -f KEY.pub`".into(),
    };
    (why, help)
}

/// The items of a list that could be made out, with the numbers that they have in the document.
fn numbered<T>(items: &[Option<T>]) -> impl Iterator<Item = (usize, &T)> {
    items.iter().enumerate().filter_map(|(number, item)| Some((number, item.as_ref()?)))
}

fn metadata(description: Option<&str>, labels: Option<&Labels>, protected: Option<bool>) -> Metadata {
    Metadata {
        // How it is laid out is no part of it.
        description: description.map(|text| text.trim().into()),
        labels: labels
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
            .collect(),
        protected: protected.unwrap_or(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{fingerprint_advice, node_advice};
    use crate::model::{Fingerprint, NodeAddress};

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
        assert!(advice("10.0.0.256").starts_with("the host is neither"));
        assert!(advice("a:65536").starts_with("the port is not"));
        assert!(advice("{{ node }}").contains("template"));
    }

    #[test]
    fn says_which_fingerprint_is_meant() {
        let digits = "la8I6W9iRjE+yGKa2EsLVUmC7a85TAa9azXWI5s4kVs";
        let advice = |text: &str| fingerprint_advice(text, text.parse::<Fingerprint>().unwrap_err()).1;
        for text in [digits.to_owned(), format!("256 SHA256:{digits} ana (ED25519)")] {
            assert_eq!(advice(&text), format!("did you mean `SHA256:{digits}`?"));
        }
        assert!(advice(&format!("SHA256:{}", &digits[..40])).starts_with("copy"));
    }
}
