//! Which recorded resource a declaration goes on with, by its own name or by `metadata.previousName`.
//!
//! A `previousName` counts where the new name is free in the state: not recorded, or recorded and itself gone on
//! with under another name. So a name can be used again in the change that renames it, and renames can form a
//! chain. Names that are recorded and claim each other in a circle are compared each with its own record: what is
//! declared under each name decides what it becomes, and the same declarations then change nothing more.

use std::collections::{BTreeMap, BTreeSet};

use super::GuardRule;
use crate::model::{Address, Declared, Desired, Name, Recorded, nearest};

/// What the previous names of a side that is compared are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PreviousNames {
    /// Declarations say them, perhaps since long ago.
    Claimed,
    /// They are what history tells, so that circles are followed too.
    Known,
}

/// The recorded names of what is declared under another name.
#[derive(Debug, Default)]
pub(super) struct Renames<'a> {
    recorded: BTreeMap<&'a Name, &'a Name>,
    taken: BTreeSet<&'a Name>,
}

impl<'a> Renames<'a> {
    /// Follows each claim of a new name on a recorded one. Of several claims on one name the first counts, in the
    /// order of the new names.
    pub(super) fn of<T: 'a>(
        declared: impl Iterator<Item = (&'a Name, &'a Declared<T>)>,
        is_recorded: impl Fn(&Name) -> bool,
        previous_names: PreviousNames,
    ) -> Self {
        let claim = |(name, declared): (&'a Name, &'a Declared<T>)| {
            let previous = declared.previous_name.as_ref()?;
            (previous != name && is_recorded(previous)).then_some((name, previous))
        };
        let claims: BTreeMap<_, _> = declared.filter_map(claim).collect();
        let mut renames = Self::default();
        if previous_names == PreviousNames::Known {
            let taken = claims.values().copied().collect();
            return Self { recorded: claims, taken };
        }
        for &new in claims.keys().filter(|name| !is_recorded(name)) {
            let mut name = new;
            // A record that is taken sets free the name that it had.
            while let Some(&previous) = claims.get(name).filter(|previous| !renames.taken.contains(*previous))
            {
                renames.recorded.insert(name, previous);
                renames.taken.insert(previous);
                name = previous;
            }
        }
        renames
    }

    /// The name under which the resource of this name is recorded, if it is.
    pub(super) fn recorded_name(&self, name: &'a Name) -> Option<&'a Name> {
        let renamed = self.recorded.get(name).copied();
        renamed.or_else(|| (!self.taken.contains(name)).then_some(name))
    }

    /// Takes in that what is recorded under an old name goes on under a new one.
    pub(super) fn add(&mut self, new: &'a Name, old: &'a Name) {
        self.recorded.insert(new, old);
        self.taken.insert(old);
    }

    /// New names with the recorded ones.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a Name, &'a Name)> {
        self.recorded.iter().map(|(new, old)| (*new, *old))
    }

    /// The recorded names that go on under another one.
    pub(super) const fn taken(&self) -> &BTreeSet<&'a Name> {
        &self.taken
    }

    /// Whether what is recorded under a name goes on, where that name is declared or not. Another one may have taken
    /// the name.
    pub(super) fn goes_on(&self, name: &Name, is_declared: bool) -> bool {
        self.taken.contains(name) || (is_declared && !self.recorded.contains_key(name))
    }
}

/// What a plan compares with, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparedWith {
    State,
    /// The declarations at a git revision.
    Git,
}

impl ComparedWith {
    /// What is said of a name that is there.
    const fn there(self) -> &'static str {
        match self {
            Self::State => "recorded",
            Self::Git => "declared at the base",
        }
    }
}

/// Something that a plan tells beside its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The resource that it is about.
    pub address: Address,
    pub summary: String,
    pub help: String,
    /// The rule by which it is told, where there is one.
    pub rule: Option<GuardRule>,
}

/// What is to be told of each `previousName` that renames nothing although something is created or deleted that it
/// may have meant.
#[must_use]
pub fn previous_name_notes(recorded: &Recorded, desired: &Desired, compared_with: ComparedWith) -> Vec<Note> {
    let mut notes = Vec::new();
    let projects: BTreeMap<_, _> =
        desired.projects.iter().map(|(name, wanted)| (name, &wanted.project)).collect();
    let scope = Scope::new(&projects, &recorded.projects);
    scope.tell(compared_with, |name| Address::Project(name.clone()), &mut notes);
    for (project, wanted) in &desired.projects {
        let before = scope.renames.recorded_name(project).and_then(|name| recorded.projects.get(name));
        // In a project that is new, no cluster goes on.
        let Some(before) = before else { continue };
        if wanted.clusters.values().all(|cluster| cluster.previous_name.is_none()) {
            continue;
        }
        let clusters = wanted.clusters.iter().collect();
        let address = |name: &Name| Address::Cluster(project.clone(), name.clone());
        Scope::new(&clusters, &before.clusters).tell(compared_with, address, &mut notes);
    }
    notes
}

/// Names among which a `previousName` means one: those that are declared, and those that are recorded.
struct Scope<'a, T, R> {
    declared: &'a BTreeMap<&'a Name, &'a Declared<T>>,
    recorded: &'a BTreeMap<Name, R>,
    renames: Renames<'a>,
}

impl<'a, T, R> Scope<'a, T, R> {
    fn new(declared: &'a BTreeMap<&'a Name, &'a Declared<T>>, recorded: &'a BTreeMap<Name, R>) -> Self {
        let claims = declared.iter().map(|(name, one)| (*name, *one));
        Self {
            declared,
            recorded,
            renames: Renames::of(claims, |name| recorded.contains_key(name), PreviousNames::Claimed),
        }
    }

    fn tell(&self, compared_with: ComparedWith, address: impl Fn(&Name) -> Address, notes: &mut Vec<Note>) {
        let there = compared_with.there();
        for (name, Declared { previous_name, .. }) in self.declared {
            let Some(previous) = previous_name else { continue };
            let address = address(name);
            let is_deleted =
                !self.declared.contains_key(previous) && !self.renames.taken().contains(previous);
            let told = match (self.recorded.contains_key(*name), self.recorded.contains_key(previous)) {
                (false, false) => Some(self.not_there(&address, previous, compared_with)),
                (true, true) if is_deleted => Some((
                    format!(
                        "{address} is not renamed from `{previous}`, because {address} is {there} itself"
                    ),
                    match compared_with {
                        ComparedWith::State => format!(
                            "if it is to go on with `{previous}`, apply the deletion of {address} first"
                        ),
                        ComparedWith::Git => format!(
                            "if it is to go on with `{previous}`, delete {address} in a change before this one"
                        ),
                    },
                )),
                // It was renamed, or follows now, or speaks of a name that is used for something else by now.
                _ => None,
            };
            notes.extend(told.map(|(summary, help)| Note { address, summary, help, rule: None }));
        }
    }

    fn not_there(&self, address: &Address, previous: &Name, compared_with: ComparedWith) -> (String, String) {
        let gone = self.recorded.keys().filter(|name| !self.declared.contains_key(name));
        let help = match nearest(previous.as_str(), gone.map(Name::as_str)) {
            Some(near) => format!("did you mean `previousName: {near}`?"),
            None => match compared_with {
                ComparedWith::State => {
                    "if it is new, delete `previousName`; `keyplan state list` prints what is recorded".into()
                }
                ComparedWith::Git => {
                    "if it is new, delete `previousName`; else write the name that it has at the base".into()
                }
            },
        };
        let there = compared_with.there();
        (format!("{address} is created and not renamed, because `{previous}` is not {there}"), help)
    }
}
