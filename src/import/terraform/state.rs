//! What `terraform show -json` prints of a state: the resources of all modules. Nothing of a text that cannot be read is
//! ever told: a state holds secrets.

use serde_json::{Map, Value};

/// A resource of the provider `spectrocloud`, or what a data source has looked up.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// `module.eu.spectrocloud_ssh_key.ops["a"]`
    pub(super) address: String,
    /// Its type without the name of the provider.
    pub(super) kind: String,
    /// Whether it is managed, and not only looked up.
    pub(super) is_managed: bool,
    values: Map<String, Value>,
}

/// Why a text is not what `terraform show -json` prints of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAState {
    #[error("it is not JSON, from line {line} on")]
    NotJson { line: usize },
    #[error("it is a plan, and not a state")]
    Plan,
    #[error("it is the file of a state itself")]
    StateFile,
    #[error("it is JSON, and nothing that Terraform prints of a state")]
    Other,
    #[error("its `format_version` is one that keyplan does not know")]
    Version,
}

impl NotAState {
    /// What to do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Version => "look for a newer keyplan",
            Self::NotJson { .. } | Self::Plan | Self::StateFile | Self::Other => {
                "run `terraform show -json` without a file, where the state is, and pipe what it prints to `-`"
            }
        }
    }
}

/// The resources of a state, in the order in which they are printed.
pub(super) fn resources(bytes: &[u8]) -> Result<Vec<Resource>, NotAState> {
    let state: Value =
        serde_json::from_slice(bytes).map_err(|error| NotAState::NotJson { line: error.line() })?;
    let field = |name| state.get(name);
    if field("planned_values").is_some() || field("resource_changes").is_some() {
        return Err(NotAState::Plan);
    }
    let Some(version) = field("format_version").and_then(Value::as_str) else {
        let is_file = field("lineage").is_some() && field("serial").is_some();
        return Err(if is_file { NotAState::StateFile } else { NotAState::Other });
    };
    // What comes newly with a minor version may be passed over.
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        return Err(NotAState::Version);
    }
    let mut found = Vec::new();
    let mut modules: Vec<&Value> =
        field("values").and_then(|values| values.get("root_module")).into_iter().collect();
    while let Some(module) = modules.pop() {
        found.extend(list(module.get("resources")).filter_map(resource));
        // The last one pushed comes next.
        modules.extend(list(module.get("child_modules")).collect::<Vec<_>>().into_iter().rev());
    }
    Ok(found)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// One that is to be deleted, since another one has replaced it, is none.
fn resource(value: &Value) -> Option<Resource> {
    let text = |name| value.get(name).and_then(Value::as_str);
    let kind = text("type")?.strip_prefix("spectrocloud_")?;
    if value.get("deposed_key").is_some() {
        return None;
    }
    Some(Resource {
        address: text("address")?.to_owned(),
        kind: kind.to_owned(),
        is_managed: text("mode") == Some("managed"),
        values: value.get("values").and_then(Value::as_object).cloned().unwrap_or_default(),
    })
}

impl Resource {
    /// The text of an attribute, unless there is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The texts of an attribute that is a list or a set.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        texts(self.values.get(name))
    }

    /// The blocks with a name.
    pub(super) fn blocks(&self, name: &str) -> impl Iterator<Item = Block<'_>> {
        list(self.values.get(name)).filter_map(Value::as_object).map(Block)
    }

    /// The names and texts of an attribute that is a map.
    pub(super) fn map(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let map = self.values.get(name).and_then(Value::as_object).into_iter().flatten();
        map.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }

    /// Whether it belongs to the tenant, and to no project.
    pub(super) fn is_of_tenant(&self) -> bool {
        self.text("context") == Some("tenant")
    }

    /// Whether it is this resource or module, or a part of it.
    pub(super) fn is_within(&self, address: &str) -> bool {
        let rest = self.address.strip_prefix(address);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

/// A block in a resource.
#[derive(Clone, Copy)]
pub(super) struct Block<'a>(&'a Map<String, Value>);

impl<'a> Block<'a> {
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn texts(self, name: &str) -> Vec<&'a str> {
        texts(self.0.get(name))
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    list(value).filter_map(Value::as_str).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{NotAState, resources};

    fn fault(text: &str) -> NotAState {
        resources(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_no_state_is_told_by_what_it_is() {
        assert_eq!(fault("{\"a\": \"hunter2\",\n x"), NotAState::NotJson { line: 2 });
        assert_eq!(fault(r#"{"format_version":"1.2","planned_values":{}}"#), NotAState::Plan);
        assert_eq!(fault(r#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#), NotAState::StateFile);
        assert_eq!(fault(r#"{"format_version":"2.0","values":{}}"#), NotAState::Version);
        assert_eq!(fault("[]"), NotAState::Other);
        assert_eq!(fault("null"), NotAState::Other);
        assert!(resources(br#"{"format_version":"1.0"}"#).unwrap().is_empty());
        assert!(!fault("hunter2").to_string().contains("hunter2"));
    }

    #[test]
    fn resources_of_all_modules_are_found_in_order() {
        let one = |name: &str, more: &str| {
            format!(
                r#"{{"address":"{name}","mode":"managed","type":"spectrocloud_ssh_key","values":{{}}{more}}}"#
            )
        };
        let text = format!(
            r#"{{"format_version":"1.0","new":1,"values":{{"root_module":{{"resources":[{},{},{{"type":7}},
            {{"address":"x","mode":"managed","type":"aws_instance"}}],"child_modules":[
            {{"resources":[{}],"child_modules":[{{"resources":[{}]}}]}},{{"resources":[{}]}}]}}}}}}"#,
            one("a", ""),
            one("old", r#","deposed_key":"f""#),
            one("module.m.b", ""),
            one("module.m.module.n.c", ""),
            one("module.z.d", "")
        );
        let found = resources(text.as_bytes()).unwrap();
        let addresses: Vec<_> = found.iter().map(|found| &*found.address).collect();
        assert_eq!(addresses, ["a", "module.m.b", "module.m.module.n.c", "module.z.d"]);
        assert!(
            found[1].is_within("module.m")
                && found[2].is_within("module.m")
                && !found[3].is_within("module.m")
        );
    }
}
