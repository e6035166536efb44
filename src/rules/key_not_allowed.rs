//! A key type outside of the workspace's list.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::{KeyType, PublicKey};

/// A key type outside of the workspace's list.
pub static RULE: Rule = Rule {
    name: "key-not-allowed",
    severity: Severity::Off,
    fixed: false,
    summary: "a key type outside of the workspace's `allowedKeyTypes`",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys whose type is not in `allowedKeyTypes` of `keyplan.yaml`. It is off until a list is given.

### Why
Some organisations allow hardware keys only, others keep to one type for all. The list is checked before
merge, where it costs nothing to use another key.

### Example
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  rules: {key-not-allowed: error}
  allowedKeyTypes: [sk-ssh-ed25519@openssh.com]   # and a key is `ssh-rsa`
```

### Remedy
Use a key of an allowed type, or add the type to the list.
",
};

/// Judges a key by the types that the workspace allows.
#[must_use]
pub fn check(key: &PublicKey, allowed: &[KeyType], at: Location) -> Option<Finding> {
    if allowed.contains(&key.key_type()) {
        return None;
    }
    let help = if allowed.is_empty() {
        "`allowedKeyTypes` in `keyplan.yaml` allows no type at all".to_owned()
    } else {
        let names: Vec<_> = allowed.iter().map(|key_type| format!("`{key_type}`")).collect();
        format!("use a key of another type: {}", names.join(", "))
    };
    Some(
        RULE.finding(format!("`{}` keys are not allowed in this workspace", key.key_type()))
            .label(at, "`allowedKeyTypes` does not list this type")
            .help(help),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Location;
    use crate::openssh::{KeyType, PublicKey};
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn key() -> PublicKey {
        PublicKey::from_line(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6",
        )
        .unwrap()
    }

    #[test]
    fn is_silent_on_allowed_types() {
        assert!(check(&key(), &KeyType::ALL, AT).is_none());
    }

    #[test]
    fn names_what_is_allowed() {
        let finding = check(&key(), &[KeyType::Rsa, KeyType::SkEd25519], AT).unwrap();
        assert!(finding.help.unwrap().ends_with("`ssh-rsa`, `sk-ssh-ed25519@openssh.com`"));
        assert!(check(&key(), &[], AT).is_some());
    }
}
