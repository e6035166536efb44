//! Something else than an OpenSSH public key.

use crate::diagnostics::{Finding, LocatedText, Rule, Severity, quoted};
use crate::model::{Fingerprint, KeyType};

/// Something else than an OpenSSH public key.
pub static RULE: Rule = Rule {
    name: "not-an-ssh-key",
    severity: Severity::Error,
    fixed: true,
    summary: "something else than an OpenSSH public key",
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

/// What else a text can be, with what to do about it.
fn other_format(text: &str) -> Option<(&'static str, &'static str)> {
    // An armour line, and not a comment that speaks of one.
    let has = |mark: &str| {
        let mut lines = text.split(['\n', '\r']).map(str::trim);
        lines.any(|line| line.starts_with("--") && line.contains(mark))
    };
    let word = text.split_whitespace().next().unwrap_or_default();
    Some(if has("BEGIN SSH2") {
        ("an RFC 4716 key", "convert it: `ssh-keygen -i -m RFC4716 -f FILE`")
    } else if has("BEGIN RSA PUBLIC KEY") {
        ("a PEM public key", "convert it: `ssh-keygen -i -m PEM -f FILE`")
    } else if has("BEGIN PUBLIC KEY") {
        ("a PKCS #8 public key", "convert it: `ssh-keygen -i -m PKCS8 -f FILE`")
    } else if has("BEGIN CERTIFICATE") || has("BEGIN TRUSTED CERTIFICATE") {
        (
            "an X.509 certificate",
            "take its key: `openssl x509 -in FILE -noout -pubkey`, then `ssh-keygen -i -m PKCS8`",
        )
    } else if has("BEGIN PGP") {
        ("a PGP key", "export its key for SSH: `gpg --export-ssh-key USER`")
    } else if has("BEGIN ") {
        ("a PEM text", COPY)
    } else if word.starts_with("age1") {
        ("an age recipient", "age keys encrypt files; make a key for SSH: `ssh-keygen -t ed25519`")
    } else if word.starts_with("SHA256:") || word.starts_with("MD5:") || word.parse::<Fingerprint>().is_ok() {
        ("a fingerprint", "a fingerprint names a key; write the key itself, and this as `fingerprint`")
    } else if word.contains("://") && !word.contains('"') {
        ("a URL", "fetch the key, read it, and write it here")
    } else if text.split_whitespace().take(3).filter(|word| word.bytes().all(|b| b.is_ascii_digit())).count()
        == 3
    {
        ("an SSH 1 key", "SSH 1 is gone; make a new key: `ssh-keygen -t ed25519`")
    } else if word.starts_with("AAAA") {
        ("base64 text without its key type", "write the key type before it, as in the `.pub` file")
    } else if is_path(text.trim()) {
        ("a path", "write the content of the file, or `publicKeyFile: PATH`")
    } else {
        return None;
    })
}

fn is_path(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (text.starts_with(['/', '~', '.'])
            || text.rsplit('.').next() == Some("pub")
            || text.starts_with("id_"))
}

/// Finds a text that is something else than an OpenSSH public key.
#[must_use]
pub fn check(text: &LocatedText<'_>) -> Option<Finding> {
    let (what, help) = other_format(text.text())?;
    Some(finding(text, what).help(help))
}

/// The finding for a text that nothing is known of.
#[must_use]
pub fn unknown(text: &LocatedText<'_>) -> Finding {
    RULE.finding("not an OpenSSH public key")
        .label(text.whole(), "this does not begin with a key type")
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
        .label(text.whole(), format!("{what} stands here"))
}

#[cfg(test)]
mod tests {
    use super::{check, known_hosts};
    use crate::diagnostics::{LocatedText, Where};
    use crate::source::{FileId, Place, Span};

    fn place(start: u32, end: u32) -> Where {
        Where::Bytes(Place { file: FileId(0), span: Span::new(start, end) })
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
        ] {
            assert!(check(&text(other)).unwrap().summary.contains(expected), "{other}");
        }
        for hosts in ["host.example,10.0.0.1", "|1|abc=", "[h]:22", "@revoked *"] {
            assert!(known_hosts(&text("x"), hosts, "ssh-rsa").is_some() != hosts.contains('='), "{hosts}");
        }
    }
}
