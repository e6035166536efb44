//! What goes wrong.

use super::message::Said;

/// Whether the request has had its effect before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Before,
    After,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is closed without an answer.
    NoAnswer(Effect),
    /// It has its effect, and half of the answer arrives.
    Cut,
    /// The store is in trouble.
    Trouble(u16, &'static str, Effect),
    /// Another writer of the same name is at work.
    Conflict,
    /// The store lies: it was done, and is said to be taken.
    SaysTaken,
    /// Something between here and the store answers with a web page.
    WebPage(u16),
    /// It is refused for good.
    Refused(u16, &'static str),
    /// The whole process ends.
    Crash(Effect),
}

impl Fault {
    /// What passes: an apply that meets it once comes to its end.
    pub(crate) const PASSING: [Self; 12] = [
        Self::NoAnswer(Effect::Before),
        Self::NoAnswer(Effect::After),
        Self::Cut,
        Self::Trouble(500, "InternalError", Effect::Before),
        Self::Trouble(500, "InternalError", Effect::After),
        Self::Trouble(503, "SlowDown", Effect::Before),
        Self::Trouble(503, "ServiceUnavailable", Effect::After),
        Self::Trouble(400, "RequestTimeout", Effect::Before),
        Self::Trouble(400, "ExpiredToken", Effect::Before),
        Self::Trouble(429, "TooManyRequests", Effect::Before),
        Self::Conflict,
        Self::SaysTaken,
    ];

    /// What does not.
    pub(crate) const LASTING: [Self; 5] = [
        Self::Refused(403, "AccessDenied"),
        Self::Refused(403, "InvalidAccessKeyId"),
        Self::Refused(404, "NoSuchBucket"),
        Self::Refused(404, "NoSuchUpload"),
        Self::Refused(400, "EntityTooLarge"),
    ];

    /// Whether it can only happen to a write.
    pub(crate) const fn is_of_writes(self) -> bool {
        matches!(self, Self::Conflict | Self::SaysTaken)
    }

    /// Whether the request still has its effect.
    pub(crate) const fn has_effect(self) -> bool {
        match self {
            Self::NoAnswer(effect) | Self::Trouble(_, _, effect) | Self::Crash(effect) => {
                matches!(effect, Effect::After)
            }
            Self::Cut | Self::SaysTaken => true,
            Self::Conflict | Self::WebPage(_) | Self::Refused(..) => false,
        }
    }

    /// What is said instead of the answer; nothing where no whole answer comes.
    pub(crate) fn said(self) -> Option<Said> {
        match self {
            Self::NoAnswer(_) | Self::Cut | Self::Crash(_) => None,
            Self::Trouble(status, code, _) | Self::Refused(status, code) => {
                Some(Said::error(status, code, ""))
            }
            Self::Conflict => Some(Said::error(409, "ConditionalRequestConflict", "")),
            Self::SaysTaken => Some(Said::error(412, "PreconditionFailed", "")),
            Self::WebPage(status) => {
                let mut said =
                    Said::new(status, "text/html; charset=utf-8", "<html><body>Sign in first</body></html>");
                said.headers.push(("etag", "\"page\"".into()));
                Some(said)
            }
        }
    }
}
