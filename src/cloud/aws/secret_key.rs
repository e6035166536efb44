//! The secret half of a key of AWS.

use std::fmt;

use ring::hmac;

use crate::http::SecretError;

/// A secret access key, as what signs with it. It is never sent, so that no answer can repeat it and nothing has to be
/// searched for it: it may be shorter than a [`Secret`](crate::http::Secret), as those of emulators are.
#[derive(Clone)]
pub struct SecretKey(Box<hmac::Key>);

impl SecretKey {
    /// The text without the white space around it. It is not kept.
    ///
    /// # Errors
    /// When no key looks like that.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        match text {
            "" => Err(SecretError::Empty),
            _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(SecretError::Character),
            _ => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{text}").as_bytes());
                Ok(Self(Box::new(key)))
            }
        }
    }

    /// What the signatures of a day, such as `20130524`, begin with.
    pub(super) fn of_day(&self, day: &str) -> hmac::Tag {
        hmac::sign(&self.0, day.as_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        assert_eq!(SecretKey::new(" \n").unwrap_err(), SecretError::Empty);
        for text in ["S3\nRVER", "S3 RVER", "S3RVER\u{7f}", "S3RVERä", "S3\0RVER"] {
            assert_eq!(SecretKey::new(text).unwrap_err(), SecretError::Character, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn one_of_any_length_signs_and_is_never_shown(text in "[!-~]{1,60}", space in "[ \t\r\n]{0,3}") {
            let signed = |text: &str| {
                let key = SecretKey::new(text).unwrap();
                assert_eq!(format!("{key:?} {key:#?}"), "SecretKey([redacted]) SecretKey([redacted])");
                key.of_day("20130524").as_ref().to_vec()
            };
            prop_assert_eq!(signed(&text), signed(&format!("{space}{text}{space}")));
            prop_assert_ne!(signed(&text), signed(&format!("{text}1")));
        }
    }
}
