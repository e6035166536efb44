//! Public keys, of a project or of the tenant.

use serde_json::{Value, json};

use super::answers::{Answered, created, done, found, invalid, missing, refusal};
use super::call::Call;
use super::switches::{KeyLabels, KeyRename, TenantKeys};
use super::tenant::{Key, Tenant, text};

impl Tenant {
    /// All at once: this list has no pages.
    pub(super) fn list_keys(&self, call: &Call) -> Answered {
        let is_listed = |key: &&Key| {
            key.is_of(call) || (key.project.is_none() && call.switches.tenant_keys == TenantKeys::Listed)
        };
        found(json!({"items": self.keys.iter().filter(is_listed).map(Key::json).collect::<Vec<_>>()}))
    }

    pub(super) fn get_key(&self, call: &Call, uid: &str) -> Answered {
        found(self.keys[self.key_at(call, uid)?].json())
    }

    pub(super) fn create_key(&mut self, call: &Call) -> Answered {
        self.check_key(call, None)?;
        if self.keys.len() >= self.most_keys {
            return Err(refusal(
                400,
                "ResourceLimitExceeded",
                "the tenant has all the keys that it may have",
            ));
        }
        let mut metadata = self.new_metadata(&call.body["metadata"]);
        if call.switches.key_labels == KeyLabels::Dropped {
            metadata.labels.clear();
        }
        let uid = metadata.uid.clone();
        let text = text(&call.body["spec"]["publicKey"]);
        self.keys.push(Key { metadata, project: call.project.map(Into::into), text });
        created(&uid)
    }

    pub(super) fn replace_key(&mut self, call: &Call, uid: &str) -> Answered {
        let at = self.key_at(call, uid)?;
        self.check_key(call, Some(uid))?;
        let now = self.now();
        let key = &mut self.keys[at];
        let name = key.metadata.name.clone();
        key.metadata.replace(&call.body["metadata"], now);
        if call.switches.key_rename == KeyRename::Ignored {
            key.metadata.name = name;
        }
        if call.switches.key_labels == KeyLabels::Dropped {
            key.metadata.labels.clear();
        }
        key.text = text(&call.body["spec"]["publicKey"]);
        done()
    }

    pub(super) fn delete_key(&mut self, call: &Call, uid: &str) -> Answered {
        self.keys.remove(self.key_at(call, uid)?);
        done()
    }

    fn key_at(&self, call: &Call, uid: &str) -> Result<usize, super::Answer> {
        let is_it = |key: &Key| key.metadata.uid == uid && key.is_of(call);
        self.keys.iter().position(is_it).ok_or_else(|| missing("the key"))
    }

    /// Its name is free in its scope, and its text is one line.
    fn check_key(&self, call: &Call, uid: Option<&str>) -> Result<(), super::Answer> {
        let of_scope = self.keys.iter().filter(|key| key.is_of(call)).map(|key| &key.metadata);
        call.check_name(&text(&call.body["metadata"]["name"]), uid, of_scope)?;
        let line = text(&call.body["spec"]["publicKey"]);
        if line.contains('\n') || line.split(' ').count() < 2 {
            return Err(invalid("publicKey is no public key"));
        }
        Ok(())
    }
}

impl Key {
    fn is_of(&self, call: &Call) -> bool {
        self.project.as_deref() == call.project
    }

    fn json(&self) -> Value {
        let mut metadata = self.metadata.json();
        if self.project.is_none() {
            metadata["annotations"]["scope"] = "tenant".into();
        }
        json!({"metadata": metadata, "spec": {"publicKey": self.text}})
    }
}
