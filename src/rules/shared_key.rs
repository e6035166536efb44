//! The same key material under two names.

use std::collections::BTreeMap;

use super::repeats::name_of;
use crate::diagnostics::{Check, Finding, Rule, Severity};
use crate::model::{DeclaredKey, Resources};

/// The same key material under two names.
pub static RULE: Rule = Rule {
    name: "shared-key",
    severity: Severity::Error,
    fixed: false,
    summary: "the same key material under two names",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds two keys with the same public key. Comments do not count: keys are the same when their SHA256
fingerprints are. Within one project this is an error, across projects a warning. Both places are shown.

### Why
Two names look like two keys. Who deletes `backup` believes that its holder is locked out, but the same
private key still opens every cluster that has `ops`. Across projects it can be meant, for one team that
serves both; still, one stolen private key then opens both.

### Example
```yaml
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ops@payments}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: backup, project: payments}
spec: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... backup@payments}  # only the comment differs
```

### Remedy
If one key was pasted by mistake, get the right one: `fingerprint` guards against this. If both are meant,
keep one name and let the clusters of the other use it. A key in two projects is best replaced by one key for
each. If it is to stay, set `rules: {shared-key: warning}` or `off` in `keyplan.yaml`; it holds for the
workspace.
",
};

/// Finds the same public key under two names: an error within a project, a warning across projects.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let keys =
        resources.keys.iter().filter_map(|key| Some((*key.value.public_key.as_ref()?.fingerprint(), key)));
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable_by(|(one, key), (other, other_key)| {
        one.cmp(other).then_with(|| key.origin.cmp(&other_key.origin))
    });
    let groups = keys.chunk_by(|one, other| one.0 == other.0);
    for group in groups.filter(|group| group.len() > 1) {
        let mut anywhere = Earlier::default();
        let mut in_projects: BTreeMap<_, Earlier<'_>> = BTreeMap::new();
        for (_, key) in group {
            let in_project = in_projects.entry(&key.value.project).or_default();
            match (in_project.beside(key), anywhere.beside(key)) {
                (Some(first), _) => findings.push(finding(first, key)),
                (None, Some(first)) => findings.push(finding(first, key).as_warning()),
                (None, None) => {}
            }
            in_project.add(key);
            anywhere.add(key);
        }
    }
}

/// What is remembered of the keys that came before: of any key, the first that has another name is among these.
#[derive(Default)]
struct Earlier<'a> {
    first: Option<&'a DeclaredKey>,
    /// The first one with another name than that.
    other: Option<&'a DeclaredKey>,
}

impl<'a> Earlier<'a> {
    /// The first key with another name than this one.
    fn beside(&self, key: &DeclaredKey) -> Option<&'a DeclaredKey> {
        [self.first, self.other].into_iter().flatten().find(|earlier| !same_name(earlier, key))
    }

    fn add(&mut self, key: &'a DeclaredKey) {
        match (self.first, self.other) {
            (None, _) => self.first = Some(key),
            (Some(first), None) if !same_name(first, key) => self.other = Some(key),
            (Some(_), _) => {}
        }
    }
}

fn same_name(one: &DeclaredKey, other: &DeclaredKey) -> bool {
    one.value.project == other.value.project && one.value.name == other.value.name
}

fn finding(first: &DeclaredKey, second: &DeclaredKey) -> Finding {
    let names = [first, second].map(|key| format!("`{}/{}`", key.value.project, key.value.name));
    RULE.finding(format!("{} and {} are the same key", names[0], names[1]))
        .label(name_of(second.origin), "the same key again, under this name")
        .label(name_of(first.origin), "first declared here")
        .help("keep one name for it, or make a second key: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::{check, finding, same_name};
    use crate::diagnostics::Finding;
    use crate::model::{Declared, DeclaredKey, Metadata, Name, DocumentId, Resources, SshKey};
    use crate::openssh::{PublicKey, SharedOptions};

    fn key(document: u32, project: &str, name: &str) -> DeclaredKey {
        let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &[7; 32]].concat();
        let value = SshKey {
            project: Name::parse(project).unwrap(),
            name: Name::parse(name).unwrap(),
            metadata: Metadata::default(),
            public_key: Some(PublicKey::new(blob, "").unwrap()),
            owner: None,
            expires: None,
            options: SharedOptions::default(),
        };
        Declared { origin: DocumentId { file: 0, document }, previous_name: None, value: value.into() }
    }

    /// Each key beside the first one before it that has another name, in its project if there is one.
    fn told_slowly(keys: &[DeclaredKey]) -> Vec<Finding> {
        let first = |number: usize| {
            let others = || keys[..number].iter().filter(|earlier| !same_name(earlier, &keys[number]));
            let in_project = others().find(|earlier| earlier.value.project == keys[number].value.project);
            let near = in_project.map(|first| finding(first, &keys[number]));
            near.or_else(|| Some(finding(others().next()?, &keys[number]).as_warning()))
        };
        (0..keys.len()).filter_map(first).collect()
    }

    #[test]
    fn tells_of_the_first_one_with_another_name() {
        const NAMES: [(&str, &str); 4] = [("p", "a"), ("p", "b"), ("q", "a"), ("q", "b")];
        for world in 0..4_usize.pow(5) {
            let name = |at: u32| NAMES[world / 4_usize.pow(at) % 4];
            let keys: Vec<_> = (0..5).map(|at| key(at, name(at).0, name(at).1)).collect();
            let told = told_slowly(&keys);
            let mut findings = Vec::new();
            check(&Resources { keys, ..Resources::default() }, &mut findings);
            assert_eq!(format!("{findings:?}"), format!("{told:?}"), "{world}");
        }
    }
}
