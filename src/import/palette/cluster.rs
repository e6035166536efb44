//! Clusters, and which key of their project each of them has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::Import;
use crate::diagnostics::quoted;
use crate::import::declarations::Noted;
use crate::import::login_user::login_user;
use crate::import::names::{FreshNames, name_of};
use crate::model::{Address, Cluster, Metadata, Name, SshKey};
use crate::openssh::{Fingerprint, PublicKey, SharedOptions};
use crate::targets::palette::observed::{ClusterKeys, KeyText, ObservedCluster, ObservedProject};

pub(super) fn key(project: &Name, name: Name, public_key: &PublicKey) -> SshKey {
    SshKey {
        project: project.clone(),
        name,
        metadata: Metadata::default(),
        public_key: public_key.clone(),
        owner: None,
        expires: None,
        options: SharedOptions::default(),
    }
}

/// The keys of a project, as clusters find them.
pub(super) struct ProjectKeys {
    project: Name,
    /// Those that are imported.
    names: BTreeMap<Fingerprint, Name>,
    /// Those that are declared already.
    declared: BTreeMap<Fingerprint, Arc<SshKey>>,
    fresh: FreshNames,
    /// The names that Palette has.
    there: BTreeSet<Name>,
}

impl ProjectKeys {
    pub(super) fn new<'a>(
        project: &Name,
        there: BTreeSet<Name>,
        declared: impl Iterator<Item = &'a Arc<SshKey>> + Clone,
    ) -> Self {
        let fresh = FreshNames::without(there.iter().chain(declared.clone().map(|key| &key.name)));
        Self {
            project: project.clone(),
            names: BTreeMap::new(),
            declared: declared.map(|key| (*key.public_key.fingerprint(), Arc::clone(key))).collect(),
            fresh,
            there,
        }
    }

    /// Another name that the same key has in the project: it can have one.
    pub(super) fn other_name(&self, public_key: &PublicKey, name: &Name) -> Option<&Name> {
        let print = public_key.fingerprint();
        let declared = self.declared.get(print).map(|key| &key.name);
        self.names.get(print).or(declared).filter(|other| *other != name)
    }

    pub(super) fn add(&mut self, public_key: &PublicKey, name: &Name) {
        self.names.insert(*public_key.fingerprint(), name.clone());
    }

    /// The key that Palette has to be given for a cluster: the declared one, or a new one called after the cluster. Nothing
    /// where another key has its name in Palette.
    fn missing(&mut self, cluster: &Name, public_key: &PublicKey) -> Option<SshKey> {
        if let Some(declared) = self.declared.get(public_key.fingerprint()) {
            return (!self.there.contains(&declared.name)).then(|| SshKey::clone(declared));
        }
        let wanted = name_of(&format!("{cluster}-key"))?;
        Some(key(&self.project, self.fresh.give(&wanted), public_key))
    }
}

/// What a cluster has.
enum Held<'a> {
    Nothing,
    One(&'a PublicKey),
    /// Several keys, or a text that is none: what they are, for people.
    Unclear(String),
}

fn held(keys: &ClusterKeys) -> Held<'_> {
    let ClusterKeys::Known(texts) = keys else { return Held::Nothing };
    let mut known = BTreeMap::new();
    let mut shown = Vec::new();
    for KeyText { public_key, text: _ } in texts {
        match public_key {
            Some(key) if known.insert(*key.fingerprint(), key).is_some() => {}
            Some(key) => shown.push(key.fingerprint().to_string()),
            // It may be anything, and is not shown.
            None => shown.push("a text that is no public key".into()),
        }
    }
    match (known.into_values().next(), shown.len()) {
        (None, 0) => Held::Nothing,
        (Some(key), 1) => Held::One(key),
        (None | Some(_), _) => Held::Unclear(shown.join(", ")),
    }
}

impl Import<'_> {
    pub(super) fn clusters(&mut self, project: &Name, found: &ObservedProject, mut keys: ProjectKeys) {
        let all = found.clusters.as_ref().map_or(&[][..], Vec::as_slice);
        let called = |name: &str| format!("cluster {} of project {project}", quoted(name));
        for (name, found) in self.fit(all, |cluster| &cluster.name, &called) {
            if !self.is_refused(&Address::Cluster(project.clone(), name.clone())) {
                let cluster = self.cluster(&mut keys, name, found);
                self.found.declarations.clusters.push(cluster);
            }
        }
    }

    fn cluster(&mut self, keys: &mut ProjectKeys, name: Name, found: &ObservedCluster) -> Noted<Cluster> {
        let mut cluster = Noted::from(Cluster {
            project: keys.project.clone(),
            name,
            metadata: Metadata::default(),
            ssh_key: None,
            cloud: found.cloud,
            login_user: login_user(found.cloud).into(),
            nodes: Vec::new(),
            sshd: None,
            known_keys: Vec::new(),
        });
        let address = cluster.resource.address();
        match held(&found.keys) {
            Held::Nothing => {}
            Held::One(key) => {
                cluster.resource.ssh_key = self.name_of(keys, &cluster.resource.name, key);
                if cluster.resource.ssh_key.is_none() {
                    let print = key.fingerprint();
                    cluster.notes.push(format!("Palette gives it {print}, which is not imported"));
                    self.leave_out(
                        &format!("{address}: sshKey"),
                        format!("{print} is left out: it is drift until there is another key"),
                    );
                }
            }
            Held::Unclear(shown) => {
                cluster.notes.push(format!("Palette gives it {shown}, and it can have one key"));
                self.leave_out(
                    &format!("{address}: sshKey"),
                    format!(
                        "Palette gives it {shown}, and it can have one key: it is drift until there is one"
                    ),
                );
            }
        }
        cluster
    }

    /// What a cluster's key is called in its project. Where Palette has it under no name it gets one, and an apply has to
    /// make it; nothing where that is refused.
    fn name_of(&mut self, keys: &mut ProjectKeys, cluster: &Name, public_key: &PublicKey) -> Option<Name> {
        if let Some(name) = keys.names.get(public_key.fingerprint()) {
            return Some(name.clone());
        }
        let missing = keys.missing(cluster, public_key)?;
        if self.is_refused(&missing.address()) {
            return None;
        }
        keys.add(public_key, &missing.name);
        self.found.unfinished.insert(missing.address());
        let name = missing.name.clone();
        let notes = vec![format!("cluster {cluster} has it, and Palette has no such key in the project")];
        self.found.declarations.keys.push(Noted { resource: missing, notes });
        Some(name)
    }
}
