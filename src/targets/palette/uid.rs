//! What Palette calls its objects.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// What identifies an object of Palette: it is never empty, as an empty header `ProjectUid` would turn the request of a
/// project into one of the whole tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Uid(Box<str>);

impl Uid {
    const LONGEST: usize = 64;

    /// Letters, digits, hyphens and underscores: Palette's own are 24 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
        let is_uid = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(is_letter);
        is_uid.then(|| Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("it is no uid"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_a_request_is_no_uid() {
        for text in ["", " ", "a b", "a/b", "..", "a\r\nProjectUid: b", "ä", &"a".repeat(65)] {
            assert_eq!(Uid::parse(text), None, "{text:?}");
            assert!(serde_json::from_value::<Uid>(text.into()).is_err());
        }
        let uid = serde_json::from_str::<Uid>("\"5f0a1b2c3d4e5f6071829304\"").unwrap();
        assert_eq!(uid.to_string(), "5f0a1b2c3d4e5f6071829304");
        assert_eq!(serde_json::to_string(&uid).unwrap(), "\"5f0a1b2c3d4e5f6071829304\"");
    }
}
