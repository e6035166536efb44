//! Text that is not YAML, or that no reader should be made to unfold.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::source::yaml::SyntaxError;
use crate::source::{FileId, SourceSpan, Span};

/// Text that is not YAML, or that no reader should be made to unfold.
pub static RULE: Rule = Rule {
    name: "yaml-syntax",
    severity: Severity::Error,
    fixed: true,
    summary: "not yaml, an alias bomb, or nesting past the limit",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds documents that cannot be read: broken YAML, an alias (`*name`) without its anchor (`&name`), nesting
deeper than 255 levels, and aliases that unfold to far more text than the file holds.

### Why
What cannot be read cannot be checked, and a cluster left out in silence is worse than a cluster that is
wrong. Depth and aliases have limits because a few lines can otherwise take all the memory of the machine that
checks them, and that is often a CI runner that reads a stranger's pull request.

keyplan reads YAML 1.2, core schema. The other documents of the file are still read and checked.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments
spec:                     # the brace of `metadata` is still open here
  sshKey: ops
```

### Remedy
Look at the marked line first and at the line above it next: a brace, bracket or quote that was not closed, a
tab used to indent, or a `: ` inside a text that needs quotes. A file that is a template of another tool has
to be rendered before keyplan reads it. For the limits, write the values out instead of nesting or repeating
them.
",
};

/// A text that is not YAML.
#[must_use]
pub fn finding(file: FileId, fault: &SyntaxError) -> Finding {
    RULE.finding(fault.summary.as_str())
        .label(Location::Bytes(SourceSpan { file, span: fault.span }), fault.label.as_str())
        .help(fault.help.as_str())
}

/// A file of declarations that is not UTF-8. `at` is the first byte that is not.
#[must_use]
pub fn not_utf8(file: FileId, at: u32, is_utf16: bool) -> Finding {
    let finding = RULE
        .finding("the file is not UTF-8")
        .label(Location::Bytes(SourceSpan { file, span: Span::new(at, at + 1) }), "this byte is not");
    if is_utf16 {
        finding
            .help("it looks like UTF-16: save it as UTF-8, as in\n`iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE`")
    } else {
        finding.help("save it as UTF-8, as in `iconv -f ISO-8859-1 -t UTF-8 FILE > NEW_FILE`")
    }
}

/// Most problems that are told of a text of so many bytes: one to so many bytes, and some that any text may
/// have. Of a text that is no declaration, or is made to take all memory, the rest is counted.
#[must_use]
pub const fn most_problems(bytes: usize) -> usize {
    16 + bytes / 32
}

/// Problems that are only counted, of a document or a file, as `what` says. `at` is where it begins, or the
/// rest of it.
#[must_use]
pub fn more(at: Location, what: &str, count: usize) -> Finding {
    let problems = if count == 1 { "problem" } else { "problems" };
    RULE.finding(format!("the {what} has {count} more {problems}"))
        .label(at, "these are not shown one by one")
        .help("mend what is shown, and check it again; take it out if it is no declaration")
}

/// Leaves of the findings from `start` on as many as a text of so many bytes may have. `what` and `at` are of
/// that text.
pub fn cut(
    findings: &mut Vec<Finding>,
    start: usize,
    bytes: usize,
    (at, what): (impl FnOnce() -> Location, &str),
) {
    let most = most_problems(bytes);
    if findings.len() - start <= most {
        return;
    }
    // What is only a warning goes first.
    findings[start..].sort_by_key(Finding::is_warning);
    let rest = findings.split_off(start + most);
    let more = more(at(), what, rest.len());
    findings.push(if rest.iter().all(Finding::is_warning) { more.as_warning() } else { more });
}
