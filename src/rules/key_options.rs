//! Options of an `authorized_keys` line before a key.

use std::ops::Range;

use crate::diagnostics::{Finding, LocatedText, Rule, Severity, quoted};
use crate::model::KeyType;

/// Options of an `authorized_keys` line before a key.
pub static RULE: Rule = Rule {
    name: "key-options",
    severity: Severity::Error,
    fixed: true,
    summary: "an `authorized_keys` options prefix in a key",
    docs: "\
### What it does
Finds options such as `from=\"10.0.0.0/8\"`, `command=\"...\"`, `no-pty` or `cert-authority` before a public
key.

### Why
Here a key is a key. Where it may be used from is no part of it, is not carried to the cluster, and would be
lost without a word: the reader would believe in a restriction that is not there. On a node one unknown
option makes sshd drop the whole line (sshd(8), AUTHORIZED_KEYS FILE FORMAT).

### Example
```yaml
spec:
  publicKey: 'command=\"/usr/bin/backup\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops'
```

### Remedy
Remove the options and write the key only.
",
};

/// Where the key begins behind options, if it does: at the name of a type that base64 follows.
#[must_use]
pub fn end_of_prefix(line: &str) -> Option<usize> {
    let begins_a_key = |at: &usize| {
        let mut words = line[*at..].split_whitespace();
        words.next().is_some_and(is_type_name) && words.next().is_some_and(|word| word.starts_with("AAAA"))
    };
    let unquoted = word_starts(line, true).find(begins_a_key);
    unquoted
        .or_else(|| word_starts(line, false).find(begins_a_key))
        .filter(|at| !line[..*at].trim().is_empty())
}

/// Where words begin. A space within quotes parts nothing, for sshd neither.
fn word_starts(line: &str, mind_quotes: bool) -> impl Iterator<Item = usize> + '_ {
    let (mut in_quotes, mut escaped, mut in_word) = (false, false, false);
    line.char_indices().filter_map(move |(at, character)| {
        if character == '"' && !escaped {
            in_quotes = mind_quotes && !in_quotes;
        }
        escaped = character == '\\' && !escaped;
        let parts = character.is_whitespace() && !in_quotes;
        let begins = !parts && !in_word;
        in_word = !parts;
        begins.then_some(at)
    })
}

fn is_type_name(word: &str) -> bool {
    KeyType::parse(word).is_some() || word.contains("-cert-v01@") || word.starts_with("rsa-sha2-")
}

/// The finding for options at this range of the text, before a key of this type.
#[must_use]
pub fn finding(text: &LocatedText<'_>, options: Range<usize>, name: &str) -> Finding {
    let prefix = text.text()[options.clone()].trim();
    let first = prefix.split(['=', ',', ' ']).next().unwrap_or_default();
    if !is_option(first) {
        return RULE
            .finding(format!("{} stands before the key", quoted(prefix)))
            .label(text.at(options), format!("the key begins behind this, with `{name}`"))
            .help("delete it");
    }
    RULE.finding(format!("options before the key, such as {}", quoted(first)))
        .label(text.at(options), "these would not be carried to a cluster")
        .help(format!("delete the options; the key is `{name} AAAA… COMMENT`"))
}

/// Whether a word is the name of an option that sshd knows, in any case (sshd(8)).
fn is_option(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let flag = word.strip_prefix("no-").unwrap_or(&word);
    let flags = [
        "restrict",
        "cert-authority",
        "port-forwarding",
        "agent-forwarding",
        "x11-forwarding",
        "touch-required",
        "verify-required",
        "pty",
        "user-rc",
    ];
    let valued = [
        "command",
        "principals",
        "from",
        "expiry-time",
        "environment",
        "permitopen",
        "permitlisten",
        "tunnel",
    ];
    flags.contains(&flag) || valued.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::{end_of_prefix, finding};
    use crate::diagnostics::{LocatedText, Where};
    use crate::source::{FileId, Place, Span};

    fn place(start: u32, end: u32) -> Where {
        Where::Bytes(Place { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    #[test]
    fn is_silent_on_a_bare_key() {
        for line in
            ["ssh-ed25519 AAAA ops", "  ssh-ed25519 AAAA", "nothing like a key", "ops ssh-ed25519 BBBB"]
        {
            assert_eq!(end_of_prefix(line), None, "{line}");
        }
    }

    #[test]
    fn finds_where_the_key_begins() {
        for options in
            ["no-pty", "no-pty, x11", r#"command="a \" ssh-rsa AAAA b""#, r#"command="open"#, "RESTRICT"]
        {
            let line = format!("{options} ssh-ed25519 AAAA ops");
            assert_eq!(end_of_prefix(&line), Some(options.len() + 1), "{line}");
        }
    }

    #[test]
    fn points_at_the_options() {
        let finding = finding(&text("no-pty ssh-rsa AAAA"), 0..6, "ssh-rsa");
        assert_eq!(finding.labels[0].at, place(0, 6));
        assert_eq!(finding.summary, "options before the key, such as `no-pty`");
    }

    #[test]
    fn does_not_call_everything_an_option() {
        for prefix in [">", "-", "publicKey", "no-such-option"] {
            let line = format!("{prefix} ssh-rsa AAAA");
            let finding = finding(&text(&line), 0..prefix.len(), "ssh-rsa");
            assert_eq!(finding.summary, format!("`{prefix}` stands before the key"));
        }
    }
}
