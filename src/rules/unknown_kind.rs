//! A kind that keyplan does not have.

use crate::diagnostics::{Applicability, Fix, Check, Finding, Rule, Severity, Location, quoted, suggestion, visible};

/// A kind that keyplan does not have.
pub static RULE: Rule = Rule {
    name: "unknown-kind",
    severity: Severity::Error,
    fixed: true,
    summary: "a kind that keyplan does not have",
    check: Check::Value,
    fixes: &[Applicability::Safe, Applicability::Unsafe],
    docs: "\
### What it does
Finds documents whose `kind` is none of `Project`, `Team`, `SSHKey`, `Cluster` and `Workspace`. Upper and
lower case count. The nearest known kind is named. Documents of other tools are found as such.

### Why
keyplan cannot tell what such a document asks for. If it were passed over, a misspelt `Cluster` would look
like a cluster that was deleted.

### Example
```yaml
apiVersion: keyplan/v1
kind: SshKey                 # the kind is written `SSHKey`
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...}
```

### Remedy
Write the kind as the finding suggests. If the file belongs to another tool, keep it outside of the directory
that keyplan reads, or name it in `exclude` of `keyplan.yaml`: `exclude: [docker-compose.yml]`.
",
};

/// A kind that keyplan does not know.
#[must_use]
pub fn finding(at: Location, kind: &str, known: &[&str]) -> Finding {
    let near = suggestion(kind, known.iter().copied());
    let help = near.map_or_else(
        || {
            let known = known.join(", ");
            format!("write one of {known}; what is not for keyplan is named in `exclude` of `keyplan.yaml`")
        },
        |near| near.help(),
    );
    RULE.finding(format!("there is no kind {}", quoted(kind)))
        .label(at.clone(), "keyplan reads no documents of this kind")
        .help(help)
        .fix(near.and_then(|near| Fix::word(at, kind, near)))
}

/// A document of another tool, in a file with this path. `version` is the format that it says it has.
#[must_use]
pub fn foreign(at: Location, version: Option<&str>, path: &str) -> Finding {
    let finding = match version {
        Some(version) => RULE
            .finding(format!("this is no document of keyplan: its format is {}", quoted(version)))
            .label(at, "`apiVersion: keyplan/v1` belongs here"),
        None => RULE
            .finding("this is no document of keyplan: it has no `apiVersion` and no `kind`")
            .label(at, "one begins with `apiVersion: keyplan/v1`"),
    };
    finding.help(format!(
        "move the file out of the workspace, or pass over it: `exclude: [{}]` in `spec` of `keyplan.yaml`",
        excluded(path)
    ))
}

/// A path as an item of a list in YAML.
fn excluded(path: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    if path.chars().all(is_plain) && path.starts_with(|first: char| first.is_ascii_alphabetic()) {
        path.to_owned()
    } else {
        format!("{:?}", visible(path))
    }
}
