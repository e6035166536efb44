//! A resource as a document of YAML, in the order in which people write one. What is so by default is left out, but for
//! the user that logs in on a cluster: an import has seen it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::declarations::Noted;
use crate::check::declare::{API_VERSION, Kind};
use crate::diagnostics::visible;
use crate::model::{self, Cloud, Cluster, KnownKey, Member, Name, Project, SshKey, Subject, Team};
use crate::openssh::{KeyOptions, Permission};
use crate::source::yaml::{self, Plain, Style};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<S> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<S>,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_false")]
    protected: bool,
}

#[derive(Serialize)]
struct TeamSpec {
    members: Vec<String>,
}

#[derive(Serialize)]
struct ProjectSpec {
    members: Vec<MemberSpec>,
}

#[derive(Serialize)]
struct MemberSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    role: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeySpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<OptionsSpec>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsSpec {
    #[serde(skip_serializing_if = "is_false")]
    restrict: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    port_forwarding: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_forwarding: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x11_forwarding: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pty: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_rc: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    touch_required: Option<bool>,
    #[serde(skip_serializing_if = "is_false")]
    verify_required: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permit_open: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permit_listen: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tunnel: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<&'static str>,
    login_user: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sshd: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    known_keys: Vec<KnownKeySpec>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KnownKeySpec {
    fingerprint: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

pub(super) fn team(noted: &Noted<Team>) -> String {
    let Team { name, metadata, members } = &noted.resource;
    let spec = TeamSpec { members: members.iter().map(ToString::to_string).collect() };
    document(Kind::Team, metadata_of(name, None, metadata), Some(spec), &noted.notes)
}

pub(super) fn project(noted: &Noted<Project>) -> String {
    let Project { name, metadata, members } = &noted.resource;
    let spec = ProjectSpec { members: members.iter().map(member).collect() };
    let spec = Some(spec).filter(|spec| !spec.members.is_empty());
    document(Kind::Project, metadata_of(name, None, metadata), spec, &noted.notes)
}

fn member(Member { subject, role }: &Member) -> MemberSpec {
    let (user, team) = match subject {
        Subject::User(user) => (Some(user.to_string()), None),
        Subject::Team(team) => (None, Some(team.to_string())),
    };
    MemberSpec { user, team, role: role.word() }
}

pub(super) fn key(noted: &Noted<SshKey>) -> String {
    let SshKey { project, name, metadata, public_key, owner, expires, options } = &noted.resource;
    let spec = KeySpec {
        owner: owner.as_ref().map(ToString::to_string),
        public_key: public_key.line_with_comment(),
        expires: expires.map(|day| day.to_string()),
        options: (!options.is_none()).then(|| options_spec(options)),
    };
    document(Kind::SshKey, metadata_of(name, Some(project), metadata), Some(spec), &noted.notes)
}

fn options_spec(options: &KeyOptions) -> OptionsSpec {
    let KeyOptions {
        restrict,
        exceptions,
        no_touch_required,
        verify_required,
        from,
        command,
        environment,
        permit_open,
        permit_listen,
        tunnel,
    } = options;
    let exception = |permission| exceptions.contains(&permission).then_some(*restrict);
    let variables = environment.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
    OptionsSpec {
        restrict: *restrict,
        port_forwarding: exception(Permission::PortForwarding),
        agent_forwarding: exception(Permission::AgentForwarding),
        x11_forwarding: exception(Permission::X11Forwarding),
        pty: exception(Permission::Pty),
        user_rc: exception(Permission::UserRc),
        touch_required: no_touch_required.then_some(false),
        verify_required: *verify_required,
        from: from.iter().map(ToString::to_string).collect(),
        command: command.as_ref().map(|command| command.as_str().into()),
        environment: variables.collect(),
        permit_open: permit_open.iter().map(ToString::to_string).collect(),
        permit_listen: permit_listen.iter().map(ToString::to_string).collect(),
        tunnel: *tunnel,
    }
}

pub(super) fn cluster(noted: &Noted<Cluster>) -> String {
    let Cluster { project, name, metadata, ssh_key, cloud, login_user, nodes, sshd, known_keys } =
        &noted.resource;
    let known_key = |KnownKey { fingerprint, reason, until }: &KnownKey| KnownKeySpec {
        fingerprint: fingerprint.to_string(),
        reason: with_plain_breaks(reason),
        until: until.map(|day| day.to_string()),
    };
    let spec = ClusterSpec {
        ssh_key: ssh_key.as_ref().map(ToString::to_string),
        cloud: Some(cloud.word()).filter(|_| *cloud != Cloud::default()),
        login_user: login_user.to_string(),
        nodes: nodes.iter().map(ToString::to_string).collect(),
        sshd: sshd.map(|version| version.to_string()),
        known_keys: known_keys.iter().map(known_key).collect(),
    };
    document(Kind::Cluster, metadata_of(name, Some(project), metadata), Some(spec), &noted.notes)
}

fn metadata_of(name: &Name, project: Option<&Name>, metadata: &model::Metadata) -> Metadata {
    let model::Metadata { description, labels, protected, partially_applied: _ } = metadata;
    Metadata {
        name: name.to_string(),
        project: project.map(ToString::to_string),
        description: description.as_deref().map(with_plain_breaks),
        labels: labels
            .iter()
            .map(|(name, value)| (with_plain_breaks(name), with_plain_breaks(value)))
            .collect(),
        protected: *protected,
    }
}

/// The same text with one kind of line break: YAML 1.1 folds others, and 1.2 does not.
fn with_plain_breaks(text: &str) -> String {
    text.replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

/// The text of a document; its notes stand where its `spec` begins, or else at its end.
fn document(kind: Kind, metadata: Metadata, spec: Option<impl Serialize>, notes: &[String]) -> String {
    let document = Document { api_version: API_VERSION, kind: kind.word(), metadata, spec };
    // Our types hold texts, numbers, lists and fields only, which always can be written.
    let text = quote_ambiguous(serde_yaml::to_string(&document).unwrap_or_default());
    let notes = notes.iter().map(|note| format!("  # {}\n", visible(note))).collect::<Vec<_>>().concat();
    match text.split_once("\nspec:\n") {
        Some((metadata, spec)) => format!("{metadata}\nspec:\n{notes}{spec}"),
        None => text + &notes,
    }
}

/// The same text with quotes around what readers of YAML 1.1 do not take for text, such as `no`.
fn quote_ambiguous(mut text: String) -> String {
    let yaml = yaml::read(&text);
    let mut spans = Vec::new();
    let mut next: Vec<_> = yaml.documents().iter().filter_map(|document| document.root).collect();
    while let Some(node) = next.pop() {
        next.extend(yaml.children(node));
        let is_plain = yaml.node(node).kind == yaml::Kind::Scalar(Style::Plain);
        if is_plain && yaml.text(&text, node).map(Plain::of) == Some(Plain::Ambiguous) {
            spans.push(yaml.span(node).range());
        }
    }
    spans.sort_unstable_by_key(|span| std::cmp::Reverse(span.start));
    for span in spans {
        let quoted = format!("\"{}\"", &text[span.clone()]);
        text.replace_range(span, &quoted);
    }
    text
}
