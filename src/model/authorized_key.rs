//! A key as a line of `authorized_keys`.

use jiff::Span;
use jiff::civil::Date;

use super::openssh_version::is_in_utc;
use super::{OpenSshVersion, SshKey};

/// The one line that opens a node to a key: what sshd is to heed, the key, and a comment of ours. The
/// comment from the declaration is never written to a node. `sshd` is the oldest OpenSSH on the nodes, as far as
/// that is said; [`least_openssh`](super::least_openssh) tells which one the line needs.
///
/// The grammar is that of `AUTHORIZED_KEYS FILE FORMAT` in sshd(8). A key that expires does so at the end of
/// its last day in UTC, which OpenSSH 9.1 and later understand. Before them the node's own time zone decides, and the
/// day is written on which it has ended everywhere.
#[must_use]
pub fn authorized_line(key: &SshKey, sshd: Option<OpenSshVersion>) -> String {
    let mut options = key.options.items();
    options.extend(key.expires.map(|day| format!("expiry-time=\"{}\"", expiry_time(day, sshd))));
    let space = if options.is_empty() { "" } else { " " };
    format!("{}{space}{} {}", options.join(","), key.public_key.line(), key.address())
}

/// When a key whose last day this is expires, as sshd reads it.
fn expiry_time(day: Date, sshd: Option<OpenSshVersion>) -> String {
    if is_in_utc(sshd) {
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

    use super::{authorized_line, expiry_time};
    use crate::model::{KeyOptions, Metadata, Name, OpenSshVersion, PublicKey, SharedOptions, SshKey};

    #[test]
    fn a_line_has_our_comment_the_last_day_and_the_options() {
        const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
        let mut key = SshKey {
            project: Name::parse("payments").unwrap(),
            name: Name::parse("ops").unwrap(),
            metadata: Metadata::default(),
            public_key: PublicKey::from_line(&format!("{LINE} theirs")).unwrap(),
            owner: None,
            expires: None,
            options: SharedOptions::default(),
        };
        let old = Some(OpenSshVersion::new(8, 4));
        assert_eq!(authorized_line(&key, None), format!("{LINE} key/payments/ops"));
        assert_eq!(authorized_line(&key, old), authorized_line(&key, None));
        key.expires = Some(date(2027, 6, 30));
        let expected = format!("expiry-time=\"20270630235959Z\" {LINE} key/payments/ops");
        assert_eq!(authorized_line(&key, None), expected);
        let bare = format!("expiry-time=\"20270702\" {LINE} key/payments/ops");
        assert_eq!(authorized_line(&key, old), bare);
        key.options = KeyOptions::parse(r#"command="echo \"a\"",restrict"#).unwrap().into();
        let expected = format!(r#"restrict,command="echo \"a\"",{expected}"#);
        assert_eq!(authorized_line(&key, None), expected);
        key.expires = None;
        let expected = format!(r#"restrict,command="echo \"a\"" {LINE} key/payments/ops"#);
        assert_eq!(authorized_line(&key, None), expected);
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
