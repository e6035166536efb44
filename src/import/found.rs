//! Keys that were found, and what was left out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::declarations::Noted;
use super::names::{FreshNames, name_of};
use crate::model::{Metadata, Name, SshKey, Subject};
use crate::openssh::{Fingerprint, KeyOptions, KeyType, PublicKey};

/// A key that was found to let its holder in.
#[derive(Clone, Debug)]
pub struct FoundKey {
    pub key: PublicKey,
    pub options: KeyOptions,
    /// The last day on which it does.
    pub expires: Option<Date>,
    pub notes: Vec<String>,
    /// Where it was found, for people.
    pub at: Vec<String>,
}

impl FoundKey {
    /// Its declaration under a name.
    #[must_use]
    pub fn declared(&self, project: &Name, name: Name, owner: Option<&Subject>) -> Noted<SshKey> {
        let Self { key, options, expires, notes, at: _ } = self;
        Noted {
            resource: SshKey {
                project: project.clone(),
                name,
                metadata: Metadata::default(),
                public_key: key.clone(),
                owner: owner.cloned(),
                expires: *expires,
                options: options.clone().into(),
            },
            notes: notes.clone(),
        }
    }
}

/// Places for people; of many, the first.
#[must_use]
pub fn places(at: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = at.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if at.len() > SHOWN { format!("{shown} and {} more", at.len() - SHOWN) } else { shown }
}

/// What is not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is, for people.
    pub at: String,
    pub why: String,
    /// The rule that says so.
    pub rule: Option<&'static str>,
}

/// Makes one of each key, in the order in which they were first found. A key that is let in otherwise in another place
/// cannot be held: it has one set of options and one last day.
#[must_use]
pub fn each_once(found: Vec<FoundKey>) -> (Vec<FoundKey>, Vec<LeftOut>) {
    let mut order: Vec<Fingerprint> = Vec::new();
    let mut all: BTreeMap<Fingerprint, Vec<FoundKey>> = BTreeMap::new();
    for found in found {
        let copies = all.entry(*found.key.fingerprint()).or_default();
        if copies.is_empty() {
            order.push(*found.key.fingerprint());
        }
        copies.push(found);
    }
    let (mut keys, mut left_out) = (Vec::new(), Vec::new());
    for fingerprint in order {
        let Some(mut copies) = all.remove(&fingerprint).map(Vec::into_iter) else { continue };
        let Some(mut first) = copies.next() else { continue };
        let mut other = None;
        for copy in copies {
            let is_alike = (&copy.options, copy.expires) == (&first.options, first.expires);
            if !is_alike {
                other = copy.at.into_iter().next();
                break;
            }
            // A copy without a comment says less.
            if first.key.comment().is_empty() {
                first.key = copy.key;
            }
            first.at.extend(copy.at);
        }
        match other {
            None => keys.push(first),
            Some(other) => left_out.push(LeftOut {
                at: places(&first.at),
                why: format!("{fingerprint} has other options at {other}, and a key has one set of them"),
                rule: None,
            }),
        }
    }
    (keys, left_out)
}

/// Where found keys belong.
#[derive(Debug)]
pub struct Home<'a> {
    pub project: &'a Name,
    pub owner: Option<&'a Subject>,
    /// Names in the project that are taken.
    pub names: FreshNames,
}

impl Home<'_> {
    /// The declaration of each key, in their order. A key is called after its comment, or else after its owner and its type.
    pub fn declare(&mut self, found: &[FoundKey]) -> Vec<Noted<SshKey>> {
        found.iter().map(|found| found.declared(self.project, self.name(&found.key), self.owner)).collect()
    }

    fn name(&mut self, key: &PublicKey) -> Name {
        let owner = self.owner.map(|owner| match owner {
            Subject::User(user) => user.as_str().split('@').next().unwrap_or_default().to_owned(),
            Subject::Team(team) => team.to_string(),
        });
        let of_owner = owner.map(|owner| format!("{owner}-{}", short(key.key_type())));
        let print = key.fingerprint().to_string();
        let digits: String = print[7..].chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let of_itself = format!("{}-{digits}", short(key.key_type()));
        let texts = [Some(key.comment().to_owned()), of_owner, Some(of_itself)];
        let wanted = texts.iter().flatten().find_map(|text| name_of(text));
        wanted.map_or_else(|| self.project.clone(), |wanted| self.names.give(&wanted))
    }
}

/// What a type of key is called in a name.
const fn short(key_type: KeyType) -> &'static str {
    match key_type {
        KeyType::Rsa => "rsa",
        KeyType::Dsa => "dsa",
        KeyType::Ed25519 => "ed25519",
        KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 => "ecdsa",
        KeyType::SkEd25519 | KeyType::SkEcdsaP256 => "sk",
        KeyType::MlDsa44Ed25519 => "mldsa",
    }
}
