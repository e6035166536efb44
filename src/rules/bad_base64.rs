//! The base64 text of a key cannot be decoded.

use std::ops::Range;

use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity, quoted};
use crate::openssh::base64::Base64Error;

/// The base64 text of a key cannot be decoded.
pub static RULE: Rule = Rule {
    name: "bad-base64",
    severity: Severity::Error,
    fixed: true,
    summary: "base64 text that cannot be decoded, or not in one way",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a character in the base64 text of a public key that does not belong there, padding that is missing or
too much, bits to spare in the last character, text that was wrapped or shortened with an ellipsis, and the
alphabet that URLs use (`-` and `_`).

### Why
sshd drops the line. A text that decodes in some tools only, such as one without its `=`, works on one
machine and fails on the next.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5...18hFa6 ops
```

### Remedy
Copy the line again from the `.pub` file: all of it, in one line.
",
};

const COPY: &str = "copy the whole line again from the `.pub` file";

/// The finding for a fault in the base64 text at `range`.
#[must_use]
pub fn finding(text: &LocatedText<'_>, range: &Range<usize>, fault: &Base64Error) -> Finding {
    let (summary, at, label) = match fault {
        Base64Error::Character(at) => return bad_character(text, range, *at),
        Base64Error::StrayPadding(at) => {
            ("`=` where base64 has none", at.clone(), "base64 has `=` at its very end only".to_owned())
        }
        Base64Error::MissingPadding(missing) => (
            "the end of the base64 text is missing",
            range.len().saturating_sub(1)..range.len(),
            format!("`{}` should follow here", "=".repeat(*missing)),
        ),
        Base64Error::Length => (
            "the base64 text has a character too many",
            0..range.len(),
            format!("{} characters stand here", range.len()),
        ),
        Base64Error::SpareBits(at) => (
            "the base64 text does not end as base64 does",
            *at..at + 1,
            "this is not the last character of any key".to_owned(),
        ),
    };
    RULE.finding(summary).label(text.at(range.start + at.start..range.start + at.end), label).help(COPY)
}

fn bad_character(text: &LocatedText<'_>, range: &Range<usize>, at: usize) -> Finding {
    let encoded = &text.text()[range.clone()];
    let character = encoded[at..].chars().next().unwrap_or_default();
    let from = range.start + at;
    let (label, end) = match character {
        '.' | '…' => {
            let dots = encoded[at..].find(|c| !matches!(c, '.' | '…')).unwrap_or(encoded.len() - at);
            ("it was shortened here".to_owned(), from + dots)
        }
        '-' | '_' => ("this is the alphabet of URLs; a key has `+` and `/`".to_owned(), from + 1),
        _ => (
            format!("{} is no base64 character", quoted(&character.to_string())),
            from + character.len_utf8(),
        ),
    };
    let column = text.text()[..from].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    RULE.finding(format!("bad character in the base64 text, at column {column}"))
        .label(text.at(from..end), label)
        .help(COPY)
}

/// The finding for base64 text at `range` that ends in the middle of a key.
#[must_use]
pub fn cut_off(text: &LocatedText<'_>, range: &Range<usize>) -> Finding {
    RULE.finding("the base64 text is cut off")
        .label(text.at(range.end.saturating_sub(1).max(range.start)..range.end), "more should follow")
        .help(COPY)
}

/// The finding for base64 text with white space in it, at `gap`.
#[must_use]
pub fn wrapped(text: &LocatedText<'_>, gap: Range<usize>) -> Finding {
    RULE.finding("the base64 text is not in one piece")
        .label(text.at(gap), "it is broken here")
        .help("join it into one line without white space")
}

#[cfg(test)]
mod tests {
    use super::{finding, wrapped};
    use crate::diagnostics::{LocatedText, Location};
    use crate::openssh::base64;
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    fn label(encoded: &str) -> (Location, String) {
        let line = format!("ssh-rsa {encoded}");
        let fault = base64::decode(encoded).unwrap_err();
        let finding = finding(&text(&line), &(8..line.len()), &fault);
        assert!(!finding.summary.contains(encoded));
        let label = finding.labels.into_iter().next().unwrap();
        (label.at, label.text)
    }

    #[test]
    fn points_at_the_character() {
        assert_eq!(label("AAAA...BBBB"), (place(12, 15), "it was shortened here".into()));
        assert_eq!(label("AA_A").0, place(10, 11));
        assert_eq!(label("AAéA"), (place(10, 12), "`é` is no base64 character".into()));
        assert_eq!(label("AAA=A").0, place(11, 12));
        assert_eq!(label("AAB=").0, place(10, 11));
        assert_eq!(label("AA"), (place(9, 10), "`==` should follow here".into()));
        assert_eq!(label("AAAAA").0, place(8, 13));
    }

    #[test]
    fn points_at_the_gap() {
        assert_eq!(wrapped(&text("ssh-rsa AA AA"), 10..11).labels[0].at, place(10, 11));
    }
}
