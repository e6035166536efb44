//! The types of the contract, compiled.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Value, json};

const TYPES: [&str; 2] = [
    include_str!("../../../fixtures/palette/types.json"),
    include_str!("../../../fixtures/palette/clusters.json"),
];

/// Validators by the name of their type.
pub(crate) struct Types(BTreeMap<String, Validator>);

impl Types {
    /// Those of the fixtures that are named.
    pub(crate) fn compile(names: impl IntoIterator<Item = String>) -> Self {
        let definitions = definitions();
        let compiled = names.into_iter().map(|name| {
            assert!(definitions.get(&name).is_some(), "there is no type {name}");
            let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": definitions});
            let validator = jsonschema::options().should_validate_formats(true).build(&schema);
            (name, validator.expect("the types of the fixtures are a schema"))
        });
        Self(compiled.collect())
    }

    /// Where a value is not of a type, and why.
    pub(crate) fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        let errors = self.0[name].iter_errors(value);
        errors.map(|error| format!("{name}{}: {error}", error.instance_path())).collect()
    }
}

/// All definitions, closed.
fn definitions() -> Value {
    let mut all = serde_json::Map::new();
    for text in TYPES {
        let file: Value = serde_json::from_str(text).unwrap();
        for (name, definition) in file["$defs"].as_object().unwrap() {
            let mut definition = definition.clone();
            close(&mut definition);
            assert!(all.insert(name.clone(), definition).is_none(), "the type {name} is there twice");
        }
    }
    Value::Object(all)
}

/// An object that names its properties has no others, unless it says so.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
