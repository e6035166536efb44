//! Tags as labels.

use std::collections::BTreeMap;

use super::state::Resource;

/// `key:value` is what a tag is made of. One without a colon has an empty value.
pub(super) fn labels(resource: &Resource) -> Vec<(Box<str>, Box<str>)> {
    let tags = resource.texts("tags").into_iter().map(|tag| tag.split_once(':').unwrap_or((tag, "")));
    let all: BTreeMap<_, _> = tags.chain(resource.map("tags_map")).collect();
    all.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}
