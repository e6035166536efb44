//! Lists: `ListObjectsV2`.

use super::super::{Page, StoreError, not_understood, xml};
use crate::http::Response;

/// The parameters of a page, in the order of their names.
pub(super) fn query<'a>(
    folder: &'a str,
    after: Option<&'a str>,
    page: Option<&'a str>,
) -> Vec<(&'static str, &'a str)> {
    let mut query = Vec::new();
    query.extend(page.map(|page| ("continuation-token", page)));
    query.extend([("delimiter", "/"), ("list-type", "2"), ("prefix", folder)]);
    query.extend(after.filter(|_| page.is_none()).map(|after| ("start-after", after)));
    query
}

/// A page of a folder.
pub(super) fn page(folder: &str, response: &Response) -> Result<Page, StoreError> {
    let document = xml(response)?;
    let unknown = || not_understood(response);
    let root = document.root_element();
    let text = |node: roxmltree::Node<'_, '_>, name: &str| {
        let child = node.children().find(|child| child.tag_name().name() == name)?;
        Some(child.text().unwrap_or_default().to_owned())
    };
    let is_of_folder = text(root, "Prefix").is_none_or(|prefix| prefix == folder);
    if root.tag_name().name() != "ListBucketResult" || !is_of_folder {
        return Err(unknown());
    }
    let mut names = Vec::new();
    for node in root.children() {
        match node.tag_name().name() {
            "Contents" => names.push(text(node, "Key").ok_or_else(unknown)?),
            "CommonPrefixes" => names.push(text(node, "Prefix").ok_or_else(unknown)?),
            _ => {}
        }
    }
    let next = match text(root, "IsTruncated").as_deref().map(str::trim) {
        Some("false") => None,
        Some("true") => {
            let token = text(root, "NextContinuationToken").filter(|token| !token.is_empty());
            Some(token.ok_or_else(unknown)?.into())
        }
        _ => return Err(unknown()),
    };
    Ok(Page { names, next })
}
