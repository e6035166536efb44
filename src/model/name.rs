//! Names of resources, of users and of what owns a key.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::has_weight;

/// Most characters of the name of a resource.
pub const MAX_NAME: usize = 63;
/// Most characters of the name of a user: the longest address that mail systems carry.
pub const MAX_USER: usize = 254;

/// The prefix of the name of a team where a user could be named as well.
pub const TEAM: &str = "team:";
/// Behind this, the address of a team has its name.
const TEAM_ADDRESS: &str = "team/";

/// The name of a project, team, key or cluster: 1 to 63 characters of `A-Z a-z 0-9 . _ - @ +` and
/// single spaces inside; it begins and ends with a letter or digit. Compared exactly. A clone shares the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(Arc<str>);

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("it is empty")]
    Empty,
    #[error("it has {length} characters, and {most} are the most")]
    TooLong {
        /// The characters that it has.
        length: usize,
        /// The most that it may have.
        most: usize,
    },
    #[error("it holds {}, which names do not have", shown(*letter))]
    Letter {
        letter: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// The first or last character is not a letter or digit; its offset in bytes.
    #[error("it {} with `{letter}`, not with a letter or digit", if *at == 0 { "begins" } else { "ends" })]
    Edge {
        letter: char,
        /// Its offset in bytes.
        at: usize,
    },
    #[error("it has two spaces in a row")]
    TwoSpaces {
        /// Its offset in bytes.
        at: usize,
    },
    #[error("this is how a team is written")]
    Team,
}

/// A character, and its number where it may be mistaken for another one.
fn shown(letter: char) -> String {
    let number = u32::from(letter);
    match letter {
        ' '..='~' => format!("`{letter}`"),
        letter if letter.is_alphanumeric() => format!("`{letter}` (U+{number:04X})"),
        _ => format!("the character U+{number:04X}"),
    }
}

/// The name of a team, where a text is written as that of one: `team:sre`, or its address `team/sre`.
#[must_use]
pub fn written_as_team(text: &str) -> Option<&str> {
    text.strip_prefix(TEAM).or_else(|| text.strip_prefix(TEAM_ADDRESS))
}

impl NameError {
    /// The bytes of the text that are to blame: all of it where no letter is.
    #[must_use]
    pub fn range(&self, text: &str) -> std::ops::Range<usize> {
        match *self {
            Self::Empty | Self::TooLong { .. } => 0..text.len(),
            Self::Letter { letter, at } | Self::Edge { letter, at } => at..at + letter.len_utf8(),
            Self::TwoSpaces { at } => at..at + 1,
            Self::Team => 0..written_as_team(text).map_or(0, |team| text.len() - team.len()),
        }
    }
}

impl Name {
    /// A name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match fault(text) {
            Some(fault) => Err(fault),
            None => Ok(Self(text.into())),
        }
    }

    /// A name as it was declared, and what is wrong with it. What a faulty name belongs to is still
    /// looked at, so that one problem does not hide another; it never passes the gate.
    #[must_use]
    pub fn declared(text: impl Into<Arc<str>>) -> (Self, Option<NameError>) {
        let name = Self(text.into());
        let fault = fault(name.as_str());
        (name, fault)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        // What is of one project shares its name.
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The name of a user, such as `ana@example.com`, `CORP\\ana` or `müller`: somebody else's name, and so any text
/// of up to 254 characters that all show themselves, without blanks. It does not begin as a team is written where
/// a user could stand as well, with [`TEAM`], nor as its address. The part after the last `@` is compared without regard to case, and kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Box<str>);

impl UserName {
    /// A user.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let is_blank =
            |letter: char| letter.is_whitespace() || matches!(letter, '\u{2800}' | '\u{1d173}'..='\u{1d17a}');
        let is_hidden = |&(_, letter): &(usize, char)| is_blank(letter) || !has_weight(letter);
        let hidden = text.char_indices().find(is_hidden);
        let length = text.chars().count();
        match hidden {
            _ if text.is_empty() => return Err(NameError::Empty),
            _ if written_as_team(text).is_some() => return Err(NameError::Team),
            Some((at, letter)) => return Err(NameError::Letter { letter, at }),
            None if length > MAX_USER => return Err(NameError::TooLong { length, most: MAX_USER }),
            None => {}
        }
        Ok(Self(match text.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()).into(),
            None => text.into(),
        }))
    }

    /// The user's name, its domain in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user or a team: who has a role, or whose key it is. Written `ana@example.com` or `team:sre`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    User(UserName),
    Team(Name),
}

impl Subject {
    /// Reads `ana@example.com` or `team:sre`.
    ///
    /// # Errors
    /// When the name does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix(TEAM) {
            Some(team) => Name::parse(team).map(Self::Team),
            None => UserName::parse(text).map(Self::User),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Team(team) => write!(f, "{TEAM}{team}"),
        }
    }
}

fn fault(text: &str) -> Option<NameError> {
    let Some(first) = text.chars().next() else { return Some(NameError::Empty) };
    fault_of_letters(text, first).or_else(|| {
        let length = text.chars().count();
        (length > MAX_NAME).then_some(NameError::TooLong { length, most: MAX_NAME })
    })
}

fn fault_of_letters(text: &str, first: char) -> Option<NameError> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || " ._-@+".contains(letter);
    if let Some((at, letter)) = text.char_indices().find(|&(_, letter)| !is_letter(letter)) {
        return Some(NameError::Letter { letter, at });
    }
    if !first.is_ascii_alphanumeric() {
        return Some(NameError::Edge { letter: first, at: 0 });
    }
    let last = text.chars().next_back().filter(|last| !last.is_ascii_alphanumeric());
    if let Some(letter) = last {
        return Some(NameError::Edge { letter, at: text.len() - letter.len_utf8() });
    }
    // Names are short: making ready to search one costs more than looking at it.
    let two_spaces = text.as_bytes().windows(2).position(|pair| pair == b"  ");
    two_spaces.map(|at| NameError::TwoSpaces { at: at + 1 })
}

#[cfg(test)]
mod tests {
    use super::{Name, NameError, Subject, UserName};

    #[test]
    fn the_grammar_of_names() {
        for good in ["a", "prod-eu", "Ops 1", "a.b_c-d@e+f", &"x".repeat(63), "0"] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for (bad, fault) in [
            ("", NameError::Empty),
            ("a/b", NameError::Letter { letter: '/', at: 1 }),
            ("müller", NameError::Letter { letter: 'ü', at: 1 }),
            ("-a", NameError::Edge { letter: '-', at: 0 }),
            ("a ", NameError::Edge { letter: ' ', at: 1 }),
            ("a  b", NameError::TwoSpaces { at: 2 }),
            ("a\nb", NameError::Letter { letter: '\n', at: 1 }),
        ] {
            assert_eq!(Name::parse(bad), Err(fault), "{bad}");
        }
        assert!(matches!(Name::parse(&"x".repeat(64)), Err(NameError::TooLong { length: 64, most: 63 })));
    }

    #[test]
    fn a_user_is_any_text_that_shows_itself() {
        for good in
            ["o'brien@example.com", "müller@example.com", "_svc", "CORP\\ana", "pwaigi1-", "山田", "@a"]
        {
            assert_eq!(UserName::parse(good).map(|user| user.to_string()).as_deref(), Ok(good));
        }
        let letter = |letter, at| Err(NameError::Letter { letter, at });
        for (bad, letter) in [
            ("ana b", letter(' ', 3)),
            ("ana\u{a0}b", letter('\u{a0}', 3)),
            ("ana\u{3000}", letter('\u{3000}', 3)),
            ("a\u{200b}na", letter('\u{200b}', 1)),
            ("\u{202e}ana", letter('\u{202e}', 0)),
            ("ana\u{fe0f}", letter('\u{fe0f}', 3)),
            ("ana\u{1b}[31m", letter('\u{1b}', 3)),
            ("ana\n", letter('\n', 3)),
            ("", Err(NameError::Empty)),
        ] {
            assert_eq!(UserName::parse(bad), letter, "{bad:?}");
        }
        assert!(UserName::parse(&"ü".repeat(254)).is_ok() && UserName::parse(&"ü".repeat(255)).is_err());
    }

    #[test]
    fn no_user_is_taken_for_a_team() {
        for text in ["team:sre", "team/sre", "team/", "team:"] {
            assert_eq!(UserName::parse(text), Err(NameError::Team), "{text}");
        }
        for text in ["team:sre", "ana", "TEAM:sre", "team"] {
            assert_eq!(Subject::parse(text).map(|subject| subject.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn users_compare_without_case_in_the_domain_alone() {
        let user = |text| UserName::parse(text).unwrap();
        assert_eq!(user("ana@Example.COM"), user("ana@example.com"));
        assert_ne!(user("Ana@example.com"), user("ana@example.com"));
        assert_ne!(user("Ana"), user("ana"));
    }
}
