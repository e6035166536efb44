//! Options of an `authorized_keys` line before a key, and the form that they have in declarations.

use std::ops::Range;

use super::unknown_key_type::is_shown;
use crate::diagnostics::{Applicability, Change, Fix, Location, Check, Finding, LocatedText, Rule, Severity, quoted, is_printable_ascii, may_be_secret, visible};
use crate::openssh::{KeyOptions, KeyType, Permission};
use crate::source::yaml::Plain;

/// Options of an `authorized_keys` line before a key.
pub static RULE: Rule = Rule {
    name: "key-options",
    severity: Severity::Error,
    fixed: true,
    summary: "an `authorized_keys` options prefix in a key",
    check: Check::Value,
    fixes: &[Applicability::Safe],
    docs: "\
### What it does
Finds options such as `from=\"10.0.0.0/8\"`, `command=\"...\"`, `no-pty` or `cert-authority` before a public
key.

### Why
Here a key is a key, and what it may do is said beside it, where each option is checked. On a node one unknown
option makes sshd drop the whole line, and say so in its debug log alone (sshd(8), AUTHORIZED_KEYS FILE
FORMAT).

### Example
```yaml
spec:
  publicKey: 'restrict,command=\"/usr/bin/backup\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops'
```

### Remedy
Write the key alone, and the options in `options` beside it:
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops
  options: {restrict: true, command: /usr/bin/backup}
```
`expiry-time` is written as `expires` in `spec`, with the last day on which the key is valid. `cert-authority`
cannot be declared: with it nobody could log in with the key itself, but everybody whose key it signs.
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
            .finding(if prefix.split_whitespace().all(is_shown) {
                format!("{} stands before the key", quoted(prefix))
            } else {
                "something stands before the key".to_owned()
            })
            .label(text.at(options), format!("the key begins behind this, with `{name}`"))
            .help("delete it");
    }
    let help = match in_declarations(prefix) {
        Some(options) => format!("write `{name} AAAA… COMMENT` alone, and `options: {options}` beside it"),
        None => format!("write `{name} AAAA… COMMENT` alone, and what is needed of this in `options` beside it"),
    };
    RULE.finding(format!("options before the key, such as {}", quoted(first)))
        .label(text.at(options), "what a key may do is not written here")
        .help(help)
}

/// The field of `options` that is for a permission.
#[must_use]
pub const fn field_of(permission: Permission) -> &'static str {
    match permission {
        Permission::PortForwarding => "portForwarding",
        Permission::AgentForwarding => "agentForwarding",
        Permission::X11Forwarding => "x11Forwarding",
        Permission::Pty => "pty",
        Permission::UserRc => "userRc",
    }
}

/// The longest options that a help line writes out.
const LONGEST: usize = 120;

/// The fix for options before a key in the value of a `publicKey` beside which there are no `options`: they move
/// there. Nothing for another finding.
#[must_use]
pub fn moved(finding: &Finding, text: &str) -> Option<Fix> {
    let Location::Within(document, route, range) = &finding.labels.first()?.at else { return None };
    let prefix = text.get(range.clone()).filter(|_| *finding.rule == RULE)?;
    let key = text.len() - text.get(range.end..)?.trim_start().len();
    let is_shown = is_printable_ascii(prefix) && !may_be_secret(prefix);
    let options = mapping(prefix).filter(|_| is_shown)?;
    let at = Location::Within(*document, route.clone(), range.start..key);
    Some(Fix::safe(vec![
        Change::Text(at, String::new()),
        Change::Field(*document, route.clone(), format!("options: {options}")),
    ]))
}

/// The same options as a help line writes them. Nothing where it is too long to be read.
#[must_use]
pub fn in_declarations(options: &str) -> Option<String> {
    let written = visible(&mapping(options)?);
    (written.chars().count() <= LONGEST).then_some(written)
}

/// Options of a line of `authorized_keys` as a declaration has them: a mapping on one line. Nothing where
/// sshd would drop the line.
fn mapping(options: &str) -> Option<String> {
    let options = KeyOptions::parse(options).filter(|options| !options.is_none())?;
    let KeyOptions {
        restrict,
        exceptions,
        no_touch_required,
        verify_required,
        from,
        command,
        environment,
        permit_open,
        permit_listen,
        tunnel,
    } = &options;
    let mut fields = Vec::new();
    fields.extend(restrict.then(|| "restrict: true".to_owned()));
    fields.extend(exceptions.iter().map(|permission| format!("{}: {restrict}", field_of(*permission))));
    fields.extend(no_touch_required.then(|| "touchRequired: false".to_owned()));
    fields.extend(verify_required.then(|| "verifyRequired: true".to_owned()));
    if !from.is_empty() {
        fields.push(format!("from: {}", list(from.iter().map(ToString::to_string))));
    }
    fields.extend(command.iter().map(|command| format!("command: {}", in_quotes(command.as_str()))));
    if !environment.is_empty() {
        let name = |name: &str| if Plain::of(name) == Plain::Text { name.to_owned() } else { in_quotes(name) };
        let variables = environment
            .iter()
            .map(|(variable, value)| format!("{}: {}", name(variable.as_str()), in_quotes(value.as_str())));
        fields.push(format!("environment: {{{}}}", variables.collect::<Vec<_>>().join(", ")));
    }
    for (field, permits) in [("permitOpen", permit_open), ("permitListen", permit_listen)] {
        if !permits.is_empty() {
            fields.push(format!("{field}: {}", list(permits.iter().map(ToString::to_string))));
        }
    }
    fields.extend(tunnel.map(|device| format!("tunnel: {device}")));
    Some(format!("{{{}}}", fields.join(", ")))
}

/// Texts as a list on one line: in quotes, because `!` and `*` mean something else at the beginning.
pub fn list(texts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<_> = texts.map(|text| in_quotes(text.as_ref().trim())).collect();
    format!("[{}]", texts.join(", "))
}

fn in_quotes(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What to write in place of options that are no mapping.
#[must_use]
pub fn remedy(options: &str) -> String {
    match in_declarations(options) {
        Some(options) => format!("write `options: {options}`"),
        None => "write each option below it, as in `options: {restrict: true, pty: true}`".into(),
    }
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
    use super::{end_of_prefix, finding, in_declarations, remedy};
    use crate::diagnostics::{LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
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
    fn writes_options_as_declarations_have_them() {
        for (line, declared) in [
            ("restrict,pty", "{restrict: true, pty: true}"),
            ("no-pty,NO-X11-forwarding", "{x11Forwarding: false, pty: false}"),
            (
                r#"from="10.0.0.0/8,!10.1.2.3",command="say \"a\"",environment="A=1",tunnel="0""#,
                r#"{from: ["10.0.0.0/8", "!10.1.2.3"], command: "say \"a\"", environment: {A: "1"}, tunnel: 0}"#,
            ),
            (
                r#"no-touch-required,permitopen="db:1",permitlisten="80""#,
                r#"{touchRequired: false, permitOpen: ["db:1"], permitListen: ["*:80"]}"#,
            ),
        ] {
            assert_eq!(in_declarations(line).as_deref(), Some(declared));
        }
        let long = format!("command=\"{}\"", "x".repeat(120));
        for line in ["", "restrict,cert-authority", "restrict, pty", &long] {
            assert_eq!(in_declarations(line), None, "{line}");
        }
        assert_eq!(remedy("no-pty"), "write `options: {pty: false}`");
        assert!(remedy("pty please").starts_with("write each option below it"));
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
