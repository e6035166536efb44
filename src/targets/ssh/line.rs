//! A line of a file of authorized keys, as sshd reads it: which keys it has, and whom it lets in.

use crate::model::ForeignLine;
use crate::openssh::{Fingerprint, KeyOptions, LineParts, base64};

pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line is neither empty nor a comment.
#[must_use]
pub(super) fn says_something(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty() && !line.starts_with(b"#")
}

/// The keys on a line: every word that decodes to what a public key begins with. A line has one, but what
/// is in its options is read as well: where it matters, one too many does no harm.
#[must_use]
pub(super) fn keys_of(line: &[u8]) -> Vec<Fingerprint> {
    if !says_something(line) {
        return Vec::new();
    }
    let words = line.split(|byte| byte.is_ascii_whitespace() || *byte == b'"');
    let encoded = words.filter(|word| word.starts_with(b"AAAA"));
    let texts = encoded.filter_map(|word| std::str::from_utf8(word).ok());
    texts.map(|text| Fingerprint::of(&base64::bytes_of(text.trim_end_matches('=')))).collect()
}

/// A line of somebody else's with the key that sshd reads on it, and what stands behind that. Of a line that sshd
/// drops it is the first one.
pub(super) fn foreign_line(number: usize, line: &[u8]) -> ForeignLine {
    const BLANKS: [char; 2] = [' ', '\t'];
    let text = String::from_utf8_lossy(line);
    let behind_type = LineParts::of(&text).and_then(|parts| Some(parts.key.split_once(BLANKS)?.1));
    let behind_type = behind_type.map(|rest| rest.trim_start_matches(BLANKS));
    let (encoded, comment) = behind_type.map_or((None, ""), |rest| match rest.split_once(BLANKS) {
        Some((encoded, comment)) => (Some(encoded), comment.trim()),
        None => (Some(rest), ""),
    });
    let comment = comment.chars().take(LONGEST_COMMENT).collect();
    let key = keys_of(encoded.map_or(line, str::as_bytes)).first().copied();
    ForeignLine { number, key, comment, acceptance: None }
}

/// How much of a comment is kept, in characters.
const LONGEST_COMMENT: usize = 128;

/// Whether a line lets in from anywhere to run anything. One that sshd would drop does not: only options that are
/// known count.
pub(super) fn is_wide(line: &[u8], may_expire: bool) -> bool {
    let Some(options) = options_of(line) else { return false };
    let options = match options.rfind("expiry-time=\"") {
        Some(at) if may_expire => options[..at].trim_end_matches(','),
        _ => options,
    };
    let Some(options) = KeyOptions::parse(options) else { return false };
    options.from.is_empty() && options.command.is_none()
}

/// Whether sshd may let a client in by a line: it has a key, and nothing for which sshd certainly drops it.
#[must_use]
pub(super) fn opens(line: &[u8]) -> bool {
    let is_known = |options: &str| {
        let names = options.split(',').map(|option| option.split('=').next().unwrap_or_default());
        // A comma in a value makes two of one: then it is looked at as a whole.
        KeyOptions::parse(options).is_some() || names.into_iter().any(|name| OTHERS.contains(&name))
    };
    options_of(line).is_some_and(is_known)
}

/// Options of lines that keyplan does not write.
const OTHERS: [&str; 3] = ["cert-authority", "expiry-time", "principals"];

/// The options of a line before the type of its key, which has to be that of the key; nothing where there is no such
/// key.
fn options_of(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(without_end(line)).ok()?;
    LineParts::of(line).map(|parts| parts.options)
}

#[cfg(test)]
mod tests {
    use super::super::block::KeyFile;
    use super::{keys_of, opens};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";
    const PRINT: &str = "SHA256:K11ynCQ6HcW1Ndf7b5VefrcVreCmDy1rmomLVFnq4JA";

    #[test]
    fn a_key_is_found_with_options_and_not_in_a_comment() {
        let print = PRINT.parse().unwrap();
        let holds = |text: &str| keys_of(text.as_bytes()).contains(&print);
        let lets_in = |text: &str| KeyFile::parse(text.as_bytes()).unwrap().lets_in(&print);
        assert_eq!(keys_of(KEY.as_bytes()), [print]);
        for line in [KEY.to_owned(), format!("restrict,pty {KEY} x\r"), format!("  {KEY}")] {
            assert!(holds(&line) && lets_in(&line), "{line}");
        }
        for line in [format!("from=\"10.0.0.0/8\" {KEY}"), format!("command=\"a \\\"b\" {KEY}")] {
            assert!(holds(&line) && !lets_in(&line), "{line}");
        }
        for line in [format!("no-such-option {KEY}"), format!("pty,, {KEY}"), KEY.replace("ed25519 ", "rsa ")]
        {
            assert!(holds(&line) && !lets_in(&line) && !opens(line.as_bytes()), "{line}");
        }
        for line in [format!("expiry-time=\"20300101\" {KEY}"), format!("cert-authority {KEY}")] {
            assert!(opens(line.as_bytes()) && !lets_in(&line), "{line}");
        }
        assert!(!holds(&format!("# {KEY}")));
    }
}
