//! A key type that only new nodes know.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::KeyType;

/// A key type that only new nodes know.
pub static RULE: Rule = Rule {
    name: "new-key-type",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key type that only new nodes know",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys of the type `ssh-mldsa44-ed25519@openssh.com`, which sign with ML-DSA-44 (FIPS 204) and Ed25519
together.

### Why
sshd passes over a type that it does not know, without a word: on a node with an OpenSSH before 10.5 the
key opens nothing. OpenSSH 10.5 knows the type, and has it off: the configuration of sshd must have
`PubkeyAcceptedAlgorithms +ssh-mldsa44-ed25519@openssh.com`. The format may change until it is a standard
(draft-miller-sshm-mldsa44-ed25519-composite-sigs).

### Example
```yaml
spec:
  publicKey: ssh-mldsa44-ed25519@openssh.com AAAAH3NzaC1tbGRzYTQ0LWVkMjU1MTlA... ops
```

### Remedy
See that every node of the cluster has OpenSSH 10.5 or later (`ssh -V`), and that `sshd -T` lists the type
under `pubkeyacceptedalgorithms`; or use `ssh-keygen -t ed25519`.
",
};

#[must_use]
pub fn check(key_type: KeyType, at: Location) -> Option<Finding> {
    (key_type == KeyType::MlDsa44Ed25519).then(|| {
        RULE.finding(format!("`{key_type}` is new"))
            .label(at, "the nodes need OpenSSH 10.5 for it, which has it off by default")
            .help(format!("put `PubkeyAcceptedAlgorithms +{key_type}` into sshd_config of the nodes, or make a key with `ssh-keygen -t ed25519`"))
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnostics::Location;
    use crate::openssh::KeyType;
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    #[test]
    fn is_silent_on_what_nodes_know() {
        let new = KeyType::ALL.into_iter().filter(|key_type| check(*key_type, AT).is_some());
        assert!(new.eq([KeyType::MlDsa44Ed25519]));
    }
}
