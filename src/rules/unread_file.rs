//! A file that looks like declarations and is not read.

use camino::Utf8Path;

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, quoted, visible};

/// A file that looks like declarations and is not read.
pub static RULE: Rule = Rule {
    name: "unread-file",
    severity: Severity::Warning,
    fixed: false,
    summary: "a file that looks like declarations and is not read",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds files that say what declarations say, an `apiVersion` of keyplan, and are not read because of their
names: `access.YAML`, `access.json`, `access.yaml.tpl`. Only files that end in `.yaml` or `.yml` are read.

### Why
What is declared in such a file is not there: a cluster gets no key, and if it had one, a plan takes it away.
The file is in its folder, and looks to every reviewer as if it counted.

### Example
```text
$ ls
access.yaml  new-clusters.YAML     # the second is not read
```

### Remedy
Rename the file, as the finding says; JSON is YAML, and can be read under a name that ends in `.yaml`. A
template is to be filled in first. A file that is not meant to be read is named in `exclude`, in
`keyplan.yaml`, or lies in a folder whose name begins with a dot.
",
};

/// A file of declarations, by its path below the workspace, under a name that is not read.
#[must_use]
pub fn finding(at: Location, path: &Utf8Path) -> Finding {
    let name = path.file_name().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let end = [".yaml", ".yml", ".json"].into_iter().filter_map(|end| lower.find(end)).min();
    let stem = name.get(..end.unwrap_or(name.len())).unwrap_or(name);
    let better = visible(&format!("{stem}.yaml"));
    let is_template = name.get(stem.len() + 1..).unwrap_or_default().contains('.');
    let how = if is_template { "fill it in and save it as" } else { "rename it to" };
    RULE.finding(format!("{} looks like declarations, and is not read", quoted(path.as_str())))
        .label(at, "only names that end in `.yaml` or `.yml` are read")
        .help(format!("{how} `{better}`, or name it in `exclude` of `keyplan.yaml`"))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::finding;
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn says_under_which_name_it_would_be_read() {
        for (path, expected) in [
            ("a/x.YAML", "rename it to `x.yaml`"),
            ("x.Yml", "rename it to `x.yaml`"),
            ("x.json", "rename it to `x.yaml`"),
            ("x.yaml.tpl", "fill it in and save it as `x.yaml`"),
        ] {
            let help = finding(Location::File(FileId(0)), Utf8Path::new(path)).help.unwrap();
            assert!(help.starts_with(expected), "{path}: {help}");
        }
    }
}
