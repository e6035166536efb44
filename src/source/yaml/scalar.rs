//! What a plain scalar is: the core schema of YAML 1.2, section 10.3.2, and the words that YAML 1.1
//! read otherwise.

/// The type of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Nothing at all, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, as in `12`, `0o14`, `0x0c`.
    Int,
    /// A number with a fraction or an exponent, an infinity, or not a number.
    Float,
    /// Text for YAML 1.2, but something else for readers of YAML 1.1: `no`, `1_000`, `12:30:00`.
    Ambiguous,
    Text,
}

impl Plain {
    /// The type of a plain scalar with this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if Self::is_null(text) {
            return Self::Null;
        }
        match text {
            "true" | "True" | "TRUE" => return Self::Bool(true),
            "false" | "False" | "FALSE" => return Self::Bool(false),
            "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => {
                return Self::Ambiguous;
            }
            _ => {}
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return Self::Text;
        }
        if is_int(text, unsigned) {
            Self::Int
        } else if is_float(text, unsigned) {
            Self::Float
        } else if is_old_number(unsigned) {
            Self::Ambiguous
        } else {
            Self::Text
        }
    }

    /// Whether a plain scalar with this text is nothing.
    #[must_use]
    pub fn is_null(text: &str) -> bool {
        matches!(text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// The whole number that a plain scalar stands for, when it fits.
    #[must_use]
    pub fn int(text: &str) -> Option<i64> {
        if Self::of(text) != Self::Int {
            return None;
        }
        match text.get(..2) {
            Some("0o") => i64::from_str_radix(&text[2..], 8).ok(),
            Some("0x") => i64::from_str_radix(&text[2..], 16).ok(),
            _ => text.parse().ok(),
        }
    }
}

fn digits(text: &str, is_digit: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(is_digit)
}

fn is_int(text: &str, unsigned: &str) -> bool {
    digits(unsigned, |byte| byte.is_ascii_digit())
        || text.strip_prefix("0o").is_some_and(|rest| digits(rest, |byte| matches!(byte, b'0'..=b'7')))
        || text.strip_prefix("0x").is_some_and(|rest| digits(rest, |byte| byte.is_ascii_hexdigit()))
}

fn is_float(text: &str, unsigned: &str) -> bool {
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| digits(exponent, |byte| byte.is_ascii_digit()))
}

/// Numbers of YAML 1.1 that are text in 1.2: with underscores, binary, and base 60.
fn is_old_number(unsigned: &str) -> bool {
    let without_underscores = unsigned.replace('_', "");
    if without_underscores.len() < unsigned.len() {
        return is_int(&without_underscores, &without_underscores)
            || is_float(&without_underscores, &without_underscores);
    }
    let is_binary =
        unsigned.strip_prefix("0b").is_some_and(|rest| digits(rest, |byte| matches!(byte, b'0' | b'1')));
    let (whole, fraction) = unsigned.rsplit_once('.').unwrap_or((unsigned, ""));
    let is_sexagesimal = whole.contains(':')
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && whole.split(':').enumerate().all(|(place, part)| {
            digits(part, |byte| byte.is_ascii_digit())
                && (place == 0 || part.parse::<u32>().is_ok_and(|part| part < 60))
        });
    is_binary || is_sexagesimal
}

#[cfg(test)]
mod tests {
    use super::Plain;

    #[test]
    fn core_schema() {
        for (text, expected) in [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("true", Plain::Bool(true)),
            ("False", Plain::Bool(false)),
            ("12", Plain::Int),
            ("-12", Plain::Int),
            ("0123", Plain::Int),
            ("0o14", Plain::Int),
            ("0x1F", Plain::Int),
            ("1.10", Plain::Float),
            ("1e3", Plain::Float),
            (".5", Plain::Float),
            ("5.", Plain::Float),
            ("-.inf", Plain::Float),
            (".nan", Plain::Float),
            ("no", Plain::Ambiguous),
            ("Off", Plain::Ambiguous),
            ("1_000", Plain::Ambiguous),
            ("0b101", Plain::Ambiguous),
            ("12:30:00", Plain::Ambiguous),
            (".", Plain::Text),
            ("-", Plain::Text),
            ("10.0.0.11", Plain::Text),
            ("10.0.0.11:22", Plain::Text),
            ("2027-06-30", Plain::Text),
            ("prod-eu", Plain::Text),
            ("0day", Plain::Text),
            ("1e", Plain::Text),
            ("nothing", Plain::Text),
        ] {
            assert_eq!(Plain::of(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_have_three_bases() {
        assert_eq!(Plain::int("017"), Some(17));
        assert_eq!(Plain::int("0o17"), Some(15));
        assert_eq!(Plain::int("0xff"), Some(255));
        assert_eq!(Plain::int("-3"), Some(-3));
        assert_eq!(Plain::int("99999999999999999999"), None);
        assert_eq!(Plain::int("1.0"), None);
    }
}
