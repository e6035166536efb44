//! What Palette has of a tenant, as far as keyplan looks at it. Names are Palette's own: any text.

use super::Uid;
use crate::model::{Cloud, Member, Name, ResourceKind, Subject, UserName};
use crate::openssh::PublicKey;
use crate::targets::TargetError;

/// A tenant, as far as it was asked about.
#[derive(Clone, Debug, Default)]
pub struct Tenant {
    /// Nothing where nobody asked for teams.
    pub teams: Vec<ObservedTeam>,
    pub projects: Vec<ObservedProject>,
    pub passed_over: Vec<PassedOver>,
}

/// Something of a project that no declaration can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The name of the project.
    pub project: String,
    /// What it is, with Palette's own name of it.
    pub what: String,
    pub why: &'static str,
}

#[derive(Clone, Debug)]
pub struct ObservedTeam {
    pub uid: Uid,
    pub name: String,
    pub members: Vec<UserName>,
    /// Whether an identity system fills it.
    pub is_sourced: bool,
}

#[derive(Clone, Debug)]
pub struct ObservedProject {
    pub uid: Uid,
    pub name: String,
    pub description: Option<String>,
    /// Sorted by name.
    pub labels: Vec<(String, String)>,
    /// The roles that users and teams have of their own, of those that keyplan knows; or why they could not be read.
    pub members: Result<Vec<Member>, String>,
    pub keys: Result<Vec<ObservedKey>, String>,
    pub clusters: Result<Vec<ObservedCluster>, String>,
}

/// A key object. Its text is any that the console took.
#[derive(Clone, Debug)]
pub struct ObservedKey {
    pub uid: Uid,
    pub name: String,
    pub public_key: KeyText,
}

/// A text in the place of a public key.
#[derive(Clone, Debug)]
pub struct KeyText {
    pub text: String,
    /// Nothing where the text is none.
    pub public_key: Option<PublicKey>,
}

#[derive(Clone, Debug)]
pub struct ObservedCluster {
    pub uid: Uid,
    pub name: String,
    pub cloud: Cloud,
    pub keys: ClusterKeys,
    /// Whether its nodes are to be replaced once that is approved.
    pub is_repave_pending: bool,
}

/// The keys that a cluster's nodes are made with.
#[derive(Clone, Debug)]
pub enum ClusterKeys {
    /// Its cloud has no field for them.
    NoField,
    Known(Vec<KeyText>),
    /// They could not be read: why.
    Unknown(String),
}

impl KeyText {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        // What a file of authorized keys would take as one line, and no options before it.
        let public_key = if text.contains(['\n', '\r']) { None } else { PublicKey::from_line(text).ok() };
        Self { text: text.to_owned(), public_key }
    }

    /// Its fingerprint, or as much of the text as fits on a line.
    #[must_use]
    pub fn shown(&self) -> String {
        const MOST: usize = 40;
        match &self.public_key {
            Some(key) => key.fingerprint().to_string(),
            None if self.text.chars().count() > MOST => self.text.chars().take(MOST).chain(['…']).collect(),
            None => self.text.clone(),
        }
    }
}

/// What stands before the uid of a user whom Palette has no mail of.
const WITHOUT_MAIL: &str = "uid:";

/// A user who is there without a mail, told by the uid. Never nothing: each letter of a uid is one of a user's name.
#[must_use]
pub fn without_mail(uid: &Uid) -> Option<UserName> {
    UserName::parse(&format!("{WITHOUT_MAIL}{uid}")).ok()
}

/// Whether a user is told by a mail, and can be declared.
#[must_use]
pub fn has_mail(user: &UserName) -> bool {
    user.as_str().strip_prefix(WITHOUT_MAIL).is_none_or(|uid| Uid::parse(uid).is_none())
}

/// What Palette tells a user by: the mail, whatever its case.
#[must_use]
pub fn folded(user: &UserName) -> String {
    user.as_str().to_lowercase()
}

/// What tells a subject apart from others: users by their mail, teams by their very name.
#[must_use]
pub fn told_apart(subject: &Subject) -> String {
    match subject {
        Subject::User(user) => folded(user),
        Subject::Team(_) => subject.to_string(),
    }
}

/// A description as Palette's and keyplan's are compared: blanks around it are no part of it, and an empty one is none.
#[must_use]
pub fn description(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Finds the one that has exactly this name.
///
/// # Errors
/// When several do: Palette does not say that names are unique, and acting on one of two would be a guess.
pub fn only<'a, T>(
    all: &'a [T],
    (kind, name): (ResourceKind, &Name),
    of: impl Fn(&T) -> &str,
) -> Result<Option<&'a T>, TargetError> {
    let mut found = all.iter().filter(|one| of(one) == name.as_str());
    match (found.next(), found.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => {
            Err(TargetError::conflict(format!("Palette has two {kind}s `{name}`: rename one there")))
        }
    }
}
