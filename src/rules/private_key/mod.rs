//! A private key, in any form that it is pasted in. Nothing of it is ever shown.

mod armour;
mod der;
mod effort;
mod encoded;
mod inflate;
mod mask;
mod run;
mod scan;
mod web_key;

use std::borrow::Cow;
use std::ops::Range;

pub use mask::mask;
pub use scan::scan;

use crate::diagnostics::{Check, Finding, LocatedText, Rule, Severity, Location, quoted, secret_words, without_secrets};

pub static RULE: Rule = Rule {
    name: "private-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a private key, in any form",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds private keys anywhere in a file of the workspace, also in files that no document names, of which the
first 64 KiB are looked at; before anything else is read: OpenSSH, PEM, PKCS #8, EC, PuTTY and age keys,
encrypted or not, indented, commented out, folded to one line, written with `\\n`, torn, or without their
`BEGIN` and `END` lines; the same in hexadecimal digits, in base64 once more, or as base64 of gzip; and the
secret numbers of a JSON Web Key, such as its `d`. Nothing of such a key is shown, in no format.

A part of a key without its beginning looks like any other digits. In the comment of a public key, where
digits without a sense have no use, 41 of them or more in a row are an error too; names, paths, URLs and
fingerprints are not.

### Why
Who has the private key has the access. What was written to a repository stays in its history and in every
clone, also when a later commit removes it. A passphrase only delays: it can be guessed offline.

### Example
```yaml
spec:
  publicKey: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    ...
```

### Remedy
Treat the key as stolen. Make a new pair with `ssh-keygen -t ed25519`, declare its `.pub` file here,
apply, and remove the old public key from every other place that trusts it. Then remove the private key
from the file; if the commit was not pushed yet, amend it.
",
};

/// The finding. It says nothing of the key.
#[must_use]
pub fn finding(at: Location) -> Finding {
    RULE.finding("a private key is written here")
        .label(at, "this is secret, and is not shown")
        .detail("whoever can read this file, or its history, can use the key")
        .help(
            "treat it as stolen, since it is in the git history: make a new pair with `ssh-keygen -t ed25519`, \
             write the content of its `.pub` file here, and revoke the old key everywhere",
        )
}

/// What may be a part of a private key in the comment of a public key, where such digits say nothing else.
pub fn in_comment<'a>(text: &'a LocatedText<'_>, comment: &Range<usize>) -> impl Iterator<Item = Finding> + 'a {
    let start = comment.start;
    let words = secret_words(&text.text()[comment.clone()]).into_iter();
    words.map(move |word| {
        RULE.finding("the comment of this key may be a part of a private key")
            .label(text.at(start + word.start..start + word.end), "this may be secret, and is not shown")
            .detail("whoever can read this file, or its history, can use it")
            .help(
                "write `user@host` as the comment; if this was a private key, treat it as stolen: make a new pair with \
                 `ssh-keygen -t ed25519`, and revoke the old key everywhere",
            )
    })
}

/// The finding for a file that nothing names.
#[must_use]
pub fn lying_about(path: &str, at: Location) -> Finding {
    RULE.finding(format!("a private key lies in {}", quoted(path)))
        .label(at, "this is secret, and is not shown")
        .detail("whoever can read this file, or its history, can use the key")
        .help(
            "treat it as stolen if it is in the git history: make a new pair with `ssh-keygen -t ed25519`, revoke the \
             old key everywhere, and move the file out of the workspace",
        )
}

/// Whether a text holds a private key itself, and does not only speak of one.
#[must_use]
pub fn holds_one(text: &str) -> bool {
    scan(text).into_iter().any(|range| holds_body(&text[range]))
}

/// Whether what a mark covers has digits of a key in it.
fn holds_body(covered: &str) -> bool {
    const AGE: &str = "age-secret-key-1";
    let is_age = covered.len() > 41 && covered.get(..AGE.len()).is_some_and(|it| it.eq_ignore_ascii_case(AGE));
    is_age || matches!(without_secrets(covered), Cow::Owned(_))
}

#[cfg(test)]
mod tests {
    use super::{finding, mask, scan};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    fn masked(text: &str) -> String {
        let ranges = scan(text);
        let mut masked = text.to_owned();
        mask(&mut masked, &ranges);
        assert_eq!(masked.len(), text.len());
        assert!(scan(&masked).is_empty(), "{masked}");
        masked
    }

    #[test]
    fn is_silent_on_what_is_public() {
        for text in [
            "publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6 my private key",
            "fingerprint: SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyKwGl\n-----END PUBLIC KEY-----",
            "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAyKwGl/mkEudH4Blk0BqFcNA1CBIo\n-----END RSA PUBLIC KEY-----",
            "MCowBQYDK2VwAyEAiKAmhsJq9lvESNzPPgq9+Z7szgtNtCbdir5QXXyEVro=",
            "# the END of the BEGINNING: keep your PRIVATE KEY at home\nMAX: 1\nMC: 2\nMII: 3",
            "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdhkg5sdsqp7g0h",
        ] {
            assert!(scan(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn covers_to_the_end_mark_and_no_further() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\n  aGVsbG8=\n  -----END OPENSSH PRIVATE KEY-----";
        let text = format!("a: |\n  {key}\nb: kept\n");
        assert!(scan(&text).iter().eq([&(7..7 + key.len())]));
        assert!(masked(&text).ends_with("-----\nb: kept\n"));
    }

    #[test]
    fn without_an_end_mark_it_covers_the_document() {
        let text = "a: -----BEGIN EC PRIVATE KEY-----\n  aGVs\nb: c\n---\nkind: Team\n";
        assert!(scan(text).iter().eq([&(3..text.find("---\nkind").unwrap())]));
        assert!(masked(text).ends_with("x: x\n---\nkind: Team\n"));
        let two =
            format!("{text}x: -----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\nk: v\n");
        assert_eq!(scan(&two).len(), 2);
        assert!(masked(&two).contains("kind: Team") && masked(&two).ends_with("k: v\n"));
    }

    #[test]
    fn an_end_mark_alone_covers_what_is_before_it() {
        let text = "note: x\nkey: |\n  aGVsbG8gd29ybGQ\n  aGVsbG8=\n  -----END OPENSSH PRIVATE KEY-----\n";
        assert!(!masked(text).contains("aGVs") && masked(text).starts_with("note: x\nkey: |\n"));
    }

    #[test]
    fn knows_putty_and_age() {
        let putty = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nAAAAIHNlY3JldA==\n\
                     Private-MAC: 00ff\nkept: yes\n";
        assert!(!masked(putty).contains("NlY3Jl") && masked(putty).ends_with("\nkept: yes\n"));
        let age = "key: AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\nkept: yes\n";
        assert!(!masked(age).contains("QQ") && masked(age).ends_with("\nkept: yes\n"));
    }

    #[test]
    fn knows_base64_without_armour() {
        for head in [
            "b3BlbnNzaC1rZXktdjEAAAAABG5v",
            "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAA",
            "MHcCAQEEIAAAAAAA",
            "MIIEpAIBAAKCAQEA",
        ] {
            let text = format!("key: \"{head}\\nTAIL/+TAIL==\"\nkept: yes\n");
            let masked = masked(&text);
            assert!(!masked.contains("TAIL") && !masked.contains(&head[..8]), "{masked}");
            assert!(masked.contains("\\n") && masked.ends_with("\"\nkept: yes\n"));
        }
    }

    #[test]
    fn escapes_stay_valid() {
        let text = r#"k: "-----BEGIN RSA PRIVATE KEY-----\nAAAA\u003d\n-----END RSA PRIVATE KEY-----""#;
        assert!(masked(text).contains(r"\nxxxx\u0077\n"));
    }

    #[test]
    fn the_finding_says_nothing_of_it() {
        let finding = finding(Location::File(FileId(0)));
        assert!(finding.help.unwrap().contains("git history"));
    }
}
