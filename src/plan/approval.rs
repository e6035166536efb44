//! Who must approve a change before it is merged, by what is in force before it: nobody can give themselves the right
//! to approve, and what takes access away needs nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::renames::old_project_names;
use super::{Action, Change, Guard, GuardRule, Resource, access_gains};
use crate::access::{AccessChange, KeyHolders, ProjectRoles};
use crate::model::{Address, Desired, Name, Project, Recorded, Role, Subject, Team, UserName};

/// What is known of the review of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub author: UserName,
    pub approved_by: BTreeSet<UserName>,
    /// Who answers for the whole workspace, before the change.
    pub owners: Vec<Subject>,
    /// What else the change touches that the owners answer for, as in "KEYPLAN.YAML".
    pub also: Vec<&'static str>,
}

/// Whose approval something needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Approver {
    /// An owner of the workspace.
    Owner,
    /// A Project Admin of the project, by its name before.
    ProjectAdmin(Name),
    /// A Project Admin or a Cluster Admin.
    ClusterAdmin(Name),
}

/// What needs an approval, and why, as in "PROJECT/PAYMENTS".
type Needs = BTreeMap<Approver, BTreeSet<String>>;

/// The guard where a change lacks an approval: it names who could give it.
#[must_use]
pub fn needs_approval(
    review: &Review,
    (before, after): (&Recorded, &Desired),
    changes: &[Change],
    access: &[AccessChange],
) -> Option<Guard> {
    let needs = Needed::new(before, changes).all(review, access);
    let gainers = gainers(access, after);
    let mut lacking = Vec::new();
    let mut addresses = BTreeSet::new();
    for (approver, reasons) in needs {
        let mut could = approver.people(review, before);
        could.retain(|user| *user != review.author && !gainers.contains(user));
        if could.is_disjoint(&review.approved_by) {
            lacking.push(sentence(&approver, &reasons, &could, !review.owners.is_empty()));
            addresses.extend(reasons.iter().filter_map(|reason| Address::parse(reason)));
        }
    }
    let more = lacking.len().saturating_sub(MOST);
    lacking.truncate(MOST);
    if more > 0 {
        lacking.push(format!("and {more} more"));
    }
    (!lacking.is_empty()).then(|| Guard {
        rule: GuardRule::NeedsApproval,
        summary: lacking.join("; "),
        help: "have it approved by one of them, and name who has in `--approved-by`".into(),
        addresses: addresses.into_iter().collect(),
    })
}

/// How many things, reasons and people are told one by one.
const MOST: usize = 5;

fn sentence(
    approver: &Approver,
    reasons: &BTreeSet<String>,
    could: &BTreeSet<UserName>,
    has_owners: bool,
) -> String {
    let what = listed(reasons.iter().map(String::as_str));
    let verb = if reasons.len() == 1 { "needs" } else { "need" };
    let whom = match approver {
        Approver::Owner => "an owner of the workspace".into(),
        Approver::ProjectAdmin(project) => format!("a Project Admin of project/{project}"),
        Approver::ClusterAdmin(project) => format!("a Project Admin or Cluster Admin of project/{project}"),
    };
    let who = match could.len() {
        0 if *approver == Approver::Owner && !has_owners => "the base names no owners in keyplan.yaml".into(),
        0 => "there is none who is not the author and gains nothing by it".into(),
        _ => listed(could.iter().map(UserName::as_str)),
    };
    format!("{what} {verb} the approval of {whom}: {who}")
}

fn listed<'a>(items: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = items.len().saturating_sub(MOST);
    let shown: Vec<_> = items.take(MOST).collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

impl Approver {
    /// The people who are one, before the change.
    fn people(&self, review: &Review, before: &Recorded) -> BTreeSet<UserName> {
        let with = |project: &Name, may_approve: fn(Role) -> bool| {
            let project = before.projects.get(project);
            let held = project.map(|home| ProjectRoles::of(before, &home.project)).unwrap_or_default();
            held.iter().filter(|holder| may_approve(holder.role)).map(|holder| holder.user).collect()
        };
        match self {
            Self::Owner => {
                let users = review.owners.iter().map(|owner| KeyHolders::of(before, Some(owner)));
                users.flat_map(|users| users.users().cloned().collect::<Vec<_>>()).collect()
            }
            Self::ProjectAdmin(project) => with(project, |role| role == Role::ProjectAdmin),
            Self::ClusterAdmin(project) => with(project, Role::may_change_keys),
        }
    }
}

/// What a change needs.
struct Needed<'a> {
    before: &'a Recorded,
    changes: &'a [Change],
    /// Names of projects before, by those after.
    old_names: BTreeMap<Name, Name>,
    needs: Needs,
}

impl<'a> Needed<'a> {
    fn new(before: &'a Recorded, changes: &'a [Change]) -> Self {
        Self { before, changes, old_names: old_project_names(changes), needs: Needs::new() }
    }

    fn all(mut self, review: &Review, access: &[AccessChange]) -> Needs {
        for what in &review.also {
            self.add(Approver::Owner, (*what).to_owned());
        }
        for change in self.changes {
            self.change(change);
        }
        for address in gained_at(access) {
            self.gain(&address);
        }
        self.needs
    }

    fn add(&mut self, approver: Approver, what: String) {
        self.needs.entry(approver).or_default().insert(what);
    }

    /// One who answers for a project; an owner where it is new.
    fn of_project(&self, project: &Name, approver: fn(Name) -> Approver) -> Approver {
        let old = self.old_names.get(project).unwrap_or(project);
        if self.before.projects.contains_key(old) { approver(old.clone()) } else { Approver::Owner }
    }

    /// Members that come in, projects that are new, and protection that is taken away.
    fn change(&mut self, change: &Change) {
        let address = change.address().to_string();
        let is_unprotected = change.action() == Action::Update
            && change.before().is_some_and(Resource::is_protected)
            && !change.after().is_some_and(Resource::is_protected);
        match (change.before(), change.after()) {
            (before, Some(Resource::Team(after))) => {
                let before = before.and_then(|before| match before {
                    Resource::Team(team) => Some(&**team),
                    Resource::Project(_) | Resource::Key(_) | Resource::Cluster(_) => None,
                });
                if is_unprotected || has_new_people(before, after) {
                    self.add(Approver::Owner, address);
                }
            }
            (None, Some(Resource::Project(_))) => self.add(Approver::Owner, address),
            (Some(Resource::Project(before)), Some(Resource::Project(after)))
                if is_unprotected || has_new_members(before, after) =>
            {
                self.add(Approver::ProjectAdmin(before.name.clone()), address);
            }
            (_, Some(Resource::Key(_) | Resource::Cluster(_))) if is_unprotected => {
                self.gain(&change.address());
            }
            (_, Some(Resource::Project(_) | Resource::Key(_) | Resource::Cluster(_)) | None) => {}
        }
    }

    /// Something of a project's clusters and keys.
    fn gain(&mut self, address: &Address) {
        if let Address::Cluster(project, _) | Address::Key(project, _) = address
            && !self.comes_from_team(address)
        {
            self.add(self.of_project(project, Approver::ClusterAdmin), address.to_string());
        }
    }

    /// Whether people hold a key by a change of its team alone, for which the owners answer.
    fn comes_from_team(&self, address: &Address) -> bool {
        let Address::Key(..) = address else { return false };
        self.changes.iter().all(|change| match (change.before(), change.after()) {
            (before, Some(Resource::Key(after))) if change.address() == *address => {
                matches!(before, Some(Resource::Key(before)) if before.owner == after.owner
                    && before.metadata.protected == after.metadata.protected)
            }
            _ => true,
        })
    }
}

fn has_new_people(before: Option<&Team>, after: &Team) -> bool {
    let before = before.map(|team| team.members.as_slice()).unwrap_or_default();
    after.members.iter().any(|user| !before.contains(user))
}

fn has_new_members(before: &Project, after: &Project) -> bool {
    after.members.iter().any(|member| !before.members.contains(member))
}

/// The clusters and keys at which access is gained, and clusters that are moved to another place.
fn gained_at(access: &[AccessChange]) -> BTreeSet<Address> {
    let gained = access_gains(access).into_iter().map(|gain| gain.address);
    let moved = access.iter().filter_map(|change| match change {
        AccessChange::Moved { to, .. } => Some(to.clone()),
        AccessChange::Cluster { .. }
        | AccessChange::Forgotten { .. }
        | AccessChange::Holders { .. }
        | AccessChange::Role { .. } => None,
    });
    gained.chain(moved).collect()
}

/// The people who gain anything.
fn gainers(access: &[AccessChange], after: &Desired) -> BTreeSet<UserName> {
    let mut gainers = BTreeSet::new();
    for change in access {
        match change {
            AccessChange::Cluster { after: Some(grant), .. }
                if !access_gains(std::slice::from_ref(change)).is_empty() =>
            {
                gainers.extend(KeyHolders::of(after, grant.owner.as_ref()).users().cloned());
            }
            AccessChange::Holders { gained, .. } => {
                gainers.extend(gained.iter().filter_map(|holder| holder.user.clone()));
            }
            AccessChange::Role { user, gained: true, .. } => {
                gainers.insert(user.clone());
            }
            AccessChange::Cluster { .. }
            | AccessChange::Moved { .. }
            | AccessChange::Forgotten { .. }
            | AccessChange::Role { .. } => {}
        }
    }
    gainers
}
