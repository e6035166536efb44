//! The key of a cluster, in the field that its cloud has for it. Palette replaces the nodes of a cluster that gets another
//! text there, so that none is sent where the key itself is the right one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::client::{Scope, Session, Written, escaped};
use super::super::observed::{ClusterKeys, KeyText, only};
use super::super::{read, wire};
use super::step::{Next, Seen, Step};
use crate::model::{Cloud, PaletteKeyField, ResourceKind, SshKey};
use crate::openssh::Fingerprint;
use crate::plan::ClusterAccess;
use crate::targets::{TargetError, TargetErrorKind};

/// A cluster on its way, from before the first change that reaches it to after the last.
pub(super) struct ClusterStep<'a> {
    pub(super) scope: Option<Scope>,
    /// Nothing where the cluster is not recorded yet: then it is only looked at.
    pub(super) before: Option<&'a ClusterAccess>,
    pub(super) after: &'a ClusterAccess,
}

/// A cluster's configuration with the keys that it had when it was decided what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClusterWrite {
    cloud_type: String,
    config: String,
    keys: Vec<String>,
}

fn fingerprint(access: &ClusterAccess) -> Option<Fingerprint> {
    access.key.as_ref().map(|key| *key.public_key.fingerprint())
}

fn has_exactly(keys: &[KeyText], wanted: Option<Fingerprint>) -> bool {
    match wanted {
        None => keys.is_empty(),
        Some(wanted) => !keys.is_empty() && keys.iter().all(|key| of_text(key) == Some(wanted)),
    }
}

fn of_text(key: &KeyText) -> Option<Fingerprint> {
    key.public_key.as_ref().map(|key| *key.fingerprint())
}

impl ClusterStep<'_> {
    /// Whether it is to have another key than is recorded, or may have one.
    pub(super) fn is_rekeyed(&self) -> bool {
        let is_marked = self.before.is_some_and(ClusterAccess::is_partially_applied);
        is_marked || self.before.map(fingerprint) != Some(fingerprint(self.after))
    }

    /// Whether Palette is to know it by another name or cloud than is recorded.
    pub(super) fn is_told_otherwise(&self) -> bool {
        let told = |access: &ClusterAccess| (access.cluster.name.clone(), access.cluster.cloud);
        self.before.map(told) != Some(told(self.after))
    }

    /// What Palette says of its nodes after another key, for people.
    pub(super) fn repave(&self, session: &Session<'_>) -> Option<String> {
        let uid = self.found(session).ok()?.metadata.uid;
        let path = ["v1", "spectroclusters", uid.as_str(), "repave", "status"];
        let repave: wire::Repave = session.get(self.scope.as_ref()?, &path).ok()?;
        let what = match repave.status.state.as_str() {
            "" => return None,
            "Pending" => {
                "its nodes are replaced once that is approved in Palette: until then the old key opens them"
            }
            _ => "Palette replaces its nodes: until that is done the old key opens them",
        };
        let reasons = repave.spec.reasons.iter().map(|reason| escaped(&reason.message));
        let reasons: Vec<_> = reasons.filter(|reason| !reason.is_empty()).collect();
        Some(if reasons.is_empty() { what.into() } else { format!("{what} ({})", reasons.join("; ")) })
    }

    fn wanted(&self) -> Option<Fingerprint> {
        fingerprint(self.after)
    }

    fn found(&self, session: &Session<'_>) -> Result<wire::Cluster, TargetError> {
        let name = &self.after.cluster.name;
        let all = match &self.scope {
            Some(scope) => read::cluster_list(session, scope)?,
            None => Vec::new(),
        };
        let found = only(&all, (ResourceKind::Cluster, name), |cluster| &cluster.metadata.name)?;
        found.cloned().ok_or_else(|| {
            let why = format!("the project has no cluster `{name}` in Palette: make it there, or call it so");
            TargetError::conflict(why)
        })
    }

    /// Refuses what is not to be, or cannot be, given another key.
    fn may_be_rekeyed(&self, cluster: &wire::Cluster, keys: &[KeyText]) -> Result<(), TargetError> {
        let unsupported = |why: &str| Err(TargetError::new(TargetErrorKind::Unsupported, why));
        let Some(before) = self.before else {
            let shown: Vec<_> = keys.iter().map(|key| escaped(&key.shown())).collect();
            let has = if shown.is_empty() { "no key".into() } else { shown.join(", ") };
            return Err(TargetError::conflict(format!(
                "it has {has} in Palette: `keyplan import` it as it is, then give it another key"
            )));
        };
        let cloud = self.after.cluster.cloud;
        match cloud.palette_key_field() {
            PaletteKeyField::List => {}
            PaletteKeyField::Required if self.wanted().is_some() => {}
            PaletteKeyField::Required => {
                return unsupported(&format!("a cluster of {cloud} always has a key"));
            }
            PaletteKeyField::Fixed => {
                return unsupported(&format!("the key of a cluster of {cloud} cannot be changed"));
            }
            PaletteKeyField::KeyPair | PaletteKeyField::Nowhere => {
                return unsupported("the cloud of the cluster has no place for a key in Palette");
            }
        }
        let known = [fingerprint(before), self.wanted()];
        let other = keys.iter().find(|key| of_text(key).is_none() || !known.contains(&of_text(key)));
        if let Some(other) = other.filter(|_| !before.is_partially_applied()) {
            return Err(TargetError::conflict(format!(
                "it has the key {}, which is not recorded; `keyplan drift --repair` marks it to be written anew",
                escaped(&other.shown())
            )));
        }
        let status = &cluster.status;
        if status.state != "Running" {
            let state = escaped(&status.state);
            return Err(TargetError::refused(format!(
                "it is in the state `{state}`: apply again when it runs"
            )));
        }
        if status.repave.state == "Pending" {
            return Err(TargetError::refused(
                "its nodes wait to be replaced: approve or revert that in Palette, then apply again",
            ));
        }
        Ok(())
    }

    /// The text that the key object of the project has: the console knows a cluster's key by that.
    fn text(&self, session: &Session<'_>, scope: &Scope, key: &SshKey) -> Result<String, TargetError> {
        let keys = read::keys(session, scope)?;
        let mut named = keys.iter().filter(|one| one.name == key.name.as_str());
        let same = named.find(|one| of_text(&one.public_key) == self.wanted());
        Ok(same.map_or_else(|| key.public_key.line_with_comment(), |one| one.public_key.text.clone()))
    }
}

impl Step for ClusterStep<'_> {
    type Write = ClusterWrite;

    fn look(
        &self,
        session: &Session<'_>,
        _: Option<&ClusterWrite>,
    ) -> Result<Seen<ClusterWrite>, TargetError> {
        let is_new = self.before.is_none();
        let refused = |error| Ok(Seen::new(is_new, false, Next::Refuse(error)));
        let cluster = match self.found(session) {
            Ok(cluster) => cluster,
            Err(error) if error.kind == TargetErrorKind::Conflict => return refused(error),
            Err(error) => return Err(error),
        };
        let config = &cluster.spec_summary.cloud_config;
        let (cloud, wanted) = (read::cloud(&config.cloud_type), self.after.cluster.cloud);
        if cloud != wanted {
            return refused(TargetError::conflict(format!(
                "its cloud is {cloud} in Palette, and not {wanted}"
            )));
        }
        let keys = match self.scope.as_ref().map(|scope| read::cluster_keys(session, scope, config)) {
            Some(ClusterKeys::Known(keys)) => keys,
            Some(ClusterKeys::Unknown(why)) => return Err(TargetError::unreachable(why)),
            Some(ClusterKeys::NoField) | None => Vec::new(),
        };
        let is_before = is_new || self.before.is_some_and(|before| has_exactly(&keys, fingerprint(before)));
        if has_exactly(&keys, self.wanted()) {
            return Ok(Seen::new(is_before && !is_new, true, Next::Nothing));
        }
        let next = match self.may_be_rekeyed(&cluster, &keys) {
            Err(error) => Next::Refuse(error),
            Ok(()) => Next::Write(ClusterWrite {
                cloud_type: config.cloud_type.clone(),
                config: config.uid.to_string(),
                keys: keys.iter().map(|key| key.text.clone()).collect(),
            }),
        };
        Ok(Seen::new(is_before, false, next))
    }

    fn write(&self, session: &Session<'_>, write: &ClusterWrite) -> Result<Written, TargetError> {
        let Some(scope) = &self.scope else {
            return Err(TargetError::conflict("its project is not there"));
        };
        let key = self.after.key.as_ref();
        let text = key.map(|key| self.text(session, scope, key)).transpose()?;
        let path = ["v1", "cloudconfigs", &write.cloud_type, &write.config];
        let Some(read) = session.object(scope, &path)? else { return Ok(Written::Gone) };
        let mut config = read["spec"]["clusterConfig"].clone();
        let there: BTreeSet<_> = texts(&config).into_iter().collect();
        if there != write.keys.iter().map(String::as_str).collect() {
            return Err(TargetError::conflict("its keys are changed by others just now"));
        }
        if self.after.cluster.cloud.palette_key_field() == PaletteKeyField::List {
            config["sshKeys"] = json!(text.into_iter().collect::<Vec<_>>());
        } else {
            config["sshKey"] = json!(text);
        }
        if self.after.cluster.cloud == Cloud::Vsphere {
            as_sent(&mut config);
        }
        let [v1, configs, cloud, uid] = path;
        session.put(scope, &[v1, configs, cloud, uid, "clusterConfig"], &json!({"clusterConfig": config}))
    }
}

/// The texts of keys in a configuration.
fn texts(config: &Value) -> Vec<&str> {
    let many = config["sshKeys"].as_array().into_iter().flatten();
    let all = many.chain(config.get("sshKey")).filter_map(Value::as_str).map(str::trim);
    all.filter(|text| !text.is_empty()).collect()
}

/// Of vsphere, a network is sent with the uid of its pool, and read with a reference to it.
fn as_sent(config: &mut Value) {
    let Some(network) = config["placement"]["network"].as_object_mut() else { return };
    network.remove("ipPool");
    let pool = network.remove("parentPoolRef");
    let uid = pool.as_ref().and_then(|pool| pool["uid"].as_str()).filter(|uid| !uid.is_empty());
    network.extend(uid.map(|uid| ("parentPoolUid".to_owned(), uid.into())));
}
