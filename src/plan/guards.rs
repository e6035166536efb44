//! Guards: what a plan may not do without being told so. They are checked when the plan is made, shown
//! with it, and enforced when it is applied; a guard never hides a plan.

use std::collections::BTreeMap;

use super::{AccessLoss, Action, Change, LostShare, Resource};
use crate::model::{Address, ResourceKind, Settings};

/// Of fewer recorded resources of a kind, the share that is deleted means little.
const FEW: usize = 4;

/// A kind of guard. Its name never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuardRule {
    /// A resource that is recorded as protected would be deleted.
    ProtectedResource,
    /// More would be deleted than the budgets allow.
    TooManyDeletes,
    /// Nothing is declared, and something is recorded.
    EmptyWorkspace,
    /// More clusters and people that stay would lose access than the budgets allow.
    TooMuchAccessLost,
}

impl GuardRule {
    /// All guards.
    pub const ALL: [Self; 4] =
        [Self::EmptyWorkspace, Self::ProtectedResource, Self::TooManyDeletes, Self::TooMuchAccessLost];

    /// Kebab-case, as rules are named.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProtectedResource => "protected-resource",
            Self::TooManyDeletes => "too-many-deletes",
            Self::EmptyWorkspace => "empty-workspace",
            Self::TooMuchAccessLost => "too-much-access-lost",
        }
    }

    /// The guard with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.name() == name)
    }

    /// What it stops, in one line of the rule table.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::ProtectedResource => "a plan that deletes a protected resource",
            Self::TooManyDeletes => "a plan that deletes more than the budgets allow",
            Self::EmptyWorkspace => "a plan of an empty workspace while something is recorded",
            Self::TooMuchAccessLost => {
                "a plan that takes more access away, without a deletion, than the budgets allow"
            }
        }
    }

    /// What `keyplan explain` prints.
    #[must_use]
    pub const fn docs(self) -> &'static str {
        match self {
            Self::ProtectedResource => {
                "\
### What it does
Refuses to apply a plan that deletes a resource whose recorded `metadata.protected` is true.

### Why
Protection is kept in the state. Deleting the declaration deletes the line that protects it too, so the
declaration alone cannot be what lifts the guard.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments, protected: true}   # applied once; deleting this document is refused
```

### Remedy
If it is really to go, set `protected: false` and apply that; then delete the declaration and apply again.
"
            }
            Self::TooManyDeletes => {
                "\
### What it does
Refuses to apply a plan that deletes more than 10 resources, or more than 30 % of the recorded resources of a
kind of which at least 4 are recorded. `budgets` in `keyplan.yaml` moves both limits.

### Why
A plan that deletes much is more often a mistake than a wish: a folder that was moved, a wrong directory, a
merge that lost a file.

### Example
```yaml
apiVersion: keyplan/v1
kind: Workspace
metadata: {name: acme}
spec:
  budgets: {deletes: 10, deletesPercent: 30}
```

### Remedy
Read the deletions. If all of them are meant, say their exact number: `--allow-deletes N`.
"
            }
            Self::EmptyWorkspace => {
                "\
### What it does
Refuses to apply a plan when no team and no project is declared, and something is recorded.

### Why
An empty directory is most often the wrong directory, or a checkout that failed.

### Example
```sh
keyplan apply examples/nothing-here
```

### Remedy
Name the right directory. If all access is really to go, say the exact number of deletions:
`--allow-deletes N`.
"
            }
            Self::TooMuchAccessLost => {
                "\
### What it does
Counts what loses access and is not deleted: clusters that are left without a key, and people who lose a role in a
project, also through a team. Refuses to apply a plan in which these are more than 10, or more than 30 % of those
recorded in a project of which at least 4 are recorded: its clusters with a key, or the people with a role in it.
`budgets` in `keyplan.yaml` moves both limits.

### Why
A merge that empties the list of a team, or a template that drops `sshKey`, deletes nothing, and shuts out
everybody all the same.

### Example
```yaml
apiVersion: keyplan/v1
kind: Team
metadata: {name: sre}
spec: {members: [ana@example.com]}   # there were 40
```

### Remedy
Read the block `Access` of the plan. If all of it is meant, say the exact number, which the refusal prints:
`--allow-access-loss N`.
"
            }
        }
    }
}

/// A guard that stands in the way of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Which.
    pub rule: GuardRule,
    /// What it stops.
    pub summary: String,
    /// The next keystroke.
    pub help: String,
    /// The resources that it is about.
    pub addresses: Vec<Address>,
}

/// What was allowed by its exact number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Deletions.
    pub deletes: Option<usize>,
    /// Clusters and people that lose access and are not deleted.
    pub access_loss: Option<usize>,
}

/// What guards need to know beside the changes.
#[derive(Clone, Debug, Default)]
pub struct GuardInput {
    /// How many resources of each kind are recorded.
    pub recorded: BTreeMap<ResourceKind, usize>,
    /// Whether no team and no project is declared.
    pub nothing_declared: bool,
    /// What loses access.
    pub access_loss: AccessLoss,
    /// The same beside what is recorded.
    pub lost_shares: Vec<LostShare>,
    /// What was allowed.
    pub allowed: Allowed,
}

/// The guards that stand in the way of these changes.
#[must_use]
pub fn guards(changes: &[Change], settings: &Settings, input: &GuardInput) -> Vec<Guard> {
    let deletes: Vec<_> = changes.iter().filter(|change| change.action() == Action::Delete).collect();
    let is_allowed = input.allowed.deletes == Some(deletes.len());
    let mut guards = Vec::new();
    guards.extend((!is_allowed).then(|| empty_workspace(&deletes, input)).flatten());
    guards.extend(protected(&deletes));
    guards.extend((!is_allowed).then(|| too_many(&deletes, settings, input)).flatten());
    guards.extend(too_much_lost(settings, input));
    guards
}

fn empty_workspace(deletes: &[&Change], input: &GuardInput) -> Option<Guard> {
    (input.nothing_declared && !deletes.is_empty()).then(|| Guard {
        rule: GuardRule::EmptyWorkspace,
        summary: "nothing is declared here, and everything that is recorded would go".into(),
        help: format!("name the right directory, or pass `--allow-deletes {}`", deletes.len()),
        addresses: Vec::new(),
    })
}

fn protected(deletes: &[&Change]) -> Option<Guard> {
    let protected = deletes.iter().filter(|change| change.before().is_some_and(Resource::is_protected));
    let addresses: Vec<_> = protected.map(|change| change.address()).collect();
    let first = addresses.first()?;
    let summary = match addresses.len() {
        1 => format!("{first} is protected and would be deleted"),
        number => format!("{first} and {} more are protected and would be deleted", number - 1),
    };
    Some(Guard {
        rule: GuardRule::ProtectedResource,
        summary,
        help: "declare it again with `protected: false`, apply that, and then delete the declaration".into(),
        addresses,
    })
}

fn too_many(deletes: &[&Change], settings: &Settings, input: &GuardInput) -> Option<Guard> {
    let mut reasons = Vec::new();
    if deletes.len() > settings.deletes as usize {
        reasons.push(format!("{} deletions, and {} are the most", deletes.len(), settings.deletes));
    }
    for (kind, &recorded) in &input.recorded {
        let number = deletes.iter().filter(|change| change.address().kind() == *kind).count();
        if recorded >= FEW && number * 100 > recorded * settings.deletes_percent as usize {
            let kind = kind.word();
            let most = settings.deletes_percent;
            reasons.push(format!("{number} of {recorded} {kind}s would go, and {most} % are the most"));
        }
    }
    (!reasons.is_empty()).then(|| Guard {
        rule: GuardRule::TooManyDeletes,
        summary: reasons.join("; "),
        help: format!("if every deletion is meant, pass `--allow-deletes {}`", deletes.len()),
        addresses: deletes.iter().map(|change| change.address()).collect(),
    })
}

fn too_much_lost(settings: &Settings, input: &GuardInput) -> Option<Guard> {
    let loss = &input.access_loss;
    let number = loss.number();
    if input.allowed.access_loss == Some(number) {
        return None;
    }
    let mut reasons = Vec::new();
    if number > settings.access_loss as usize {
        let most = settings.access_loss;
        reasons.push(format!(
            "{number} clusters and people that stay would lose access, and {most} are the most"
        ));
    }
    let most = settings.access_loss_percent;
    for LostShare { project, what, lost, recorded } in &input.lost_shares {
        if *recorded >= FEW && lost * 100 > recorded * most as usize {
            reasons
                .push(format!("in project/{project} {lost} of {recorded} {what}, and {most} % are the most"));
        }
    }
    (!reasons.is_empty()).then(|| Guard {
        rule: GuardRule::TooMuchAccessLost,
        summary: reasons.join("; "),
        help: format!("if all of it is meant, pass `--allow-access-loss {number}`"),
        addresses: loss.clusters().cloned().chain(loss.projects()).collect(),
    })
}
