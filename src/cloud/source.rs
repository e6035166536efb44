//! One source of credentials after the other.

use super::{AccessToken, NoCredentials};

/// Why a source gives no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// The next source is asked.
    Next(String),
    /// It is what somebody has set up on purpose, and does not work: no other identity takes its place.
    Last(String),
}

/// A source: its name for people, and what it gives.
pub(super) type Source<'a> = (&'static str, &'a dyn Fn() -> Result<AccessToken, Miss>);

/// The token of the first source that gives one.
pub(super) fn first(sources: &[Source<'_>]) -> Result<AccessToken, NoCredentials> {
    let mut none = NoCredentials::default();
    for (name, find) in sources {
        match find() {
            Ok(token) => return Ok(token),
            Err(Miss::Next(why)) => none.tried(*name, why),
            Err(Miss::Last(why)) => {
                none.tried(*name, why);
                break;
            }
        }
    }
    Err(none)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_first_that_gives_one_counts_and_what_is_set_up_and_fails_is_the_end() {
        let token = || AccessToken::new("a-good-token", Duration::from_mins(1)).map_err(Miss::Next);
        let next = || Err(Miss::Next("is not set".into()));
        let last = || Err(Miss::Last("cannot be read".into()));
        assert!(first(&[("a", &next), ("b", &token), ("c", &last)]).is_ok());
        let error = first(&[("a", &next), ("b", &last), ("c", &token)]).unwrap_err();
        assert_eq!(error.to_string(), "there are no credentials: a: is not set; b: cannot be read");
    }
}
