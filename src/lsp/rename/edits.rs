//! Edits of a text.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::model::Name;
use crate::source::Span;
use crate::source::yaml::Plain;

/// Other text in place of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) span: Span,
    pub(super) text: String,
}

/// The edits of files, by their paths below the workspace.
pub(super) type EditsOfFiles = BTreeMap<Utf8PathBuf, Vec<Edit>>;

/// A text after edits, which are in their order and do not overlap.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for Edit { span, text: new } in edits {
        let range = span.range();
        edited.push_str(&text[at..range.start]);
        edited.push_str(new);
        at = range.end;
    }
    edited.push_str(&text[at..]);
    edited
}

/// A name as a scalar: in quotes where it would not be text without.
pub(super) fn written(name: &Name) -> String {
    let name = name.as_str();
    if Plain::of(name) == Plain::Text { name.to_owned() } else { format!("\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::{Edit, edited, written};
    use crate::model::Name;
    use crate::source::Span;

    #[test]
    fn edits_are_made_in_their_order() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.into() };
        assert_eq!(edited("name: a\n", &[edit(6, 7, "bc"), edit(7, 7, " d")]), "name: bc d\n");
        assert_eq!(edited("ß", &[edit(0, 2, ""), edit(2, 2, "x")]), "x");
        assert_eq!(edited("a", &[]), "a");
    }

    #[test]
    fn a_name_that_is_not_text_is_quoted() {
        for (name, expected) in
            [("prod", "prod"), ("12", "\"12\""), ("no", "\"no\""), ("1e3", "\"1e3\""), ("null", "\"null\"")]
        {
            assert_eq!(written(&Name::parse(name).unwrap()), expected);
        }
    }
}
