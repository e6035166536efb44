//! Something else than an OpenSSH public key.

use std::ops::Range;

use camino::Utf8Path;

use super::wrong_type::{TEMPLATE, is_template};
use super::{certificate_as_key, signature_algorithm};
use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity, Location, quoted, visible};
use crate::openssh::{Fingerprint, KeyType, base64, wire};

/// Something else than an OpenSSH public key.
pub static RULE: Rule = Rule {
    name: "not-an-ssh-key",
    severity: Severity::Error,
    fixed: true,
    summary: "something else than an OpenSSH public key",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys in other formats (RFC 4716, PEM and PKCS #8, SSH 1, X.509, PGP, age), lines of a `known_hosts`
file, and what is no key at all: a path, a URL, a fingerprint, bare base64 text.

### Why
Only the one-line format of OpenSSH can be given to a cluster. Many tools store keys in another one, and
most can be converted.

### Example
```yaml
spec:
  publicKey: |
    ---- BEGIN SSH2 PUBLIC KEY ----
    ...
```

### Remedy
Convert the key: `ssh-keygen -i -m RFC4716 -f FILE`, or with `-m PKCS8` or `-m PEM`. For a file of your own,
use `publicKeyFile`.
",
};

const COPY: &str = "write the line of the `.pub` file: `TYPE AAAA… COMMENT`";

/// What a text is in place of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    /// A key in another format, or something else that a program made: what, and what to do.
    Format(&'static str, &'static str),
    Path,
    /// A place for a value that was not filled in.
    Template,
    Placeholder,
    Url,
}

impl Other {
    const fn name(self) -> &'static str {
        match self {
            Self::Format(name, _) => name,
            Self::Path => "a path",
            Self::Template => "a template",
            Self::Placeholder => "a placeholder",
            Self::Url => "a URL",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Format(_, help) => help,
            Self::Path => "write the content of the file, or its path as `publicKeyFile`",
            Self::Template => TEMPLATE,
            Self::Placeholder => COPY,
            Self::Url => "fetch the key, read it, and write it here",
        }
    }
}

fn other_format(text: &str) -> Option<Other> {
    // Armour lines, and not a comment that speaks of one.
    let lines = text.split(['\n', '\r']).map(str::trim);
    let armour: Vec<_> = lines.filter(|line| line.starts_with("--")).collect();
    let has = |mark: &str| armour.iter().any(|line| line.contains(mark));
    let word = text.split_whitespace().next().unwrap_or_default();
    Some(if has("BEGIN SSH2") {
        Other::Format("an RFC 4716 key", "convert it: `ssh-keygen -i -m RFC4716 -f FILE`")
    } else if has("BEGIN RSA PUBLIC KEY") {
        Other::Format("a PEM public key", "convert it: `ssh-keygen -i -m PEM -f FILE`")
    } else if has("BEGIN PUBLIC KEY") {
        Other::Format("a PKCS #8 public key", "convert it: `ssh-keygen -i -m PKCS8 -f FILE`")
    } else if has("BEGIN CERTIFICATE") || has("BEGIN TRUSTED CERTIFICATE") {
        Other::Format(
            "an X.509 certificate",
            "take its key: `openssl x509 -in FILE -noout -pubkey`, then `ssh-keygen -i -m PKCS8`",
        )
    } else if has("BEGIN PGP") {
        Other::Format("a PGP key", "export its key for SSH: `gpg --export-ssh-key USER`")
    } else if has("BEGIN ") {
        Other::Format("a PEM text", COPY)
    } else if word.starts_with("age1") {
        Other::Format("an age recipient", "age keys encrypt files; make a key for SSH: `ssh-keygen -t ed25519`")
    } else if begins_with_output(text) {
        Other::Format("what `ssh-keygen` prints", "write the content of the `.pub` file that it made")
    } else if fingerprint_listed(text) {
        Other::Format("a fingerprint", "write the key itself here, and `SHA256:…` as `fingerprint`")
    } else if word.starts_with("github:") || word.starts_with("gitlab:") || word.starts_with("gh:") {
        Other::Format("a user of a code host", "write one of the keys that `curl https://github.com/USER.keys` prints")
    } else if path_in_call(text.trim()).is_some() {
        Other::Path
    } else if is_template(text) && !text.contains(" AAAA") {
        Other::Template
    } else if word.starts_with('<') && text.trim().ends_with('>') && !text.contains("AAAA") {
        Other::Placeholder
    } else if word.starts_with("SHA256:") || word.starts_with("MD5:") || word.parse::<Fingerprint>().is_ok() {
        Other::Format("a fingerprint", "write the key itself here, and this as `fingerprint`")
    } else if word.contains("://") && !word.contains('"') {
        Other::Url
    } else if text.split_whitespace().take(3).filter(|word| word.bytes().all(|b| b.is_ascii_digit())).count()
        == 3
    {
        Other::Format("an SSH 1 key", "SSH 1 is gone; make a new key: `ssh-keygen -t ed25519`")
    } else if is_path(text.trim()) && !word.starts_with("AAAA") {
        Other::Path
    } else {
        return None;
    })
}

/// Finds a file that holds no line which looks like a public key. Of what it holds nothing is told but the format.
#[must_use]
pub fn in_a_file(text: &str, path: &Utf8Path, at: Location) -> Option<Finding> {
    if text.split(['\n', '\r']).any(|line| line.starts_with("<<<<<<< ")) {
        return Some(
            RULE.finding(format!("{} is an unfinished merge of git", quoted(path.as_str())))
                .label(at, "nothing of this file is shown")
                .help("keep the line of one key in the file, and delete the marks of the merge"),
        );
    }
    let significant = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = text.split(['\n', '\r']).find(significant)?;
    if looks_like_key(first) {
        return None;
    }
    let (what, help) = match other_format(text) {
        Some(Other::Format(what, help)) => (what, help),
        Some(other @ (Other::Path | Other::Url | Other::Template | Other::Placeholder)) => (other.name(), COPY_FILE),
        None => ("something else", COPY_FILE),
    };
    Some(
        RULE.finding(format!("{} holds {what}, not an OpenSSH public key", quoted(path.as_str())))
            .label(at, "nothing of this file is shown")
            .help(help),
    )
}

/// The lines of a file that do not look like a public key: where they stand.
#[must_use]
pub fn other_lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let lines = text.split_inclusive(['\n', '\r']).map(|line| {
        let at = start..start + line.len();
        start = at.end;
        (at, line)
    });
    lines.filter(|(_, line)| !looks_like_key(line)).map(|(at, _)| at).collect()
}

/// Whether a line has the name of a key type, or what the base64 text of every key begins with, as a word of its own.
fn looks_like_key(line: &str) -> bool {
    let ends_in_type = |word: &str| {
        let name = word.trim_end_matches(['"', '\'']).to_ascii_lowercase();
        let names = KeyType::ALL.iter().map(|kind| kind.name());
        certificate_as_key::is_certificate(&name)
            || signature_algorithm::key_type_of(&name).is_some()
            || names.into_iter().any(|known| name.ends_with(known))
    };
    let is_encoded = |word: &str| word.starts_with("AAAA") && word.len() >= "AAAAC3NzaC1lZDI1NTE5".len();
    let has_both = |word: &str| word.find("AAAA").is_some_and(|at| KeyType::parse(&word[..at]).is_some());
    line.split_whitespace().any(|word| ends_in_type(word) || is_encoded(word) || has_both(word))
}

const COPY_FILE: &str = "name the `.pub` file of a key: it has one line, `TYPE AAAA… COMMENT`";

fn is_path(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (text.starts_with(['/', '~', '.'])
            || text.rsplit('.').next() == Some("pub")
            || text.starts_with("id_"))
}

/// Finds a text that is something else than an OpenSSH public key.
#[must_use]
pub fn check(text: &LocatedText<'_>) -> Option<Finding> {
    if let Some(finding) = without_type(text).or_else(|| without_space(text)) {
        return Some(finding);
    }
    let other = other_format(text.text())?;
    let found = text.text().trim();
    let help = match path_in_call(found) {
        Some(path) => format!("write `publicKeyFile: {}`, relative to this file", visible(path)),
        None if other != Other::Path => other.help().to_owned(),
        None if found.starts_with('~') => "write the content of that file here: `cat FILE` prints it".to_owned(),
        None if !found.starts_with('/') && found.len() <= LONGEST_PATH => {
            format!("write `publicKeyFile: {}`, or the content of that file", visible(found))
        }
        None => other.help().to_owned(),
    };
    Some(finding(text, other.name()).help(help))
}

/// The path in a call that reads a file, as Terraform, Jinja and shells write it: `file("ops.pub")`.
fn path_in_call(text: &str) -> Option<&str> {
    let inner = text.trim_start_matches(['$', '{', ' ']).trim_end_matches(['}', ' ']);
    let (call, rest) = inner.split_once('(')?;
    let argument = rest.strip_suffix(')')?.trim();
    let path = match call.trim() {
        "file" | "filecat" | "read" | "readFile" | "include" | "lookup" | "cat" | "load" => argument,
        "" => argument.strip_prefix("cat ").or_else(|| argument.strip_prefix('<'))?,
        _ => return None,
    };
    let path = path.trim().trim_matches(['"', '\'']).trim();
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-/@+".contains(letter);
    (!path.is_empty() && path.len() <= LONGEST_PATH && path.chars().all(is_plain)).then_some(path)
}

/// The longest path that a help line writes out.
const LONGEST_PATH: usize = 60;

/// Finds base64 text without the type before it.
fn without_type(text: &LocatedText<'_>) -> Option<Finding> {
    let word = text.text().split_whitespace().next().filter(|word| word.starts_with("AAAA"))?;
    let blob = base64::bytes_of(word);
    let encoded = wire::type_name(&blob).ok().and_then(|name| std::str::from_utf8(name).ok());
    let known = encoded.and_then(KeyType::parse).map_or("TYPE", KeyType::name);
    Some(
        RULE.finding("base64 text without its key type is not an OpenSSH public key")
            .label(text.whole(), "the key type is missing before this")
            .help(format!("write the whole line of the `.pub` file: `{known} AAAA… COMMENT`")),
    )
}

/// Finds a key type that runs into its base64 text.
fn without_space(text: &LocatedText<'_>) -> Option<Finding> {
    let line = text.text();
    let start = line.len() - line.trim_start().len();
    let word = line[start..].split_whitespace().next()?;
    let at = word.find("AAAA").filter(|at| KeyType::parse(&word[..*at]).is_some())?;
    Some(
        RULE.finding("no space stands between the key type and the base64 text")
            .label(text.at(start..start + at), "a space belongs behind this")
            .help(format!("write `{} AAAA… COMMENT`", &word[..at])),
    )
}

/// Whether a text is a line of `ssh-keygen -l`: bits, fingerprint, comment, type.
fn fingerprint_listed(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_bits = words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    is_bits && words.next().is_some_and(|word| word.starts_with("SHA256:") || word.starts_with("MD5:"))
}

/// Whether a text begins as what `ssh-keygen` says when it makes a key, or with the picture of one.
fn begins_with_output(text: &str) -> bool {
    let text = text.trim_start();
    [
        "+--[",
        "+---[",
        "Generating public/private",
        "Your identification has",
        "Your public key has",
        "The key ",
    ]
    .iter()
    .any(|beginning| text.starts_with(beginning))
}

/// The finding for a text that nothing is known of.
#[must_use]
pub fn unknown(text: &LocatedText<'_>) -> Finding {
    RULE.finding("this is not an OpenSSH public key")
        .label(text.whole(), "no key type stands at its beginning")
        .help(COPY)
}

/// Finds a line of a `known_hosts` file: `hosts` is what stands before the key.
#[must_use]
pub fn known_hosts(text: &LocatedText<'_>, hosts: &str, key_type: &str) -> Option<Finding> {
    let first = hosts.split_whitespace().next()?;
    let is_host = !first.contains(['=', '"'])
        && (first.contains(['.', ':', '[', '|', '*'])
            || matches!(first, "@cert-authority" | "@revoked" | "localhost"));
    is_host.then(|| {
        finding(text, "a line of a `known_hosts` file")
            .detail(format!("{} is the name of a host; the key is that host's", quoted(first)))
            .help(format!(
                "write the key of a user: `{} AAAA… COMMENT`",
                KeyType::parse(key_type).unwrap_or(KeyType::Ed25519)
            ))
    })
}

fn finding(text: &LocatedText<'_>, what: &str) -> Finding {
    RULE.finding(format!("this is {what}, not an OpenSSH public key"))
        .label(text.whole(), "the key itself belongs here")
}

#[cfg(test)]
mod tests {
    use super::{check, known_hosts};
    use crate::diagnostics::{LocatedText, Location};
    use crate::source::{FileId, SourceSpan, Span};

    fn place(start: u32, end: u32) -> Location {
        Location::Bytes(SourceSpan { file: FileId(0), span: Span::new(start, end) })
    }

    fn text(text: &str) -> LocatedText<'_> {
        LocatedText::new(text, place(0, 1000))
    }

    #[test]
    fn is_silent_on_keys() {
        for key in [
            "ssh-ed25519 AAAA ops",
            "ssh-rsa AAAA",
            "no-pty ssh-rsa AAAA",
            "nothing",
            "ssh-rsa AAAA https://a/b",
        ] {
            assert!(check(&text(key)).is_none(), "{key}");
        }
        assert!(known_hosts(&text("x"), "no-pty,restrict", "ssh-rsa").is_none());
        assert!(known_hosts(&text("x"), "from=\"10.0.0.1\"", "ssh-rsa").is_none());
    }

    #[test]
    fn knows_what_it_is() {
        for (other, expected) in [
            ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "RFC 4716"),
            ("-----BEGIN PUBLIC KEY-----\nMIIB", "PKCS #8"),
            ("-----BEGIN RSA PUBLIC KEY-----\nMIIB", "PEM"),
            ("2048 65537 1234567890 ops", "SSH 1"),
            ("AAAAC3NzaC1lZDI1NTE5", "base64"),
            ("~/.ssh/id_ed25519.pub", "path"),
            ("id_rsa", "path"),
            ("https://github.com/ops.keys", "URL"),
            ("SHA256:47DEQpj8HBSa", "fingerprint"),
            ("age1ql3z7hjy", "age"),
            ("256 SHA256:47DEQpj8HBSa ana@laptop (ED25519)", "fingerprint"),
            ("+--[ED25519 256]--+\n| ..o |", "ssh-keygen"),
            ("Your public key has been saved in id.pub", "ssh-keygen"),
            ("github:ana", "code host"),
            ("$(cat id.pub)", "path"),
            ("<your key here>", "placeholder"),
            ("ssh-ed25519AAAAC3NzaC1lZDI1NTE5 ops", "no space"),
        ] {
            assert!(check(&text(other)).unwrap().summary.contains(expected), "{other}");
        }
        let help = |text_: &str| check(&text(text_)).unwrap().help.unwrap();
        assert!(help("AAAAC3NzaC1lZDI1NTE5AAAA").contains("`ssh-ed25519 AAAA"));
        assert!(help("keys/ops.pub").contains("`publicKeyFile: keys/ops.pub`"));
        for hosts in ["host.example,10.0.0.1", "|1|abc=", "[h]:22", "@revoked *"] {
            assert!(known_hosts(&text("x"), hosts, "ssh-rsa").is_some() != hosts.contains('='), "{hosts}");
        }
    }
}
