//! White space in a key that is not as ssh-keygen writes it.

use std::ops::Range;

use crate::diagnostics::{Applicability, Change, Fix, Location, Check, Finding, LocatedText, Rule, Severity};

/// White space in a key that is not as ssh-keygen writes it.
pub static RULE: Rule = Rule {
    name: "untidy-key",
    severity: Severity::Warning,
    fixed: false,
    summary: "white space in a key that is not canonical",
    check: Check::Value,
    fixes: &[Applicability::Safe],
    docs: "\
### What it does
Finds white space before a key, more than one space or a tab between its parts, white space behind its
comment, further empty lines, and comment lines beside it. The key is accepted; what is applied is its
canonical form.

### Why
It does no harm here, but the text does not equal the `.pub` file, so that `grep` does not find one with the
other.

### Example
```yaml
spec:
  publicKey: \"ssh-ed25519   AAAAC3NzaC1lZDI1NTE5AAAAI...  ops \"
```

### Remedy
Write one space between type, base64 text and comment, and nothing around them.
",
};

/// The parts of a key's text.
#[derive(Clone, Debug)]
pub struct Parts {
    pub name: Range<usize>,
    /// The base64 text.
    pub encoded: Range<usize>,
    /// What follows it on its line, without white space around it.
    pub comment: Range<usize>,
}

/// Finds what differs from `type base64 comment` and one line end.
#[must_use]
pub fn check(text: &LocatedText<'_>, parts: &Parts) -> Option<Finding> {
    let whole = text.text();
    let mut places = Vec::new();
    let has_line_above = whole[..parts.name.start].trim_start().starts_with('#');
    if has_line_above {
        places.push((0..parts.name.start, "before the key", "a comment line, which does not belong to the key"));
    } else if parts.name.start > 0 {
        places.push((0..parts.name.start, "before the key", "nothing belongs here"));
    }
    if &whole[parts.name.end..parts.encoded.start] != " " {
        let at = parts.name.end..parts.encoded.start;
        places.push((at, "behind the type", "one space belongs here"));
    }
    let has_comment = !parts.comment.is_empty();
    if has_comment && &whole[parts.encoded.end..parts.comment.start] != " " {
        let at = parts.encoded.end..parts.comment.start;
        places.push((at, "before the comment", "one space belongs here"));
    }
    if let Some(tab) = whole[parts.comment.clone()].find('\t') {
        let at = parts.comment.start + tab..parts.comment.start + tab + 1;
        places.push((at, "in the comment", "a space belongs here"));
    }
    let end = if has_comment { parts.comment.end } else { parts.encoded.end };
    let rest = &whole[end..];
    // Without a comment, blanks at the end say nothing: many tools leave one where the comment would be.
    let rest = if has_comment { rest } else { rest.trim_start_matches([' ', '\t']) };
    if !matches!(rest, "" | "\n" | "\r\n") {
        let at = whole.len() - rest.len()..whole.len();
        places.push((at, "after the key", "nothing belongs here"));
    }
    if places.is_empty() {
        return None;
    }
    let blanks: Vec<_> = places.iter().skip(usize::from(has_line_above)).map(|(_, place, _)| *place).collect();
    let finding = RULE.finding(match (has_line_above, blanks.join(" and ")) {
        (true, blanks) if blanks.is_empty() => "a comment line stands before the key".to_owned(),
        (true, blanks) => format!("a comment line stands before the key, and untidy white space {blanks}"),
        (false, blanks) => format!("untidy white space {blanks}"),
    });
    let finding = finding.help(if has_line_above {
        "write it as `description` of the key, and here one line: `TYPE AAAA… COMMENT`"
    } else {
        "write one line with single spaces: `TYPE AAAA… COMMENT`"
    });
    let finding = finding.fix(tidied(text, parts));
    Some(places.into_iter().fold(finding, |finding, (at, _, label)| finding.label(text.at(at), label)))
}

/// The key in its canonical form, where nothing but white space is around it.
fn tidied(text: &LocatedText<'_>, Parts { name, encoded, comment }: &Parts) -> Option<Fix> {
    let whole = text.text();
    let behind = &whole[comment.end.max(encoded.end)..];
    if text.is_edited() || !whole[..name.start].trim().is_empty() || !behind.trim().is_empty() {
        return None;
    }
    let mut tidy = format!("{} {}", &whole[name.clone()], &whole[encoded.clone()]);
    if !comment.is_empty() {
        tidy.push(' ');
        tidy.push_str(&whole[comment.clone()].replace('\t', " "));
    }
    let is_file = matches!(text.whole(), Location::Bytes(_));
    if let Some(end) = behind.find('\n').filter(|_| is_file) {
        tidy.push_str(if behind[..end].ends_with('\r') { "\r\n" } else { "\n" });
    }
    Some(Fix::safe(vec![Change::Text(text.whole(), tidy)]))
}

#[cfg(test)]
mod tests {
    use super::{Parts, check};
    use crate::diagnostics::{LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    fn labels(key: &str) -> Vec<Location> {
        let name = key.find("ssh-rsa").unwrap();
        let encoded = key.find("AAAA").unwrap();
        let comment = key.find("ops").map_or(encoded + 4..encoded + 4, |at| at..key.trim_end().len());
        let parts = Parts { name: name..name + 7, encoded: encoded..encoded + 4, comment };
        check(&text(key), &parts)
            .map_or_else(Vec::new, |finding| finding.labels.into_iter().map(|l| l.at).collect())
    }

    #[test]
    fn is_silent_on_tidy_keys() {
        for key in ["ssh-rsa AAAA ops", "ssh-rsa AAAA ops\n", "ssh-rsa AAAA ops x\r\n", "ssh-rsa AAAA  \r\n"]
        {
            assert_eq!(labels(key), [], "{key:?}");
        }
    }

    #[test]
    fn points_at_white_space() {
        assert_eq!(labels("\n ssh-rsa AAAA"), [place(0, 2)]);
        assert_eq!(labels("ssh-rsa  AAAA"), [place(7, 9)]);
        assert_eq!(labels("ssh-rsa AAAA\tops"), [place(12, 13)]);
        assert_eq!(labels("ssh-rsa AAAA ops\tx"), [place(16, 17)]);
        assert_eq!(labels("ssh-rsa AAAA ops \n"), [place(16, 18)]);
        assert_eq!(labels("ssh-rsa AAAA\r"), [place(12, 13)]);
        assert_eq!(labels(" ssh-rsa\tAAAA ops\n\n").len(), 3);
    }
}
