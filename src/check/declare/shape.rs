//! The shape of a document, derived from the JSON Schema of the type that serde decodes it into: so
//! the types, the schema for editors and the findings about fields cannot drift apart.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Record(RecordShape),
    /// A mapping of names of the user's own to values of one shape.
    Map(Box<Shape>),
    /// A sequence of items of one shape.
    List(Box<Shape>),
    /// Text; of these words, where any are given.
    Text(Vec<String>),
    /// `true` or `false`.
    Flag,
    /// A whole number in a range.
    Whole(i64, i64),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RecordShape {
    /// Fields with their shapes, by name.
    pub(super) fields: Vec<(String, Shape)>,
    pub(super) required: BTreeSet<String>,
    /// Those of which exactly one must be there; empty where there are none.
    pub(super) one_of: Vec<String>,
}

impl Shape {
    /// The part of a document (`metadata` or `spec`) that has a field of this name.
    pub(super) fn part_of(&self, name: &str) -> Option<&str> {
        let Self::Record(document) = self else { return None };
        document.fields.iter().find_map(|(part, shape)| match shape {
            Self::Record(record) if record.fields.iter().any(|(field, _)| field == name) => {
                Some(part.as_str())
            }
            _ => None,
        })
    }

    /// The names of the fields of the mapping at this path, if there is one.
    pub(super) fn fields_of(&self, path: &[&str]) -> Option<Vec<&str>> {
        let Self::Record(record) = self else { return None };
        let Some((first, rest)) = path.split_first() else {
            return Some(record.fields.iter().map(|(name, _)| name.as_str()).collect());
        };
        record.fields.iter().find(|(name, _)| name == first)?.1.fields_of(rest)
    }

    /// The words of a finding: "expected ...".
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Record(_) | Self::Map(_) => "a mapping".into(),
            Self::List(_) => "a list".into(),
            Self::Text(_) => "text".into(),
            Self::Flag => "`true` or `false`".into(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    /// The shape that a schema of ours describes. Schemas come from the types in this folder, so
    /// that anything else in one is a mistake in the program, which the tests find.
    pub(super) fn of(schema: &Value) -> Self {
        let words = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        match schema["type"].as_str() {
            Some("array") => Self::List(Box::new(Self::of(&schema["items"]))),
            Some("boolean") => Self::Flag,
            Some("integer") => Self::Whole(
                schema["minimum"].as_i64().unwrap_or(0),
                schema["maximum"].as_i64().unwrap_or(i64::MAX),
            ),
            Some("object") => match schema["properties"].as_object() {
                Some(fields) => Self::Record(RecordShape {
                    fields: fields.iter().map(|(name, schema)| (name.clone(), Self::of(schema))).collect(),
                    required: words(&schema["required"]).into_iter().collect(),
                    // Editors tell of the one that is too many where it is, which they do not of `oneOf`.
                    one_of: ["if", "else"]
                        .into_iter()
                        .flat_map(|part| words(&schema[part]["required"]))
                        .collect(),
                }),
                None => Self::Map(Box::new(Self::of(&schema["additionalProperties"]))),
            },
            _ => Self::Text(words(&schema["enum"])),
        }
    }
}

/// The JSON Schema of a type (draft 2020-12), in one piece. A field that may be missing may not be
/// `null`: that is most often a forgotten value.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.with_transform(NoNull).into_generator().into_root_schema_for::<T>()
}

#[derive(Clone, Debug)]
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".into(), only);
            }
        }
        // An optional mapping comes as "this, or null".
        if let Some(Value::Array(choices)) = schema.get("anyOf")
            && let [Value::Object(choice), null] = choices.as_slice()
            && null["type"] == "null"
        {
            let choice = choice.clone();
            schema.remove("anyOf");
            for (name, value) in choice {
                if schema.get(&name).is_none() {
                    schema.insert(name, value);
                }
            }
        }
        schema.remove("format");
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
    }
}
