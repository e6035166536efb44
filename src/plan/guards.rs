//! Guards: what a plan may not do without being told so. They are checked when the plan is made, shown
//! with it, and enforced when it is applied; a guard never hides a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::{Guard, GuardRule};
use super::palette::{fixed_key, repaves_clusters};
use super::protected::protected;
use super::{AccessGain, AccessLoss, Action, Change, LeftWithout, LostShare};
use crate::model::{Address, ResourceKind, Settings};

/// Of fewer recorded resources of a kind, the share that is deleted means little.
const FEW: usize = 4;

/// What was allowed by its exact number, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    pub deletes: Option<usize>,
    /// Clusters and people that lose access and are not deleted.
    pub access_loss: Option<usize>,
    /// Clusters whose nodes are replaced.
    pub repaves: Option<usize>,
    /// Whether access may not be gained at all.
    pub no_new_access: bool,
}

/// What guards need to know beside the changes.
#[derive(Clone, Debug, Default)]
pub struct GuardInput {
    /// How many resources of each kind are recorded.
    pub recorded: BTreeMap<ResourceKind, usize>,
    /// Whether no team and no project is declared.
    pub nothing_declared: bool,
    pub access_loss: AccessLoss,
    /// The same beside what is recorded.
    pub lost_shares: Vec<LostShare>,
    /// The protected projects that are left without members or a Project Admin.
    pub projects_left_without: Vec<LeftWithout>,
    /// What is gained where nothing may be.
    pub gains: Vec<AccessGain>,
    /// What lacks an approval.
    pub needs_approval: Option<Guard>,
    /// The clusters whose nodes are replaced.
    pub repaved: BTreeSet<Address>,
    /// Those among them whose cloud does not let their key be changed.
    pub fixed_keys: Vec<Address>,
    pub allowed: Allowed,
}

/// The guards that refuse these changes.
#[must_use]
pub fn guards(changes: &[Change], settings: &Settings, input: &GuardInput) -> Vec<Guard> {
    let deletes: Vec<_> = changes.iter().filter(|change| change.action() == Action::Delete).collect();
    let is_allowed = input.allowed.deletes == Some(deletes.len());
    let mut guards = Vec::new();
    guards.extend((!is_allowed).then(|| empty_workspace(&deletes, input)).flatten());
    guards.extend(protected(changes, &input.projects_left_without));
    guards.extend((!is_allowed).then(|| too_many(&deletes, settings, input)).flatten());
    guards.extend(too_much_lost(settings, input));
    guards.extend(new_access(&input.gains));
    guards.extend(input.needs_approval.clone());
    guards.extend(fixed_key(&input.fixed_keys));
    guards.extend(repaves_clusters(&input.repaved, input.allowed.repaves));
    guards
}

/// How many gains are told one by one.
const MOST_GAINS: usize = 3;

fn new_access(gains: &[AccessGain]) -> Option<Guard> {
    let told: Vec<_> = gains
        .iter()
        .take(MOST_GAINS)
        .map(|AccessGain { address, what }| format!("{address} gains {what}"))
        .collect();
    let more = gains.len() - told.len();
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    (!gains.is_empty()).then(|| Guard {
        rule: GuardRule::NewAccess,
        summary: told.join("; ") + &more,
        help: "if it is meant, have it approved, and leave `--no-new-access` out".into(),
        addresses: gains
            .iter()
            .map(|gain| gain.address.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
    })
}

fn empty_workspace(deletes: &[&Change], input: &GuardInput) -> Option<Guard> {
    (input.nothing_declared && !deletes.is_empty()).then(|| Guard {
        rule: GuardRule::EmptyWorkspace,
        summary: "nothing is declared here, and everything that is recorded would go".into(),
        help: format!("name the right directory, or pass `--allow-deletes {}`", deletes.len()),
        addresses: Vec::new(),
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
            "{number} clusters and people that stay would lose access or change their key, and {most} are the most"
        ));
    }
    let most = settings.access_loss_percent;
    for LostShare { place, what, lost, recorded } in &input.lost_shares {
        if *recorded >= FEW && lost * 100 > recorded * most as usize {
            reasons.push(format!("in {place} {lost} of {recorded} {what}, and {most} % are the most"));
        }
    }
    (!reasons.is_empty()).then(|| Guard {
        rule: GuardRule::TooMuchAccessLost,
        summary: reasons.join("; "),
        help: format!("if all of it is meant, pass `--allow-access-loss {number}`"),
        addresses: loss.clusters().cloned().chain(loss.places()).collect(),
    })
}
