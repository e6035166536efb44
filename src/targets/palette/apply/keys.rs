//! Keys: objects of a project with a name and a text. Nothing refers to one by its uid, so that a key whose name Palette
//! does not change is created under the new one before the old one goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::client::{Scope, Session, Written, escaped};
use super::super::drift::compare_key;
use super::super::observed::{ClusterKeys, KeyText, ObservedKey, only};
use super::super::read::{self, KEYS};
use super::key_limit::KeyLimit;
use super::step::{Next, Seen, Step};
use crate::model::{Name, ResourceKind, SshKey};
use crate::targets::TargetError;

/// A key on its way.
pub(super) struct KeyStep<'a> {
    /// Nothing where its project is not there.
    pub(super) scope: Option<Scope>,
    pub(super) before: Option<&'a Arc<SshKey>>,
    pub(super) after: Option<&'a Arc<SshKey>>,
    /// Under which it may be, its recorded name first, and which nothing else has or gets.
    pub(super) names: Vec<Name>,
    /// Whether what is there under the new name may be ours, though it is recorded otherwise.
    pub(super) may_replace: bool,
    /// What other changes of the plan give a key of the project.
    pub(super) taken: BTreeSet<Name>,
    /// The clusters of the project that are recorded: what they have is in the plan.
    pub(super) clusters: BTreeSet<Name>,
    pub(super) limit: &'a KeyLimit,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyWrite {
    Create,
    Put(Found),
    Delete(Found),
}

/// A key object as it was when it was decided what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    uid: String,
    name: String,
    text: String,
}

impl From<&ObservedKey> for Found {
    fn from(key: &ObservedKey) -> Self {
        Self { uid: key.uid.to_string(), name: key.name.clone(), text: key.public_key.text.clone() }
    }
}

impl KeyStep<'_> {
    fn is_marked(&self) -> bool {
        self.before.is_some_and(|before| before.metadata.partially_applied.is_some())
    }

    /// Whether an object is as it is recorded.
    fn is_before(&self, found: &ObservedKey) -> bool {
        self.before.is_some_and(|before| compare_key(found, before).is_empty())
    }

    fn is_after(&self, found: &ObservedKey) -> bool {
        self.after.is_some_and(|after| compare_key(found, after).is_empty())
    }

    /// The object that is to change or to go: not that which has the new name already.
    fn old<'b>(&self, found: &'b [ObservedKey]) -> Result<Option<&'b ObservedKey>, TargetError> {
        let new = self.after.map(|after| &after.name);
        for name in self.names.iter().filter(|name| Some(*name) != new) {
            if let Some(key) = one(found, name)? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// What is to be done where the key is to go.
    fn gone(&self, old: Option<&ObservedKey>) -> Seen<KeyWrite> {
        let Some(old) = old else {
            return Seen::new(false, true, Next::Nothing);
        };
        let is_before = self.is_before(old);
        let next = if is_before || self.is_marked() {
            Next::Write(KeyWrite::Delete(old.into()))
        } else {
            Next::Refuse(changed_outside(old))
        };
        Seen::new(is_before, false, next)
    }

    /// What is to be done where a key has the new name.
    fn there(&self, new: &ObservedKey, old: Option<&ObservedKey>) -> Seen<KeyWrite> {
        let is_renamed = self.before.map(|before| &before.name) != self.after.map(|after| &after.name);
        if !self.is_after(new) {
            // What others have there under a new name is no part of the change.
            let is_before = match self.before {
                None => true,
                Some(_) if is_renamed => old.is_some_and(|old| self.is_before(old)),
                Some(_) => self.is_before(new),
            };
            let is_in_place = self.before.is_some() && !is_renamed;
            let is_ours = (is_in_place && (is_before || self.is_marked())) || self.may_replace;
            let next = match (is_ours, self.before) {
                (true, _) => Next::Write(KeyWrite::Put(new.into())),
                (false, Some(_)) if is_in_place => Next::Refuse(changed_outside(new)),
                (false, _) => Next::Refuse(there_otherwise(new)),
            };
            return Seen::new(is_before, false, next);
        }
        let is_before = !is_renamed && self.is_before(new);
        match old.filter(|old| !self.taken.contains(old.name.as_str())) {
            None => Seen::new(is_before, true, Next::Nothing),
            Some(old) if self.is_before(old) || self.is_after(old) || self.is_marked() => {
                Seen::new(is_before, false, Next::Write(KeyWrite::Delete(old.into())))
            }
            Some(old) => Seen::new(is_before, false, Next::Refuse(changed_outside(old))),
        }
    }

    /// What is to be done where no key has the new name.
    fn not_there(&self, old: Option<&ObservedKey>, done: Option<&KeyWrite>) -> Seen<KeyWrite> {
        let is_before = match (self.before, old) {
            (None, _) => true,
            (Some(_), Some(old)) => self.is_before(old),
            (Some(_), None) => false,
        };
        let next = match old {
            None => Next::Write(KeyWrite::Create),
            Some(old) => {
                let was_put = matches!(done, Some(KeyWrite::Put(put)) if put.uid == old.uid.as_str());
                if was_put && self.is_after(old) {
                    // It has the new text, and the name was not taken.
                    Next::Write(KeyWrite::Create)
                } else if is_before || self.is_marked() {
                    Next::Write(KeyWrite::Put(old.into()))
                } else {
                    Next::Refuse(changed_outside(old))
                }
            }
        };
        Seen::new(is_before, false, next)
    }

    /// Refuses that the key of a cluster goes of which the plan knows nothing.
    fn check_clusters(&self, session: &Session<'_>, scope: &Scope, key: &Found) -> Result<(), TargetError> {
        let text = KeyText::new(&key.text);
        let Some(fingerprint) = text.public_key.as_ref().map(|key| *key.fingerprint()) else { return Ok(()) };
        for cluster in read::clusters(session, scope)? {
            if self.clusters.contains(cluster.name.as_str()) {
                continue;
            }
            let has_it = match &cluster.keys {
                ClusterKeys::NoField => false,
                ClusterKeys::Known(keys) => keys
                    .iter()
                    .any(|one| one.public_key.as_ref().is_some_and(|key| *key.fingerprint() == fingerprint)),
                ClusterKeys::Unknown(why) => return Err(TargetError::unreachable(why)),
            };
            if has_it {
                return Err(TargetError::conflict(format!(
                    "the cluster `{}` has this key and is not recorded: `keyplan import` it, or give it another key",
                    escaped(&cluster.name)
                )));
            }
        }
        Ok(())
    }
}

impl Step for KeyStep<'_> {
    type Write = KeyWrite;

    fn look(&self, session: &Session<'_>, done: Option<&KeyWrite>) -> Result<Seen<KeyWrite>, TargetError> {
        let found = match &self.scope {
            Some(scope) => read::keys(session, scope)?,
            None => Vec::new(),
        };
        let old = self.old(&found)?;
        let Some(after) = self.after else { return Ok(self.gone(old)) };
        Ok(match one(&found, &after.name)? {
            Some(new) => self.there(new, old),
            None => self.not_there(old, done),
        })
    }

    fn write(&self, session: &Session<'_>, write: &KeyWrite) -> Result<Written, TargetError> {
        let Some(scope) = &self.scope else {
            return Err(TargetError::conflict("its project is not there"));
        };
        let text = self.after.map(|after| after.public_key.line_with_comment());
        let name = self.after.map(|after| after.name.as_str());
        match write {
            KeyWrite::Create => {
                let body = json!({"metadata": {"name": name}, "spec": {"publicKey": text}});
                let created = session.create(scope, &KEYS, &body);
                self.limit.explained(session, created).map(Written::from)
            }
            KeyWrite::Put(found) => {
                let path = path(&found.uid);
                let Some(mut key) = session.object(scope, &path)? else { return Ok(Written::Gone) };
                is_still(&key, found)?;
                key["metadata"]["name"] = name.into();
                key["spec"]["publicKey"] = text.into();
                session.put(scope, &path, &key)
            }
            KeyWrite::Delete(found) => {
                self.check_clusters(session, scope, found)?;
                let path = path(&found.uid);
                let Some(key) = session.object(scope, &path)? else { return Ok(Written::Gone) };
                is_still(&key, found)?;
                session.delete(scope, &path)
            }
        }
    }
}

fn path(uid: &str) -> [&str; 5] {
    let [v1, users, assets, keys] = KEYS;
    [v1, users, assets, keys, uid]
}

fn one<'a>(found: &'a [ObservedKey], name: &Name) -> Result<Option<&'a ObservedKey>, TargetError> {
    only(found, (ResourceKind::Key, name), |key| &key.name)
}

/// Whether an object is as it was when it was decided what to do about it.
fn is_still(key: &Value, found: &Found) -> Result<(), TargetError> {
    let text = key["spec"]["publicKey"].as_str().unwrap_or_default();
    if key["metadata"]["name"] == *found.name && text.trim() == found.text {
        return Ok(());
    }
    Err(TargetError::conflict(format!("the key `{}` is changed by others just now", found.name)))
}

fn changed_outside(key: &ObservedKey) -> TargetError {
    TargetError::conflict(format!(
        "it was changed outside of keyplan, and is {} there; `keyplan drift --repair` marks it to be written anew",
        key.public_key.shown()
    ))
}

fn there_otherwise(key: &ObservedKey) -> TargetError {
    TargetError::conflict(format!(
        "a key of this name is there, and is {}; `keyplan import` it, or give it another name there",
        key.public_key.shown()
    ))
}
