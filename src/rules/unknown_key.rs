//! A key that no project has.

use super::unknown::Undeclared;
use crate::diagnostics::{Applicability, Check, Finding, Rule, Severity, quoted};
use crate::openssh::KeyType;

/// A key that no project has.
pub static RULE: Rule = Rule {
    name: "unknown-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a reference to a key that is not declared",
    check: Check::Value,
    fixes: &[Applicability::Unsafe],
    docs: "\
### What it does
Finds clusters whose `spec.sshKey` is the name of no key, and shows the nearest name among the keys of the
cluster's project. A name that only another project has is found by `key-out-of-scope`.

### Why
The cluster would get no key, or keep one that the file no longer shows. Often the key was renamed or deleted
in the same change, and this cluster was forgotten.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec: {sshKey: opps}         # did you mean `ops`?
```

### Remedy
Correct the name, or declare the key with a document of `kind: SSHKey` in the cluster's project. Write the
name of the key here, never the public key itself. For a cluster that is to have no key, delete the field.
",
};

/// A reference to a key that is not declared.
#[must_use]
pub fn finding<'a>(
    key: Undeclared<'_>,
    project: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Finding {
    let project = quoted(project);
    if key.name.trim().is_empty() {
        return RULE
            .finding("`sshKey` names no key")
            .label(key.at, "the name of a key belongs here")
            .help(format!("name a key of project {project}, or delete the field if there is to be none"));
    }
    if key.name.split_whitespace().next().and_then(KeyType::parse).is_some() {
        return RULE
            .finding("`sshKey` is a public key, and should be the name of one")
            .label(key.at, "the name of a key belongs here")
            .help(format!("declare a `kind: SSHKey` with it in project {project}, and write its name here"));
    }
    let is_none = matches!(key.name, "none" | "None" | "nil" | "-");
    let summary = format!("project {project} has no key {}", quoted(key.name));
    let declare = format!("declare it with `kind: SSHKey` in project {project}, or name one of its keys");
    let finding = key.finding(&RULE, summary, known, &declare);
    if is_none { finding.help("delete the field: a cluster may have no key").fix(None) } else { finding }
}

#[cfg(test)]
mod tests {
    use super::{Undeclared, finding};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    fn words(key: &str) -> String {
        let key = Undeclared { at: Location::File(FileId(0)), name: key, broken: None };
        let finding = finding(key, "payments", ["ops", "backup"]);
        format!("{}: {}", finding.summary, finding.help.unwrap())
    }

    #[test]
    fn knows_what_stands_in_place_of_a_name() {
        assert!(words("payments/ops").ends_with("did you mean `ops`?"));
        assert!(words("").contains("names no key"));
        assert!(words("none").ends_with("delete the field: a cluster may have no key"));
        assert!(words("{{ key }}").contains("template"));
        let pasted = words("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN ops");
        assert!(pasted.contains("is a public key") && !pasted.contains("AAAA"), "{pasted}");
    }
}
