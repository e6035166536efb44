//! The edits of a rename.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::model::Name;
use crate::source::Edit;
use crate::source::yaml::Plain;

/// The edits of files, by their paths below the workspace.
pub(super) type EditsOfFiles = BTreeMap<Utf8PathBuf, Vec<Edit>>;

/// A name as a scalar: in quotes where it would not be text without.
pub(super) fn written(name: &Name) -> String {
    let name = name.as_str();
    if Plain::of(name) == Plain::Text { name.to_owned() } else { format!("\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::model::Name;

    #[test]
    fn a_name_that_is_not_text_is_quoted() {
        for (name, expected) in
            [("prod", "prod"), ("12", "\"12\""), ("no", "\"no\""), ("1e3", "\"1e3\""), ("null", "\"null\"")]
        {
            assert_eq!(written(&Name::parse(name).unwrap()), expected);
        }
    }
}
