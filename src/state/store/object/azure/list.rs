//! Lists. There is no parameter for where a list begins: what comes before is left out where it arrives.

use super::super::{Page, not_understood, xml};
use crate::http::Response;
use crate::state::store::StoreError;

/// The parameters of a page.
pub(super) fn query<'a>(folder: &'a str, page: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    let mut query = vec![("restype", "container"), ("comp", "list"), ("delimiter", "/"), ("prefix", folder)];
    query.extend(page.map(|page| ("marker", page)));
    query
}

/// A page of a folder.
pub(super) fn page(folder: &str, response: &Response) -> Result<Page, StoreError> {
    let document = xml(response)?;
    let unknown = || not_understood(response);
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        let found = node.children().find(|child| child.has_tag_name(name))?;
        Some(found.text().unwrap_or_default().to_owned())
    };
    let root = document.root_element();
    let is_of_folder = child(root, "Prefix").is_none_or(|prefix| prefix == folder);
    if !root.has_tag_name("EnumerationResults") || !is_of_folder {
        return Err(unknown());
    }
    let blobs = root.children().find(|node| node.has_tag_name("Blobs")).ok_or_else(unknown)?;
    let is_name =
        |node: &roxmltree::Node<'_, '_>| node.has_tag_name("Blob") || node.has_tag_name("BlobPrefix");
    let names = blobs.children().filter(is_name).map(|node| child(node, "Name").ok_or_else(unknown));
    // It is there and empty on the last page.
    let next = child(root, "NextMarker").ok_or_else(unknown)?;
    let next = (!next.is_empty()).then(|| next.into());
    Ok(Page { names: names.collect::<Result<_, _>>()?, next })
}
