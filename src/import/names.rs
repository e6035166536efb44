//! Names for what had none, or one that keyplan does not take.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{MAX_NAME, Name};

/// The name that a text comes to: a hyphen stands for each run of what names do not have. Nothing where no letter or digit
/// is left.
#[must_use]
pub fn name_of(text: &str) -> Option<Name> {
    let mut name = String::new();
    for letter in text.chars() {
        match letter {
            ' ' if name.ends_with(' ') => {}
            ' ' | '.' | '_' | '@' | '+' => name.push(letter),
            letter if letter.is_ascii_alphanumeric() => name.push(letter),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() > 2 * MAX_NAME {
            break;
        }
    }
    Name::parse(cut(name.trim_start_matches(is_edge), MAX_NAME)).ok()
}

const fn is_edge(letter: char) -> bool {
    !letter.is_ascii_alphanumeric()
}

/// As many letters as fit, without what no name ends with. The text is ASCII.
fn cut(text: &str, most: usize) -> &str {
    text[..text.len().min(most)].trim_end_matches(is_edge)
}

/// Names that are given out, each once: not even a capital letter is the only difference.
#[derive(Clone, Debug, Default)]
pub struct FreshNames {
    taken: BTreeSet<String>,
    /// The last number behind each name: of a hundred thousand keys all may be called the same.
    numbers: BTreeMap<String, u32>,
}

impl FreshNames {
    /// Names that are taken already.
    pub fn without<'a>(taken: impl IntoIterator<Item = &'a Name>) -> Self {
        let taken = taken.into_iter().map(|name| name.as_str().to_ascii_lowercase()).collect();
        Self { taken, numbers: BTreeMap::new() }
    }

    /// This name, or where it is taken, with a number behind it that makes another one: `ops-2`.
    pub fn give(&mut self, wanted: &Name) -> Name {
        let lower = wanted.as_str().to_ascii_lowercase();
        if self.taken.insert(lower.clone()) {
            return wanted.clone();
        }
        let number = self.numbers.entry(lower).or_insert(1);
        loop {
            *number += 1;
            let ending = format!("-{number}");
            let name = format!("{}{ending}", cut(wanted.as_str(), MAX_NAME - ending.len()));
            if self.taken.insert(name.to_ascii_lowercase())
                && let Ok(name) = Name::parse(&name)
            {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FreshNames, name_of};
    use crate::model::{MAX_NAME, Name};

    #[test]
    fn a_comment_makes_a_name() {
        for (comment, name) in [
            ("ana@laptop", "ana@laptop"),
            ("Ana's  laptop (old)", "Ana-s laptop -old"),
            ("  /home/ana/.ssh/id_rsa.pub", "home-ana-.ssh-id_rsa.pub"),
            ("müller", "m-ller"),
            ("--- x ---", "x"),
        ] {
            assert_eq!(name_of(comment).unwrap().as_str(), name, "{comment}");
        }
        for comment in ["", "-", "山田", "\u{1b}\u{7}"] {
            assert_eq!(name_of(comment), None, "{comment}");
        }
    }

    #[test]
    fn many_keys_of_one_name_take_no_time() {
        let (mut fresh, name) = (FreshNames::default(), Name::parse(&"x".repeat(MAX_NAME)).unwrap());
        let last = (0..50_000).map(|_| fresh.give(&name)).last().unwrap();
        assert!(last.as_str().ends_with("x-50000") && last.as_str().len() == MAX_NAME);
    }

    proptest! {
        #[test]
        fn names_are_given_out_once(texts in prop::collection::vec("[aA. -]{0,3}|\\PC{0,90}|a{62,70}", 0..20)) {
            let (mut fresh, mut given) = (FreshNames::default(), Vec::new());
            for name in texts.iter().filter_map(|text| name_of(text)) {
                let name = fresh.give(&name);
                prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().len() <= MAX_NAME);
                given.push(name.as_str().to_ascii_lowercase());
            }
            let number = given.len();
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(given.len(), number);
        }
    }
}
