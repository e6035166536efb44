//! What is kept of a plan into a plan again.

use std::collections::BTreeSet;

use super::shape::{
    AccessV1, BaseV1, ChangeV1, FormerHolderV1, GitBaseV1, GuardV1, HolderV1, KeyGrantV1, NoteV1,
    PlanFileError, RecordingV1, ResourceV1, SharedNodeV1,
};
use crate::access::{AccessChange, FormerHolder, Holder, KeyGrant};
use crate::model::{Address, NodeAddress, Project, Team};
use crate::plan::{
    Base, Change, DeclaredAt, GitBase, Guard, GuardRule, Note, Recording, Resource, SharedNode,
};
use crate::state::v1::{
    Invalid, read_address, read_day, read_fingerprint, read_name, read_node, read_options, read_role,
    read_subject, read_user,
};

pub(super) fn forgotten(stored: &[String]) -> Result<BTreeSet<NodeAddress>, Invalid> {
    stored.iter().map(|node| read_node(node)).collect()
}

pub(super) fn repaved(stored: &[String]) -> Result<BTreeSet<Address>, Invalid> {
    stored.iter().map(|cluster| read_address(cluster)).collect()
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

fn grant(stored: KeyGrantV1) -> Result<KeyGrant, Invalid> {
    let KeyGrantV1 { key, fingerprint, owner, options, expires, login_user, nodes } = stored;
    Ok(KeyGrant {
        key: read_address(&key)?,
        fingerprint: read_fingerprint(&fingerprint)?,
        owner: owner.map(|owner| read_subject(&owner)).transpose()?,
        options: options.map(|options| read_options(&options)).transpose()?.unwrap_or_default().into(),
        expires: expires.map(|day| read_day(&day)).transpose()?,
        login_user: login_user.into(),
        nodes: nodes.iter().map(|node| read_node(node)).collect::<Result<_, _>>()?,
    })
}

fn holders(stored: Vec<HolderV1>) -> Result<Vec<Holder>, Invalid> {
    let holder = |HolderV1 { user, team }| {
        Ok(Holder {
            user: user.map(|user: String| read_user(&user)).transpose()?,
            team: team.map(|team: String| read_name(&team)).transpose()?,
        })
    };
    stored.into_iter().map(holder).collect()
}

pub(super) fn access(stored: AccessV1) -> Result<AccessChange, Invalid> {
    Ok(match stored {
        AccessV1::Cluster { cluster, differs: _, before, after, gained, lost } => AccessChange::Cluster {
            cluster: read_address(&cluster)?,
            before: before.map(|before| grant(*before)).transpose()?,
            after: after.map(|after| grant(*after)).transpose()?,
            gained: holders(gained)?,
            lost: holders(lost)?,
        },
        AccessV1::Moved { from, to, grant: stored } => {
            AccessChange::Moved { from: read_address(&from)?, to: read_address(&to)?, grant: grant(stored)? }
        }
        AccessV1::Forgotten { cluster, grant: stored } => {
            AccessChange::Forgotten { cluster: read_address(&cluster)?, grant: grant(stored)? }
        }
        AccessV1::KeyHolders { key, fingerprint, gained, lost, clusters } => AccessChange::Holders {
            key: read_address(&key)?,
            fingerprint: read_fingerprint(&fingerprint)?,
            gained: holders(gained)?,
            lost: holders(lost)?,
            clusters: addresses(&clusters)?,
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

pub(super) fn former_holder(stored: FormerHolderV1) -> Result<FormerHolder, Invalid> {
    let FormerHolderV1 { user, team, left_team, fingerprint, keys, clusters } = stored;
    Ok(FormerHolder {
        user: read_user(&user)?,
        team: team.map(|team| read_name(&team)).transpose()?,
        left_team,
        fingerprint: read_fingerprint(&fingerprint)?,
        keys: addresses(&keys)?,
        clusters: addresses(&clusters)?,
    })
}

pub(super) fn shared_node(stored: SharedNodeV1) -> Result<SharedNode, Invalid> {
    let SharedNodeV1 { node, login_user, clusters } = stored;
    Ok(SharedNode { node: read_node(&node)?, login_user: login_user.into(), clusters: addresses(&clusters)? })
}

pub(super) fn note(stored: NoteV1) -> Result<Note, PlanFileError> {
    let NoteV1 { rule, address, summary, help } = stored;
    let known = |rule: String| GuardRule::parse(&rule).ok_or(PlanFileError::Incomplete(rule));
    Ok(Note { rule: rule.map(known).transpose()?, address: read_address(&address)?, summary, help })
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
