//! A FIDO key whose application is not `ssh:`.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// A FIDO key whose application is not `ssh:`.
pub static RULE: Rule = Rule {
    name: "sk-application",
    severity: Severity::Warning,
    fixed: false,
    summary: "a FIDO key that was not made for SSH",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds FIDO keys (`sk-...`) whose application does not begin with `ssh:`.

### Why
A token signs for one application at a time, and OpenSSH makes its keys for `ssh:` or `ssh:NAME`
(PROTOCOL.u2f). With another application, a web site of that name could ask the token for signatures too.

### Example
```yaml
spec:
  publicKey: sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5... ops   # for `https://example.com`
```

### Remedy
Make a new key: `ssh-keygen -t ed25519-sk -O application=ssh:NAME`.
",
};

/// Judges the application of a FIDO key.
#[must_use]
pub fn check(application: &[u8], at: Location) -> Option<Finding> {
    if application.starts_with(b"ssh:") {
        return None;
    }
    let summary = match application {
        [] => "the FIDO key is for no application".to_owned(),
        _ => format!("the FIDO key is for {}, not for SSH", quoted(&String::from_utf8_lossy(application))),
    };
    Some(
        RULE.finding(summary)
            .label(at, "its application should begin with `ssh:`")
            .help("make a new key: `ssh-keygen -t ed25519-sk -O application=ssh:NAME`"),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_keys_for_ssh() {
        assert!(check(b"ssh:", AT).is_none());
        assert!(check(b"ssh:work", AT).is_none());
    }

    #[test]
    fn names_another_application() {
        for (application, said) in
            [(&b"https://a"[..], "`https://a`"), (b"", "no application"), (b"\xff\0", "`\u{fffd}\\u{0}`")]
        {
            assert!(check(application, AT).unwrap().summary.contains(said));
        }
    }
}
