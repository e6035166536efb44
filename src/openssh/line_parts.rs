//! How sshd takes a line of `authorized_keys` apart: options, the type of the key, and the key with its comment.

use super::base64;

/// A line of `authorized_keys` that has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineParts<'a> {
    /// What is before the type; perhaps nothing.
    pub options: &'a str,
    /// `type base64 comment`, as it is written.
    pub key: &'a str,
}

impl<'a> LineParts<'a> {
    /// The parts of a line without its end. Nothing where no key is on it, or where its type is another than the encoded
    /// one: sshd drops such a line. Whether the key is whole is not looked at.
    #[must_use]
    pub fn of(line: &'a str) -> Option<Self> {
        let line = line.trim_start_matches(BLANKS);
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if begins_with_key(line) {
            return Some(Self { options: "", key: line });
        }
        let (options, rest) = line.split_at(end_of_options(line)?);
        let key = rest.trim_start_matches(BLANKS);
        begins_with_key(key).then_some(Self { options, key })
    }

    /// Each option as it is written: a comma in quotes is a part of one.
    pub fn items(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut quotes = Quotes::default();
        self.options.split(move |letter| !quotes.is_within(letter) && letter == ',')
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Whether letters are within double quotes, in which `\"` is a quote.
#[derive(Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    /// Whether the next letter is within quotes, the closing one excepted.
    fn is_within(&mut self, letter: char) -> bool {
        self.is_open ^= letter == '"' && !self.is_escaped;
        self.is_escaped = letter == '\\';
        self.is_open
    }
}

fn end_of_options(line: &str) -> Option<usize> {
    let mut quotes = Quotes::default();
    line.find(|letter: char| !quotes.is_within(letter) && BLANKS.contains(&letter))
}

/// Whether a text begins with the type of a key, and behind that with a key that is of this type.
fn begins_with_key(text: &str) -> bool {
    let Some((name, rest)) = text.split_once(BLANKS) else { return false };
    let word = rest.split_ascii_whitespace().next().filter(|word| word.starts_with("AAAA"));
    let encoded_name = |word: &str| {
        let bytes = base64::bytes_of(word.trim_end_matches('='));
        let length = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
        Some(bytes.get(4..)?.get(..length)?.to_vec())
    };
    word.and_then(encoded_name).is_some_and(|encoded| encoded == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::LineParts;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    #[test]
    fn a_line_is_taken_apart_as_sshd_does() {
        for (options, comment) in [
            ("", ""),
            ("", " ana@laptop"),
            ("restrict,pty", " x"),
            (r#"command="echo \"a b\", c",no-pty"#, ""),
            (r#"from="10.0.0.0/8,!10.1.2.3""#, " ssh-rsa AAAA"),
            ("no-such-option", ""),
        ] {
            let (gap, key) = (if options.is_empty() { "" } else { " \t" }, format!("{KEY}{comment}"));
            let line = format!(" {options}{gap}{key}");
            assert_eq!(LineParts::of(&line), Some(LineParts { options, key: &key }), "{line}");
        }
    }

    #[test]
    fn what_has_no_key_is_none() {
        let other_type = KEY.replace("ed25519 ", "rsa ");
        let unquoted = format!("command=echo a {KEY}");
        let unclosed = format!("command=\"echo {KEY}");
        for line in
            ["", "  ", "# a comment", &format!("#{KEY}"), "ssh-rsa", &other_type, &unquoted, &unclosed]
        {
            assert_eq!(LineParts::of(line), None, "{line}");
        }
    }

    #[test]
    fn items_end_at_commas_without_quotes() {
        let items = |options: &'static str| LineParts { options, key: "" }.items().collect::<Vec<_>>();
        assert_eq!(items("restrict,pty"), ["restrict", "pty"]);
        assert_eq!(items(r#"from="a,b",command="\",",pty"#), [r#"from="a,b""#, r#"command="\",""#, "pty"]);
        assert_eq!(items(r#"command="C:\\",pty"#), [r#"command="C:\\",pty"#]);
    }
}
