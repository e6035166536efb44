//! What the schema of declarations lets stand at a place.

use std::sync::LazyLock;

use gen_lsp_types::CompletionItemKind;
use serde_json::Value;

use super::candidate::Candidate;
use super::cursor::{Cursor, Part};
use crate::check::declare::{Kind, schema};
use crate::source::Segment;

static OF_KINDS: LazyLock<Vec<Value>> =
    LazyLock::new(|| Kind::ALL.iter().map(|kind| schema::of_kind(*kind)).collect());
static OF_ANY: LazyLock<Value> = LazyLock::new(schema::of_any);

/// Fields and words, in the order of the schema.
pub(super) fn candidates(cursor: &Cursor) -> Vec<Candidate> {
    // The kind of a document is what any has.
    let is_kind = matches!(&cursor.route[..], [Segment::Field(name)] if name == "kind");
    let whole = match cursor.kind.filter(|_| !is_kind) {
        Some(kind) => &OF_KINDS[kind as usize],
        None => &*OF_ANY,
    };
    let Some(schema) = descend(whole, &cursor.route) else { return Vec::new() };
    match cursor.part {
        Part::Key => fields(schema, &cursor.fields),
        // A mapping begins on a line of its own.
        Part::Value if cursor.is_first => [fields(schema, &[]), words(schema)].concat(),
        Part::Value => words(schema),
    }
}

/// The schema of what is at a route.
fn descend<'a>(schema: &'a Value, route: &[Segment]) -> Option<&'a Value> {
    route.iter().try_fold(schema, |schema, step| match step {
        Segment::Item(_) => schema.get("items"),
        Segment::Field(name) => {
            let field = schema.get("properties").and_then(|fields| fields.get(&**name));
            field.or_else(|| schema.get("additionalProperties").filter(|values| values.is_object()))
        }
    })
}

/// The fields of a mapping that are not there yet, or the names that it may hold.
fn fields(schema: &Value, taken: &[String]) -> Vec<Candidate> {
    let fields = schema.get("properties").and_then(Value::as_object);
    let fields = fields.into_iter().flatten().map(|(name, field)| (name.as_str(), about(field)));
    let names = schema.get("propertyNames").map(listed).unwrap_or_default();
    let names = names.into_iter().map(|name| (name, None));
    let is_free = |(name, _): &(&str, _)| !taken.iter().any(|taken| taken == name);
    let candidate = |(name, about): (&str, Option<String>)| Candidate {
        text: name.to_owned(),
        kind: CompletionItemKind::Property,
        about,
    };
    fields.chain(names).filter(is_free).map(candidate).collect()
}

/// The words that a value may be.
fn words(schema: &Value) -> Vec<Candidate> {
    let one = schema.get("const").and_then(Value::as_str);
    let flags = if schema["type"] == "boolean" { ["false", "true"].as_slice() } else { &[] };
    let all = listed(schema).into_iter().chain(one).chain(flags.iter().copied());
    let candidate = |word: &str| Candidate {
        text: word.to_owned(),
        kind: CompletionItemKind::EnumMember,
        about: about(schema),
    };
    all.map(candidate).collect()
}

fn listed(schema: &Value) -> Vec<&str> {
    schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn about(schema: &Value) -> Option<String> {
    schema.get("description").and_then(Value::as_str).map(str::to_owned)
}
