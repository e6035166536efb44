//! What the name of a file says of it.

use std::ffi::OsStr;
use std::path::Path;

pub(in crate::source) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

pub(super) fn is_declarations(path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.ends_with(b".yaml") || path.ends_with(b".yml")
}

/// What templates of YAML end in. Copies that editors make, such as `a.yaml~` and `a.yaml.orig`, do not.
const TEMPLATES: [&str; 8] = ["tpl", "tmpl", "template", "gotmpl", "j2", "jinja", "jinja2", "erb"];

/// Whether a file's name is nearly one of declarations: `a.YAML`, `a.yaml.tpl`, `a.json`.
pub(super) fn is_like_declarations(path: &Path) -> bool {
    let (Some(end), Some(stem)) = (path.extension(), path.file_stem()) else { return false };
    let is = |end: &OsStr, words: &[&str]| words.iter().any(|word| end.eq_ignore_ascii_case(word));
    let is_template = is(end, &TEMPLATES);
    let end = if is_template { Path::new(stem).extension() } else { Some(end) };
    !is_declarations(path) && end.is_some_and(|end| is(end, &["yaml", "yml", "json"]))
}
