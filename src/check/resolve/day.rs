//! A field that takes a day.

use jiff::civil::Date;

use super::resolver::DeclarationResolver;
use crate::rules::invalid_value;
use crate::source::Route;

/// A field that takes the last day of something.
pub(super) struct DayField {
    pub(super) name: &'static str,
    /// What is so where it is left out.
    pub(super) without: &'static str,
    /// Which day it takes.
    pub(super) meaning: &'static str,
}

impl DeclarationResolver<'_> {
    /// The day that the text of a field says.
    pub(super) fn day(&mut self, text: &str, route: Route, field: &DayField) -> Option<Date> {
        let day = (text.len() == "2027-06-30".len()).then(|| text.parse().ok()).flatten();
        if day.is_none() {
            let at = self.value(route);
            let is_written_right = text.len() == 10
                && text.bytes().enumerate().all(|(at, byte)| match at {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                });
            let why = if is_written_right {
                "the calendar has no such day"
            } else {
                "a day is written `YYYY-MM-DD`"
            };
            let DayField { name, without, meaning } = field;
            let help = match invalid_value::day_meant(text) {
                Some(day) => format!("did you mean `{day}`?"),
                None if matches!(text, "never" | "none" | "no") => format!("delete `{name}`: {without}"),
                None => format!("write {meaning}, as in `2027-06-30`"),
            };
            self.findings.push(invalid_value::finding(at, &format!("`{name}` cannot be"), text, why, &help));
        }
        day
    }
}
