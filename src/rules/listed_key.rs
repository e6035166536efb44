//! A key that the workspace's own blocklist has.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted};

/// A key that the workspace's own blocklist has.
pub static RULE: Rule = Rule {
    name: "listed-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a key that the workspace's blocklist has",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys that the file has which `spec.blocklist` in `keyplan.yaml` names: the `blocklist.dat` of
badkeys, or a text with a SHA256 fingerprint on each line, as `ssh-keygen -l` prints it. In a text, lines
that begin with `#` say nothing. The file lies within the workspace, and all of it is read each time.

### Why
Some keys must not come back: those that were lost or stolen, those that a broken generator made (Debian's
of 2008), those that were found in public. keyplan knows some by itself; a list knows the others.

### Example
```yaml
# keyplan.yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  blocklist: blocklist.dat      # or lost-keys.txt
```

### Remedy
Make a new key: `ssh-keygen -t ed25519`. If the key should not be on the list, take its line away. What
the number of a list of badkeys means is told in its `badkeysdata.json`.
",
};

/// Which line or part of the blocklist has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A line of a text, counted from 1.
    Line(usize),
    /// A list of badkeys, by its number.
    List(u8),
}

/// The finding for a key at a place; `file` is what `blocklist` names.
#[must_use]
pub fn finding(listed: Listed, file: &str, key: Location, blocklist: Location) -> Finding {
    let label = match listed {
        Listed::Line(line) => format!("line {line} of the blocklist is this key"),
        Listed::List(number) => format!("list {number} of the blocklist has this key"),
    };
    RULE.finding(format!("the blocklist {} has this key", quoted(file)))
        .label(key, label)
        .label(blocklist, "the blocklist is named here")
        .help("make a new key: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::{Listed, finding};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn says_where_it_is_listed() {
        let at = || Location::File(FileId(0));
        let label = |listed| finding(listed, "lost.txt", at(), at()).labels[0].text.clone();
        assert!(label(Listed::Line(7)).contains("line 7"));
        assert!(label(Listed::List(12)).contains("list 12"));
    }
}
