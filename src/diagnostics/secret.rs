//! Text that may be a part of a secret: it is shown in no excerpt and in no message, whatever rule speaks of it.
//!
//! Which part of a private key a text is cannot always be told. But base64 and hexadecimal digits without a sense
//! look like nothing else, and of them only public keys and fingerprints are worth showing.

use std::borrow::Cow;
use std::ops::Range;

use crate::openssh::base64;
use crate::openssh::wire::public_length;

/// The fewest digits that count: a digest of git has 40.
const SHORTEST: usize = 41;

/// Digits that are looked at together.
const WINDOW: usize = 32;

/// The text with an `x` for each digit of what may be secret in it. Its length, and where its characters stand, do
/// not change.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let ranges = secrets(text, SHORTEST);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = text.to_owned();
    for range in ranges {
        let masked: String =
            text[range.clone()].chars().map(|it| if is_joint(it) { it } else { 'x' }).collect();
        shown.replace_range(range, &masked);
    }
    Cow::Owned(shown)
}

/// Whether a text has what may be a part of a secret, however it is folded.
pub(crate) fn may_be_secret(text: &str) -> bool {
    let joined: String = text.replace("\\n", "").chars().filter(|it| !it.is_whitespace()).collect();
    let is_public = joined.find("AAAA").is_some_and(|at| public_length(&base64::bytes_of(&joined[at..])) > 0);
    // The base64 text of a public key may be folded.
    !secrets(&joined, SHORTEST).is_empty() || (!is_public && !secrets(text, SHORTEST).is_empty())
}

/// The parts of a text that are no words, no names, no paths and no numbers of the usual kinds, but digits as of a
/// secret. It is surer of that than what is only not shown.
pub(crate) fn secret_words(text: &str) -> Vec<Range<usize>> {
    let is_in_url = |at: usize| {
        let word = text[..at].rfind(char::is_whitespace).unwrap_or_default();
        text[word..at].contains("://")
    };
    let mut found = secrets(text, SHORTEST);
    found.retain(|range| is_surely_random(&text[range.clone()]) && !is_in_url(range.start));
    found
}

/// Whether a run is not made of short parts, as identifiers and paths are, nor of capitalised words.
fn is_surely_random(run: &str) -> bool {
    const LONG_PART: usize = 16;
    let is_figure = |letter: char| letter.is_ascii_digit();
    let has_long_part = run.split(['-', '_', '/', '+']).any(|part| part.len() >= LONG_PART);
    let figures = run.split(|letter| !is_figure(letter)).filter(|figures| !figures.is_empty()).count();
    let is_hexadecimal = run.bytes().all(|byte| byte.is_ascii_hexdigit());
    has_long_part && (is_hexadecimal || (figures > 1 && changes_often(run, 45)))
}

/// The runs of at least so many digits that are no public key, no fingerprint, and no words.
fn secrets(text: &str, shortest: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.len() < shortest {
        return found;
    }
    let mut start = 0;
    while let Some(from) = text[start..].find(is_digit).map(|at| start + at) {
        let end = text[from..].find(|it| !is_digit(it)).map_or(text.len(), |at| from + at);
        start = end;
        // What a public key holds is public, but not what follows it in the same word.
        let run = &text[from..end];
        let public = run.find("AAAA").map_or(0, |at| {
            let digits = base64::digits_of(&(0..public_length(&base64::bytes_of(&run[at..])))).end;
            if digits > 0 { (at + digits).min(run.len()) } else { 0 }
        });
        let rest = run[public..].trim_start_matches('=');
        if rest.len() >= shortest && is_random(rest) && !text[..from].ends_with("SHA256:") {
            found.push(end - rest.len()..end);
        }
    }
    found
}

/// Digits of base64, also of the kind for URLs, and so of hexadecimal numbers.
const fn is_digit(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '-' | '_')
}

const fn is_joint(letter: char) -> bool {
    matches!(letter, '=' | '-' | '_')
}

/// Whether letters, capitals and figures follow each other somewhere as in no words: in random base64 two in three differ
/// from the one before, and in random hexadecimal digits nearly one in two.
fn is_random(run: &str) -> bool {
    changes_often(run, 30)
}

/// Whether somewhere more than so many letters in a hundred are of another kind than the one before.
fn changes_often(run: &str, percent: usize) -> bool {
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        // What stands between words says nothing.
        _ => None,
    };
    let kinds: Vec<u8> = run.as_bytes().iter().filter_map(kind).collect();
    let changes = |part: &[u8]| part.windows(2).filter(|pair| pair[0] != pair[1]).count();
    kinds.len() >= WINDOW
        && kinds.windows(WINDOW).step_by(8).any(|part| changes(part) * 100 > WINDOW * percent)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, HEXLOWER};

    use super::{may_be_secret, secret_words, without_secrets};
    use crate::openssh::base64;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6";

    #[test]
    fn what_is_public_or_has_a_sense_is_shown() {
        for text in [
            KEY,
            "ssh-ed25519",
            "SHA256:la8I6W9iRjE+yGKa2EsLVUmC7a85TAa9azXWI5s4kVs",
            "64b14dd74a70280d129c4e97c6d9b16daa26470f",
            "the-cluster-of-the-payments-team-in-Frankfurt-am-Main-since-2026",
            "https://github.com/keyplan/keyplan/blob/main/docs/declarations.md",
            "6f1c2a4e-9d3b-4c55-8f7a-2b9e0d1c3a5f",
            "======================================================",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }

    #[test]
    fn digits_without_a_sense_are_not() {
        let bytes: Vec<u8> =
            (0..64_u32).map(|number| (number * number * 37 + number * 101 + 11).to_le_bytes()[0]).collect();
        let hex = HEXLOWER.encode(&bytes);
        let encoded = BASE64.encode(&bytes);
        for secret in [&hex, &encoded, &encoded.replace('+', "-").replace('/', "_")] {
            let text = format!("key: \"{secret}\" # é");
            let shown = without_secrets(&text);
            assert_eq!(shown.len(), text.len());
            assert!(shown.starts_with("key: \"xxx") && shown.ends_with("\" # é"), "{shown}");
            assert!(!shown.as_bytes().windows(4).any(|it| secret.as_bytes().windows(4).any(|of| of == it)));
            assert!(may_be_secret(
                &secret
                    .as_bytes()
                    .chunks(7)
                    .map(|it| std::str::from_utf8(it).unwrap())
                    .collect::<Vec<_>>()
                    .join(" ")
            ));
        }
        // Behind the public part of a key there is no secret part of it either.
        let mut blob = base64::bytes_of(KEY);
        blob.extend(&bytes);
        let both = BASE64.encode(&blob);
        let shown = without_secrets(&both);
        assert!(shown.starts_with(&KEY[..60]) && shown.ends_with("xxxx=="), "{shown}");
    }

    #[test]
    fn names_paths_and_numbers_are_no_secrets() {
        for text in [
            "ana@laptop",
            KEY,
            "GitHub-Actions-CI-CD-Deploy-Key-PRD-EU-W1-2026-01-05",
            "ThisIsTheDeployKeyOfTheCIServerInFrankfurt2",
            "arn:aws:kms:eu-west-1:111122223333:alias-key/6f1c2a4e-9d3b-4c55-8f7a-2b9e0d1c3a5f",
            "/subscriptions/6f1c2a4e-9d3b-4c55-8f7a-2b9e0d1c3a5f/resourceGroups/6f1c2a4e-9d3b-4c55-8f7a-2b9e0d1c3a5f",
            "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
            "SHA256:la8I6W9iRjE+yGKa2EsLVUmC7a85TAa9azXWI5s4kVs",
            "64b14dd74a70280d129c4e97c6d9b16daa26470f",
            "teleport-ec2-i-0abc123def4567890-us-east-1-2026-11-22T10-11-12Z",
        ] {
            assert!(secret_words(text).is_empty(), "{text}");
        }
        let half = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
        let text = format!("ops é {half} 2026");
        assert!(secret_words(&text).iter().eq([&(7..7 + half.len())]));
    }
}
