//! A host name in `from`, which most nodes do not look up.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::FromPattern;

/// A host name in `from`, which most nodes do not look up.
pub static RULE: Rule = Rule {
    name: "from-host-name",
    severity: Severity::Warning,
    fixed: false,
    summary: "a host name in `from`, which most nodes do not look up",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds names of hosts, and patterns of them, in `options.from` of a key.

### Why
sshd knows by its address who comes. It looks up the name only where its configuration says `UseDNS yes`,
and that is not the default. Without it a name in `from` matches nobody: a key that only names let in opens
nothing, and a name behind a `!` keeps nobody out. With it, whoever can answer for the address in DNS decides
who is let in.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  options:
    from: [\"*.example.com\"]        # matches nobody unless sshd has `UseDNS yes`
```

### Remedy
Write the addresses: `from: [10.20.0.0/16]`. If sshd has `UseDNS yes` on all nodes that the key opens, set
`rules: {from-host-name: off}` in `keyplan.yaml`.
",
};

/// How many names are pointed at.
const SHOWN: usize = 8;

/// The finding for names among the patterns of one key, where there are any.
#[must_use]
pub fn finding(names: &[(Location, &FromPattern)]) -> Option<Finding> {
    let (at, first) = names.first()?;
    let label = |pattern: &FromPattern| if pattern.negated { "this keeps nobody out" } else { "this lets nobody in" };
    let mut finding = RULE
        .finding(format!("`from` has the host name `{first}`, which most nodes do not look up"))
        .label(at.clone(), format!("{}, unless sshd has `UseDNS yes`", label(first)))
        .help("write the addresses, as in `10.20.0.0/16`");
    for (at, pattern) in names.iter().take(SHOWN).skip(1) {
        finding = finding.label(at.clone(), format!("and {}", label(pattern)));
    }
    Some(finding)
}
