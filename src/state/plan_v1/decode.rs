//! What is kept of a plan into a plan again.

use std::collections::BTreeSet;

use super::shape::{
    AccessV1, BaseV1, ChangeV1, GitBaseV1, GuardV1, KeyGrantV1, NoteV1, PlanFileError, RecordingV1,
    ResourceV1,
};
use crate::model::{Address, NodeAddress, Project, Team};
use crate::plan::{
    AccessChange, Base, Change, DeclaredAt, GitBase, Guard, GuardRule, KeyGrant, Note, Recording, Resource,
};
use crate::state::v1::{
    Invalid, read_address, read_fingerprint, read_name, read_node, read_options, read_role, read_subject,
    read_user,
};

pub(super) fn forgotten(stored: &[String]) -> Result<BTreeSet<NodeAddress>, Invalid> {
    stored.iter().map(|node| read_node(node)).collect()
}

pub(super) fn base(stored: BaseV1) -> Result<Base, Invalid> {
    let BaseV1 { git, workspace, target, lineage, revision, teams, projects } = stored;
    let recording = |RecordingV1 { digest, revision }| {
        digest.zip(revision).map(|(digest, revision)| Recording { digest, revision })
    };
    let project = |(name, stored): (String, _)| Ok((read_name(&name)?, recording(stored)));
    Ok(Base {
        git: git.map(|GitBaseV1 { revision, commit }| GitBase { revision, commit }),
        workspace,
        target,
        lineage,
        revision,
        teams: teams.map(recording),
        projects: projects.into_iter().map(project).collect::<Result<_, Invalid>>()?,
    })
}

pub(super) fn change(stored: ChangeV1<'_>) -> Result<Change, PlanFileError> {
    let incomplete = || PlanFileError::Incomplete(stored.address.clone());
    let before = stored.change.before.map(|before| resource(before, &stored.address)).transpose()?;
    let after = stored.change.after.map(|after| resource(after, &stored.address)).transpose()?;
    let mut change = match (before, after) {
        (None, Some(after)) => Change::create(after, None),
        (Some(before), None) => Change::delete(before),
        (Some(before), Some(after)) => Change::update(before, after, None).ok_or_else(incomplete)?,
        (None, None) => return Err(incomplete()),
    };
    change.origin = stored.declared_at.map(|place| DeclaredAt::Saved(place.into()));
    change.reach = addresses(&stored.reach)?;
    Ok(change)
}

fn addresses(texts: &[String]) -> Result<Vec<Address>, Invalid> {
    texts.iter().map(|text| read_address(text)).collect()
}

pub(super) fn access(stored: AccessV1) -> Result<AccessChange, Invalid> {
    let grant = |grant: KeyGrantV1| {
        let KeyGrantV1 { key, fingerprint, owner, options } = grant;
        Ok(KeyGrant {
            key: read_address(&key)?,
            fingerprint: read_fingerprint(&fingerprint)?,
            owner: owner.map(|owner| read_subject(&owner)).transpose()?,
            options: options.map(|options| read_options(&options)).transpose()?.unwrap_or_default().into(),
        })
    };
    Ok(match stored {
        AccessV1::Cluster { cluster, before, after } => AccessChange::Cluster {
            cluster: read_address(&cluster)?,
            before: before.map(grant).transpose()?,
            after: after.map(grant).transpose()?,
        },
        AccessV1::Role { user, role, project, gained, through } => AccessChange::Role {
            user: read_user(&user)?,
            role: read_role(&role)?,
            project: read_address(&project)?,
            gained,
            through: through.iter().map(|team| read_name(team)).collect::<Result<_, _>>()?,
        },
    })
}

pub(super) fn note(stored: NoteV1) -> Result<Note, Invalid> {
    let NoteV1 { address, summary, help } = stored;
    Ok(Note { address: read_address(&address)?, summary, help })
}

pub(super) fn guard(stored: GuardV1) -> Result<Guard, PlanFileError> {
    let GuardV1 { rule, summary, help, addresses: about } = stored;
    let rule = GuardRule::parse(&rule).ok_or(PlanFileError::Incomplete(rule))?;
    Ok(Guard { rule, summary, help, addresses: addresses(&about)? })
}

fn resource(stored: ResourceV1<'_>, address: &str) -> Result<Resource, PlanFileError> {
    let ResourceV1 { project_name, team, project, key, cluster } = stored;
    let project_name = project_name.map(|name| read_name(&name)).transpose()?;
    Ok(match (team, project, key, cluster, project_name) {
        (Some(team), None, None, None, None) => Team::try_from(team)?.into(),
        (None, Some(project), None, None, None) => Project::try_from(project)?.into(),
        (None, None, Some(key), None, Some(project)) => key.of(&project)?.into(),
        (None, None, None, Some(cluster), Some(project)) => cluster.of(&project)?.into(),
        _ => return Err(PlanFileError::Incomplete(address.into())),
    })
}
