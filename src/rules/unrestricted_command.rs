//! A forced command beside which everything else is still allowed.

use super::key_options::field_of;
use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::{KeyOptions, Permission};

/// A forced command beside which everything else is still allowed.
pub static RULE: Rule = Rule {
    name: "unrestricted-command",
    severity: Severity::Warning,
    fixed: false,
    summary: "a forced command without `restrict`",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds keys with `options.command` and without `restrict`, with which ports, the agent or X11 can still be
forwarded.

### Why
A command takes the place of the shell, and of nothing else. Whoever has the key can still forward ports
through the node, and so reach what only the node should reach, without the command ever being run (sshd(8),
`command`).

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  options:
    command: /usr/bin/backup         # add `restrict: true`
```

### Remedy
Add `restrict: true`, and allow again what is needed, such as `pty: true`. If all of it is meant to stay open,
say so with `restrict: false`.
",
};

/// Finds what is left open beside a command.
#[must_use]
pub fn check(command: Location, options: &KeyOptions) -> Option<Finding> {
    let doors = [Permission::PortForwarding, Permission::AgentForwarding, Permission::X11Forwarding];
    let open: Vec<_> = doors.into_iter().filter(|door| options.permits(*door)).map(field_of).collect();
    (!options.restrict && !open.is_empty()).then(|| {
        RULE.finding("a key with a `command` can still do more than run it")
            .label(command, format!("this forbids none of {}", open.join(", ")))
            .help("add `restrict: true`, or `restrict: false` if that is meant")
    })
}
