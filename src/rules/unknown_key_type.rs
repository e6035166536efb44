//! A key type that OpenSSH does not know.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};
use crate::openssh::KeyType;

/// A key type that OpenSSH does not know.
pub static RULE: Rule = Rule {
    name: "unknown-key-type",
    severity: Severity::Error,
    fixed: true,
    summary: "a key type that OpenSSH does not know",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a public key whose first word is no key type of OpenSSH, also one in the wrong case, one of somebody's
own (`name@domain`), and one of a draft that was never adopted.

### Why
sshd passes over a line whose type it does not know, without a word to the user. Names are compared exactly:
`SSH-ED25519` is not `ssh-ed25519`.

### Example
```yaml
spec:
  publicKey: SSH-ED25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops
```

### Remedy
Write the type as `ssh-keygen` wrote it. If the key really is of another type, make a new one with
`ssh-keygen -t ed25519`.
",
};

/// The finding for a name that is no key type's.
#[must_use]
pub fn finding(name: &str, at: Location) -> Finding {
    let help = match nearest(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "make a key of a known type: `ssh-keygen -t ed25519`".to_owned(),
    };
    RULE.finding(if is_shown(name) {
        format!("unknown key type {}", quoted(name))
    } else {
        "the first word is no key type".to_owned()
    })
        .label(at, "OpenSSH knows no such type")
        .help(help)
}

/// Whether a word can be shown: it is short, or written as names of types are. Any other may be part of a secret.
#[must_use]
pub fn is_shown(word: &str) -> bool {
    const SHORT: usize = 12;
    word.len() < SHORT || is_name(word)
}

/// Whether a word is a name of a type, or written as such names are: with a hyphen, and in one case.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let (lower, upper) = (|it: u8| it.is_ascii_lowercase(), |it: u8| it.is_ascii_uppercase());
    let is_like_one = word.contains(['-', '@'])
        && word.bytes().all(|it| it.is_ascii_alphanumeric() || b"-@._".contains(&it))
        && !(word.bytes().any(lower) && word.bytes().any(upper));
    is_like_one || nearest(word).is_some()
}

/// How many bytes stand before the name of a known type that a name ends in: quotes, `<`, `user:`.
#[must_use]
pub fn before_type(name: &str) -> Option<usize> {
    let known = KeyType::ALL.into_iter().map(KeyType::name).filter(|known| name.ends_with(known));
    let start = name.len() - known.max_by_key(|known| known.len())?.len();
    (start > 0 && !name[..start].ends_with(|last: char| last.is_alphanumeric() || last == '-'))
        .then_some(start)
}

/// The finding for what stands before the name of a type, without a space.
#[must_use]
pub fn prefixed(prefix: &str, key_type: &str, at: Location) -> Finding {
    let pair = match prefix.chars().last() {
        Some('<') => Some('>'),
        Some('(') => Some(')'),
        Some('[') => Some(']'),
        Some(quote @ ('"' | '\'' | '`')) => Some(quote),
        _ => None,
    };
    let help = match (pair, prefix.strip_suffix(':')) {
        (Some('`'), _) => "delete the backticks around the key".into(),
        (Some(pair), _) => format!("delete it, and the `{pair}` behind the key"),
        (None, Some(_)) => "delete it; the user of the nodes is the `loginUser` of a cluster".into(),
        (None, None) => "delete it".into(),
    };
    let summary = match prefix {
        "`" => format!("a backtick stands before the key type `{key_type}`"),
        _ => format!("{} stands before the key type `{key_type}`", quoted(prefix)),
    };
    RULE.finding(summary).label(at, "a key begins with its type").help(help)
}

/// The type that was meant, if one is near enough.
fn nearest(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    // Ed448 is no slip of the pen for Ed25519, and neither is a draft.
    if name.len() > 60 || lower.starts_with("ssh-ed448") || lower.starts_with("ssh-mldsa") {
        return None;
    }
    KeyType::ALL
        .into_iter()
        .map(|key_type| (strsim::damerau_levenshtein(&lower, key_type.name()), key_type.name()))
        .filter(|(distance, _)| *distance <= lower.len() / 4)
        .min()
        .map(|(_, name)| name)
        .or(match lower.as_str() {
            "ed25519" => Some("ssh-ed25519"),
            "rsa" => Some("ssh-rsa"),
            "dsa" | "dss" => Some("ssh-dss"),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn says_what_was_meant() {
        let help = |name: &str| finding(name, AT).help.unwrap();
        assert_eq!(help("SSH-ED25519"), "did you mean `ssh-ed25519`?");
        assert_eq!(help("ssh-ed2519"), "did you mean `ssh-ed25519`?");
        assert!(!help("ssh-ed448").contains("did you mean"));
        assert!(!help("foo@example.com").contains("did you mean"));
    }

    #[test]
    fn quotes_with_care() {
        assert_eq!(finding("a\u{1b}", AT).summary, "unknown key type `a\\u{1b}`");
    }
}
