//! A key as a line of `authorized_keys`.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;

use super::needs::expires_in_utc;
use super::{KeyOptions, OpenSshVersion, PublicKey};

/// A line of `authorized_keys` in two parts. The grammar is that of `AUTHORIZED_KEYS FILE FORMAT` in sshd(8).
pub struct AuthorizedLine {
    /// What sshd is to heed; perhaps nothing.
    pub options: String,
    /// The key and its comment.
    pub key: String,
}

impl AuthorizedLine {
    /// The line of a key, for nodes whose oldest OpenSSH is `sshd`.
    ///
    /// A key that expires does so at the end of its last day in UTC, which OpenSSH 9.1 and later understand. Before
    /// them the node's own time zone decides, and the day is written on which it has ended everywhere.
    #[must_use]
    pub fn new(
        public_key: &PublicKey,
        options: &KeyOptions,
        expires: Option<Date>,
        comment: &impl fmt::Display,
        sshd: Option<OpenSshVersion>,
    ) -> Self {
        let mut options = options.items();
        options.extend(expires.map(|day| format!("expiry-time=\"{}\"", expiry_time(day, sshd))));
        Self { options: options.join(","), key: format!("{} {comment}", public_key.line()) }
    }
}

impl fmt::Display for AuthorizedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, key } = self;
        if options.is_empty() { f.write_str(key) } else { write!(f, "{options} {key}") }
    }
}

/// When a key whose last day this is expires, as sshd reads it.
fn expiry_time(day: Date, sshd: Option<OpenSshVersion>) -> String {
    if expires_in_utc(sshd) {
        return format!("{}235959Z", day.strftime("%Y%m%d"));
    }
    // A day without a time is its beginning, in the time zone of the node, which is from 12 hours behind UTC to 14
    // before it. The day after the last one begins in UTC up to 14 hours after it does there: one more is needed.
    let expired = day.saturating_add(Span::new().days(2));
    expired.strftime("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::tz::{Offset, TimeZone};
    use jiff::{Span, Timestamp};

    use super::{AuthorizedLine, expiry_time};
    use crate::openssh::{KeyOptions, OpenSshVersion, PublicKey};

    #[test]
    fn a_line_has_our_comment_the_last_day_and_the_options() {
        const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        let key = PublicKey::from_line(&format!("{LINE} theirs")).unwrap();
        let (none, some) =
            (KeyOptions::default(), KeyOptions::parse(r#"command="echo \"a\"",restrict"#).unwrap());
        let (day, old) = (Some(date(2027, 6, 30)), Some(OpenSshVersion::new(8, 4)));
        for (options, expires, sshd, expected) in [
            (&none, None, None, ""),
            (&none, None, old, ""),
            (&none, day, None, "expiry-time=\"20270630235959Z\" "),
            (&none, day, old, "expiry-time=\"20270702\" "),
            (&some, day, None, r#"restrict,command="echo \"a\"",expiry-time="20270630235959Z" "#),
            (&some, None, None, r#"restrict,command="echo \"a\"" "#),
        ] {
            let line = AuthorizedLine::new(&key, options, expires, &"key/payments/ops", sshd);
            assert_eq!(line.to_string(), format!("{expected}{LINE} key/payments/ops"));
            assert_eq!(line.options, expected.trim_end());
        }
    }

    #[test]
    fn the_time_zone_is_written_for_those_who_read_it() {
        let written = |sshd| expiry_time(date(2027, 12, 31), sshd);
        for sshd in [None, Some(OpenSshVersion::new(9, 1)), Some(OpenSshVersion::new(10, 0))] {
            assert_eq!(written(sshd), "20271231235959Z");
        }
        for sshd in [OpenSshVersion::new(9, 0), OpenSshVersion::new(8, 0)] {
            assert_eq!(written(Some(sshd)), "20280102");
        }
        assert_eq!(expiry_time(Date::MAX, Some(OpenSshVersion::new(8, 0))), "99991231");
    }

    /// Without a time zone: the key opens on all of its last day in UTC, and two days later nowhere.
    #[test]
    fn a_day_without_a_time_zone_is_long_enough_everywhere_and_not_longer_than_needed() {
        let last = date(2027, 6, 30);
        let written = expiry_time(last, Some(OpenSshVersion::new(8, 4)));
        let written = Date::strptime("%Y%m%d", &written).unwrap();
        let end_in_utc: Timestamp = last.tomorrow().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut shortest = None;
        for quarter in -12 * 4..=14 * 4_i32 {
            let zone = TimeZone::fixed(Offset::from_seconds(quarter * 900).unwrap());
            let ends = written.to_zoned(zone.clone()).unwrap().timestamp();
            assert!(ends >= end_in_utc, "{quarter}");
            assert!(ends <= end_in_utc.checked_add(Span::new().hours(36)).unwrap(), "{quarter}");
            let a_day_less = written.yesterday().unwrap().to_zoned(zone).unwrap().timestamp();
            shortest = shortest.min(Some(a_day_less)).or(Some(a_day_less));
        }
        assert!(shortest.unwrap() < end_in_utc, "a day less would do");
    }
}
