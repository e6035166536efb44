//! `expiry-time` of a line of `authorized_keys`, as the last day of a key.

use jiff::civil::{Date, DateTime, Time};

/// The last day that ends before a time as sshd takes it: `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`. Without `Z` the time zone
/// of the node decides, which nobody knows here: it counts as UTC. Nothing where sshd takes no such time.
pub(super) fn last_day(text: &str) -> Option<Date> {
    let digits = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC")).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let expiry = match digits.len() {
        8 => Date::strptime("%Y%m%d", digits).ok()?.to_datetime(Time::midnight()),
        12 => DateTime::strptime("%Y%m%d%H%M", digits).ok()?,
        14 => DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?,
        _ => return None,
    };
    let is_at_the_end = (expiry.hour(), expiry.minute()) == (23, 59);
    if is_at_the_end { Some(expiry.date()) } else { expiry.date().yesterday().ok() }
}

#[cfg(test)]
mod tests {
    use super::last_day;

    #[test]
    fn a_day_that_is_not_whole_does_not_count() {
        for (text, day) in [
            ("20270630", "2027-06-29"),
            ("20270630Z", "2027-06-29"),
            ("202706301200", "2027-06-29"),
            ("20270630235959Z", "2027-06-30"),
            ("202706302359z", "2027-06-30"),
            ("20270301000000UTC", "2027-02-28"),
        ] {
            assert_eq!(last_day(text).map(|day| day.to_string()).as_deref(), Some(day), "{text}");
        }
        for text in ["", "Z", "2027", "20270631", "202706302400", "2027063O", "+0270630", "2027-06-30"] {
            assert_eq!(last_day(text), None, "{text}");
        }
    }
}
