//! A workspace in which no file is read.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};

/// A workspace in which no file is read.
pub static RULE: Rule = Rule {
    name: "nothing-read",
    severity: Severity::Warning,
    fixed: false,
    summary: "a workspace in which no file is read",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds a workspace without any file that ends in `.yaml` or `.yml`, apart from hidden ones.

### Why
Nothing is wrong in a folder where nothing is declared, and nothing changes: so a check of the wrong folder
ends well, and says nothing of the right one.

### Example
```text
$ ls
access
$ keyplan validate ..        # the folder above the one that was meant
```

### Remedy
Name the folder that holds the declarations, as in `keyplan validate access`. `keyplan init` writes a first
one.
",
};

/// A folder of which nothing is read.
#[must_use]
pub fn finding(at: Location) -> Finding {
    RULE.finding("nothing was read: there is no file of declarations here")
        .label(at, "no name here ends in `.yaml` or `.yml`")
        .help("name the folder that holds them, as in `keyplan validate access`; `keyplan init` writes a first one")
}
