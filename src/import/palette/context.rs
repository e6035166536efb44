//! What an import knows, and what it has found so far.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::visible;
use crate::import::declarations::{Declarations, Noted};
use crate::import::found::LeftOut;
use crate::import::judge::Refusal;
use crate::model::{Address, Desired, Name, Team, TeamMembers};
use crate::targets::palette::observed::Tenant;

/// What is known before Palette is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What is declared already. It keeps its names, and whatever Palette has no place for.
    pub desired: &'a Desired,
    /// What is recorded already and not imported again: projects and teams.
    pub recorded: &'a BTreeSet<Address>,
    /// Whose the members of teams are.
    pub teams: TeamMembers,
    /// Whether teams without a role in the projects are imported as well.
    pub all_teams: bool,
}

/// What is found in Palette and can be declared.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// All of it, whether it is declared already or not.
    pub declarations: Declarations,
    /// Keys that clusters have and Palette keeps under no name: an apply has to make them.
    pub unfinished: BTreeSet<Address>,
    pub left_out: Vec<LeftOut>,
    /// What could not be read.
    pub unread: Vec<LeftOut>,
}

impl Found {
    /// What of it is not declared yet.
    #[must_use]
    pub fn undeclared(&self, desired: &Desired) -> Declarations {
        let mut new = self.declarations.clone();
        let Declarations { teams, projects, keys, clusters } = &mut new;
        teams.retain(|noted| !desired.declares(&noted.resource.address()));
        projects.retain(|noted| !desired.declares(&noted.resource.address()));
        keys.retain(|noted| !desired.declares(&noted.resource.address()));
        clusters.retain(|noted| !desired.declares(&noted.resource.address()));
        new
    }
}

/// Teams that may be named, and what of them is to be declared: nothing where they are recorded or declared besides.
pub(super) type Teams = BTreeMap<Name, Option<Noted<Team>>>;

pub(super) struct Import<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) known: Known<'a>,
    pub(super) refused: &'a BTreeMap<Address, Refusal>,
    pub(super) found: Found,
}

impl Import<'_> {
    pub(super) fn leave_out(&mut self, at: &str, why: impl Into<String>) {
        self.found.left_out.push(LeftOut { at: visible(at), why: why.into(), rule: None });
    }

    /// Whether the rules refuse something, which is then told.
    pub(super) fn is_refused(&mut self, address: &Address) -> bool {
        let Some(Refusal { why, rule }) = self.refused.get(address) else { return false };
        self.found.left_out.push(LeftOut { at: address.to_string(), why: why.clone(), rule: Some(rule) });
        true
    }

    /// Those of a list that have names of their own which can be declared, by these names.
    pub(super) fn fit<'t, T>(
        &mut self,
        all: &'t [T],
        name_of: impl Fn(&T) -> &str,
        called: &dyn Fn(&str) -> String,
    ) -> Vec<(Name, &'t T)> {
        let mut by_name = BTreeMap::<&str, Vec<&T>>::new();
        for one in all {
            by_name.entry(name_of(one)).or_default().push(one);
        }
        let mut fit = Vec::new();
        for (text, found) in by_name {
            match (Name::parse(text), &found[..]) {
                (Ok(name), [found]) => fit.push((name, *found)),
                (Ok(_), several) => {
                    let count = several.len();
                    self.leave_out(
                        &called(text),
                        format!("Palette has {count} of this name: rename all but one there"),
                    );
                }
                (Err(error), _) => {
                    self.leave_out(&called(text), format!("its name cannot be declared: {error}"));
                }
            }
        }
        fit
    }
}
