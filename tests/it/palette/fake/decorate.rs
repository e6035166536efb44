//! What a later version of the server adds to objects, and what of it a PUT must not lose.

use serde_json::Value;

use super::switches::{EmptyValues, Switches, UnknownFields};

/// In each object of an answer, where there are unknown fields.
pub(crate) const UNKNOWN_FIELD: &str = "fieldOfALaterVersion";

/// Maps: a field of theirs would be a label or a project, not an unknown field.
const MAPS: [&str; 5] = ["annotations", "details", "labels", "projectPermissions", "tenantPermissions"];

/// What the server alone writes, and what a PUT of a network has in another form.
const NOT_SENT: [&str; 6] =
    ["creationTimestamp", "lastModifiedTimestamp", "deletionTimestamp", "status", "parentPoolRef", "ipPool"];

/// The body of an answer as this server writes it.
pub(super) fn decorated(body: &Value, switches: &Switches) -> Value {
    let mut body = body.clone();
    if switches.empty_values == EmptyValues::Null {
        write_null(&mut body);
    }
    if switches.unknown_fields == UnknownFields::Everywhere {
        add_unknown(&mut body);
    }
    body
}

/// The body of a request without what only decoration has brought into it.
pub(super) fn undecorated(body: &mut Value, switches: &Switches) {
    let is_null_empty = switches.empty_values == EmptyValues::Null;
    match body {
        Value::Object(fields) => {
            fields.retain(|name, value| name != UNKNOWN_FIELD && !(is_null_empty && value.is_null()));
            fields.values_mut().for_each(|value| undecorated(value, switches));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| undecorated(item, switches)),
        _ => {}
    }
}

/// Where a PUT of what was read leaves something out.
pub(super) fn lost(read: &Value, sent: &Value, place: &str) -> Vec<String> {
    let (Some(read), Some(sent)) = (read.as_object(), sent.as_object()) else { return vec![] };
    let is_metadata = read.contains_key("creationTimestamp");
    let kept = read.iter().filter(|(name, value)| {
        let is_the_servers = NOT_SENT.contains(&name.as_str()) || (is_metadata && *name == "uid");
        let is_looked_at = !is_the_servers && !MAPS.contains(&name.as_str());
        is_looked_at && !is_empty(value)
    });
    kept.flat_map(|(name, value)| match sent.get(name) {
        Some(sent) => lost(value, sent, &format!("{place}/{name}")),
        None => vec![format!("{place}/{name}")],
    })
    .collect()
}

fn write_null(value: &mut Value) {
    let values: Vec<&mut Value> = match value {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => return,
    };
    for value in values {
        write_null(value);
        let is_list_or_object = value.is_array() || value.is_object();
        if is_list_or_object && is_empty(value) {
            *value = Value::Null;
        }
    }
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let objects = fields.iter_mut().filter(|(name, _)| !MAPS.contains(&name.as_str()));
            objects.for_each(|(_, value)| add_unknown(value));
            fields.insert(UNKNOWN_FIELD.into(), serde_json::json!({"kept": [1, null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(add_unknown),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
