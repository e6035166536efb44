//! Tokens that are kept until shortly before they expire.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::NoCredentials;
use crate::http::{Clock, Secret};

/// How long before its end a token is replaced.
const MARGIN: Duration = Duration::from_secs(90);
/// How old a token is at least that is let go when it was refused.
const FRESH: Duration = Duration::from_secs(10);

/// A token in whose name requests are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    pub secret: Secret,
    /// From when it was received on.
    pub lifetime: Duration,
}

impl AccessToken {
    /// The token that a server has issued by OAuth 2: `access_token` and `expires_in`, a number or a text of one.
    pub(super) fn from_oauth(answer: &Value) -> Result<Self, String> {
        let text = answer["access_token"].as_str().ok_or("the answer has no `access_token`")?;
        let expires = &answer["expires_in"];
        let seconds = expires.as_u64().or_else(|| expires.as_str()?.parse().ok());
        let lifetime = Duration::from_secs(seconds.ok_or("the answer has no `expires_in`")?);
        Self::new(text, lifetime)
    }

    pub(super) fn new(text: &str, lifetime: Duration) -> Result<Self, String> {
        let secret = Secret::new(text).map_err(|error| format!("what was given is no token: {error}"))?;
        Ok(Self { secret, lifetime })
    }
}

/// The token that is used for now.
#[derive(Debug, Default)]
pub(super) struct KeptToken(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    secret: Secret,
    fetched: Duration,
    end: Duration,
}

impl KeptToken {
    /// The token that is kept, or a new one once that is about to expire. Of several threads one fetches, and the others
    /// wait for it.
    pub(super) fn get(
        &self,
        clock: &dyn Clock,
        fetch: impl FnOnce() -> Result<AccessToken, NoCredentials>,
    ) -> Result<Secret, NoCredentials> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept
            && clock.monotonic() < kept.end
        {
            return Ok(kept.secret.clone());
        }
        let AccessToken { secret, lifetime } = fetch()?;
        let fetched = clock.monotonic();
        let end = fetched + lifetime.saturating_sub(MARGIN);
        *kept = Some(Kept { secret: secret.clone(), fetched, end });
        Ok(secret)
    }

    /// Lets a token go that was refused, unless it has only just been fetched: then a new one would be no better.
    pub(super) fn forget(&self, clock: &dyn Clock) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| clock.monotonic() > kept.fetched + FRESH) {
            *kept = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::virtual_clock::VirtualClock;

    #[test]
    fn a_token_is_kept_until_shortly_before_it_expires() {
        let (clock, kept, mut fetched) = (VirtualClock::default(), KeptToken::default(), 0);
        let mut get = || {
            let secret = kept.get(&clock, || {
                fetched += 1;
                Ok(AccessToken::new(&format!("token-number-{fetched}"), Duration::from_hours(1)).unwrap())
            });
            format!("{:?}", secret.map(|_| fetched))
        };
        assert_eq!(get(), "Ok(1)");
        clock.pause(Duration::from_hours(1).saturating_sub(MARGIN + Duration::from_nanos(1)));
        assert_eq!(get(), "Ok(1)");
        clock.pause(Duration::from_nanos(1));
        assert_eq!([get(), get()], ["Ok(2)", "Ok(2)"]);
        kept.forget(&clock);
        assert_eq!(get(), "Ok(2)");
        clock.pause(FRESH + Duration::from_nanos(1));
        kept.forget(&clock);
        assert_eq!(get(), "Ok(3)");
    }

    #[test]
    fn a_failure_is_not_kept() {
        let (clock, kept) = (VirtualClock::default(), KeptToken::default());
        assert!(kept.get(&clock, || Err(NoCredentials::default())).is_err());
        let token = AccessToken::new("another-token", Duration::ZERO).unwrap();
        assert!(kept.get(&clock, || Ok(token)).is_ok());
    }

    #[test]
    fn what_is_no_token_is_told_without_it() {
        for (answer, why) in [
            (json!({}), "the answer has no `access_token`"),
            (json!({"access_token": "abcdefgh"}), "the answer has no `expires_in`"),
            (json!({"access_token": "a b c d e", "expires_in": 1}), "cannot be sent"),
        ] {
            let error = AccessToken::from_oauth(&answer).unwrap_err();
            assert!(error.contains(why) && !error.contains("a b c"), "{error}");
        }
        for expires in [json!(59), json!("59")] {
            let answer = json!({"access_token": "abcdefgh", "expires_in": expires});
            assert_eq!(AccessToken::from_oauth(&answer).unwrap().lifetime, Duration::from_secs(59));
        }
    }
}
