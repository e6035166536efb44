//! What can be asked about: names that are there, and which one a word that is not there most likely means.

use std::collections::BTreeSet;

use crate::access::{AccessView, FormerHolders, ProjectView};
use crate::model::{Address, Name, Subject, TEAM, UserName, did_you_mean};
use crate::openssh::{Fingerprint, FingerprintError};

/// Whom or what `reach` is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    User(UserName),
    Team(Name),
    Key(Name, Name),
    Fingerprint(Fingerprint),
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Team(team) => write!(f, "{TEAM}{team}"),
            Self::Key(project, name) => write!(f, "key/{project}/{name}"),
            Self::Fingerprint(fingerprint) => write!(f, "{fingerprint}"),
        }
    }
}

/// Why a word cannot be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is not written as anything that can be asked about: why, where that is known.
    Unreadable(Option<String>),
    /// Nothing has this name; and what may be meant.
    Nowhere { kind: &'static str, help: Option<String> },
}

/// The prefix of a fingerprint.
const SHA256: &str = "SHA256:";

/// Reads whom or what a word names.
///
/// # Errors
/// When it can be no name, or nothing has it.
pub fn read_asked(view: &impl AccessView, former: &FormerHolders, word: &str) -> Result<Asked, Unknown> {
    let asked = parse(word)?;
    if is_known(view, former, &asked) {
        return Ok(asked);
    }
    let (kind, names) = match &asked {
        Asked::User(_) => ("user", known_users(view, former).iter().map(ToString::to_string).collect()),
        Asked::Team(_) => ("team", view.teams().map(|team| format!("{TEAM}{}", team.name)).collect()),
        Asked::Key(..) => ("key", keys(view).map(|key| key.address().to_string()).collect()),
        Asked::Fingerprint(_) => {
            let all: BTreeSet<_> = keys(view).map(|key| key.public_key.fingerprint().to_string()).collect();
            ("fingerprint", all)
        }
    };
    let names: BTreeSet<String> = names;
    let help = did_you_mean(&asked.to_string(), names.iter().map(String::as_str));
    Err(Unknown::Nowhere { kind, help })
}

fn parse(word: &str) -> Result<Asked, Unknown> {
    if word.starts_with(SHA256) {
        let fingerprint = word.parse::<Fingerprint>();
        return fingerprint
            .map(Asked::Fingerprint)
            .map_err(|why: FingerprintError| Unknown::Unreadable(Some(why.to_string())));
    }
    match Address::parse(word) {
        Some(Address::Team(team)) => return Ok(Asked::Team(team)),
        Some(Address::Key(project, name)) => return Ok(Asked::Key(project, name)),
        Some(Address::Project(_) | Address::Cluster(..)) => return Err(Unknown::Unreadable(None)),
        None => {}
    }
    match Subject::parse(word) {
        Ok(Subject::User(user)) => Ok(Asked::User(user)),
        Ok(Subject::Team(team)) => Ok(Asked::Team(team)),
        Err(why) => Err(Unknown::Unreadable(Some(why.to_string()))),
    }
}

fn is_known(view: &impl AccessView, former: &FormerHolders, asked: &Asked) -> bool {
    match asked {
        Asked::User(user) => known_users(view, former).contains(user),
        Asked::Team(team) => view.team(team).is_some(),
        Asked::Key(project, name) => keys(view).any(|key| (&key.project, &key.name) == (project, name)),
        Asked::Fingerprint(fingerprint) => {
            keys(view).any(|key| key.public_key.fingerprint() == fingerprint)
                || former.0.keys().any(|(of, _)| of == fingerprint)
        }
    }
}

fn keys(view: &impl AccessView) -> impl Iterator<Item = &crate::model::SshKey> {
    view.projects().flat_map(ProjectView::keys)
}

/// Everyone who is named anywhere: in teams, in projects, as owners, and as former holders.
#[must_use]
pub fn known_users<'a>(view: &'a impl AccessView, former: &'a FormerHolders) -> BTreeSet<&'a UserName> {
    let user = |subject: &'a Subject| match subject {
        Subject::User(user) => Some(user),
        Subject::Team(_) => None,
    };
    let mut users: BTreeSet<_> = view.teams().flat_map(|team| &team.members).collect();
    users.extend(former.0.keys().map(|(_, user)| user));
    for project in view.projects() {
        users.extend(project.project.members.iter().filter_map(|member| user(&member.subject)));
        users.extend(project.keys().filter_map(|key| user(key.owner.as_ref()?)));
    }
    users
}
