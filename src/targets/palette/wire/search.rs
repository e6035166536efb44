//! What is searched.

use serde_json::{Value, json};

/// The body that searches the clusters of a project that are there and are no virtual ones.
#[must_use]
pub fn search_of_clusters() -> Value {
    let is_no_virtual_one = json!({"property": "environment", "type": "string", "condition": {"string": {
        "operator": "eq", "negation": true, "match": {"conjunction": "or", "values": ["nested"]},
    }}});
    let is_there = json!({"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": false}}});
    let filters = json!({"conjunction": "and", "filters": [is_no_virtual_one, is_there]});
    json!({
        "filter": {"conjunction": "and", "filterGroups": [filters]},
        "sort": [{"field": "creationTimestamp", "order": "asc"}],
    })
}

/// The body that searches all projects.
#[must_use]
pub fn search_of_projects() -> Value {
    json!({"filter": {}, "sort": [{"field": "creationTimestamp", "order": "asc"}]})
}
