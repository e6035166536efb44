//! What the API key has to be permitted, asked before anything is written. The call that tells it is not published: where
//! Palette does not answer it, what is not permitted is refused change by change.

use super::super::client::Scope;
use super::cluster_changes::gives_keys;
use super::membership::role_changes;
use super::projects::differs;
use super::work::Work;
use crate::model::{Address, Project, Subject, TeamMembers};
use crate::plan::{Change, Delivery, Resource};
use crate::targets::{Outcome, TargetError, TargetErrorKind};

/// The outcomes of an apply whose API key is known to lack something: nothing is begun.
pub(super) fn refused(work: &Work<'_>, delivery: &Delivery<'_>) -> Option<Vec<Outcome>> {
    // Any other answer than permissions tells nothing.
    let held = work.reading().permissions().ok().flatten()?;
    let lacking = |(number, change): (usize, &Change)| {
        let needed = needed(work, change, number);
        let (scope, place) = scope(work, change).filter(|_| !needed.is_empty())?;
        let missing: Vec<_> = held.missing(&scope, &needed).iter().map(|one| format!("`{one}`")).collect();
        (!missing.is_empty()).then(|| format!("the API key lacks {} in {place}", missing.join(", ")))
    };
    let changes = delivery.steps.iter().map(|step| step.change).enumerate();
    let lacking: Vec<_> = changes.map(lacking).collect();
    let outcome = |lacking: Option<String>| match lacking {
        Some(why) => Outcome::Failed(TargetError::new(TargetErrorKind::Denied, why)),
        None => Outcome::Skipped("nothing is begun, as the API key lacks what other changes need".into()),
    };
    let is_refused = lacking.iter().any(Option::is_some);
    is_refused.then(|| lacking.into_iter().map(outcome).collect())
}

/// Where the permissions of a change are held; nothing for a project that is not there yet.
fn scope(work: &Work<'_>, change: &Change) -> Option<(Scope, String)> {
    match change.address() {
        Address::Team(_) | Address::Project(_) => Some((Scope::Tenant, "the tenant".into())),
        Address::Key(project, _) | Address::Cluster(project, _) => {
            Some((work.scope(&project).ok().flatten()?, format!("the project `{project}`")))
        }
    }
}

/// The permissions that a change needs to write. Those to read are not among them: Palette may list without one what the
/// API key can see.
fn needed(work: &Work<'_>, change: &Change, number: usize) -> Vec<&'static str> {
    let is_marked = change.before().is_some_and(|before| before.metadata().partially_applied.is_some());
    let mut needed = match (change.before(), change.after()) {
        (None, Some(Resource::Team(_))) => vec!["team.create"],
        (Some(Resource::Team(_)), None) => vec!["team.delete"],
        (Some(Resource::Team(before)), Some(Resource::Team(after))) => {
            let is_written = work.members == TeamMembers::Declared && before.members != after.members;
            if is_written || is_marked { vec!["team.update"] } else { Vec::new() }
        }
        (None, Some(Resource::Project(_))) => vec!["project.create"],
        (Some(Resource::Project(_)), None) => vec!["project.delete"],
        (Some(Resource::Project(before)), Some(Resource::Project(after))) => {
            if differs(before, after) || is_marked { vec!["project.update"] } else { Vec::new() }
        }
        (None, Some(Resource::Key(_))) => vec!["sshKey.create"],
        (Some(Resource::Key(_)), None) => vec!["sshKey.delete"],
        (Some(Resource::Key(before)), Some(Resource::Key(after))) => {
            let sent = |key: &crate::model::SshKey| (key.name.clone(), key.public_key.line_with_comment());
            if sent(before) != sent(after) || is_marked { vec!["sshKey.update"] } else { Vec::new() }
        }
        _ => Vec::new(),
    };
    if let Some(Resource::Project(after)) = change.after() {
        needed.extend(of_members(change.before(), after, is_marked));
    }
    needed.extend(gives_keys(work, number).then_some("cloudconfig.update"));
    needed
}

/// What it takes to change who has which role in a project.
fn of_members(before: Option<&Resource>, after: &Project, is_marked: bool) -> Vec<&'static str> {
    let before = before.and_then(|before| match before {
        Resource::Project(before) => Some(&**before),
        _ => None,
    });
    let changes = role_changes(before, after, is_marked);
    let has = |is_team: bool| changes.keys().any(|subject| matches!(subject, Subject::Team(_)) == is_team);
    let of = [("role.list", !changes.is_empty()), ("user.update", has(false)), ("team.update", has(true))];
    of.into_iter().filter(|(_, is_needed)| *is_needed).map(|(name, _)| name).collect()
}
