//! How long a server asks to be left alone.

use std::time::Duration;

use super::Response;
use jiff::fmt::rfc2822;

/// What `Retry-After` says: seconds, or a date, which is held against the server's own.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| rfc2822::parse(text.trim()).ok().map(|date| date.timestamp());
    let (then, now) = (date(text)?, date(response.header("date")?)?);
    Some(then.duration_since(now).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        let after = |asked: &str, date: &str| {
            let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
            let headers = vec![header("retry-after", asked), header("date", date)];
            retry_after(&Response { status: 429, headers, body: Vec::new() })
        };
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(after(" 7 ", ""), Some(Duration::from_secs(7)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:40 GMT", now), Some(Duration::from_secs(3)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:30 GMT", now), Some(Duration::ZERO));
        for asked in ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994", "99999999999999999999999"] {
            assert_eq!(after(asked, now), None, "{asked}");
        }
        assert_eq!(after(now, "today"), None);
    }
}
