//! What a tenant of Spectro Cloud Palette has, into declarations. What no declaration can say is left out, each by its name.

mod cluster;
mod context;
mod people;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};

pub use self::context::{Found, Known};
pub use self::recorded::recorded;
use super::found::LeftOut;
use super::judge::Refusal;
use crate::diagnostics::{quoted, visible};
use crate::model::{Address, Metadata, Name, Project, Subject};
use crate::targets::palette::observed::{ClusterKeys, ObservedProject, Tenant, description};
use cluster::ProjectKeys;
use context::{Import, Teams};

/// Makes declarations of what a tenant has. What the rules of the workspace refuse is left out with its refusal.
#[must_use]
pub fn import(tenant: &Tenant, known: Known<'_>, refused: &BTreeMap<Address, Refusal>) -> Found {
    let mut import = Import { tenant, known, refused, found: Found::default() };
    let teams = import.teams();
    let called = |name: &str| format!("project {}", quoted(name));
    for (name, project) in import.fit(&tenant.projects, |project| &project.name, &called) {
        import.project(&name, project, &teams);
    }
    let used: BTreeSet<_> =
        import.found.declarations.projects.iter().flat_map(|project| named(&project.resource)).collect();
    let mut teams: Vec<_> = teams.into_values().flatten().collect();
    teams.retain(|team| known.all_teams || used.contains(&team.resource.name));
    import.found.declarations.teams = teams;
    import.found
}

fn named(project: &Project) -> impl Iterator<Item = Name> {
    project.members.iter().filter_map(|member| match &member.subject {
        Subject::Team(team) => Some(team.clone()),
        Subject::User(_) => None,
    })
}

impl Import<'_> {
    fn project(&mut self, name: &Name, found: &ObservedProject, teams: &Teams) {
        let address = Address::Project(name.clone());
        if self.known.recorded.contains(&address) {
            return;
        }
        if let Some(why) = unread(found) {
            self.found.unread.push(LeftOut { at: address.to_string(), why: visible(&why), rule: None });
            return;
        }
        if self.is_refused(&address) {
            return;
        }
        for passed in self.tenant.passed_over.iter().filter(|passed| passed.project == found.name) {
            self.leave_out(&format!("{address}: {}", passed.what), passed.why);
        }
        let members = found.members.as_ref().map_or(&[][..], Vec::as_slice);
        let metadata = Metadata {
            description: description(found.description.as_deref()).map(Into::into),
            labels: found
                .labels
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            ..Metadata::default()
        };
        let members = self.members(&address, members, teams);
        self.found.declarations.projects.push(Project { name: name.clone(), metadata, members }.into());
        let keys = self.keys(name, found);
        self.clusters(name, found, keys);
    }

    fn keys(&mut self, project: &Name, found: &ObservedProject) -> ProjectKeys {
        let all = found.keys.as_ref().map_or(&[][..], Vec::as_slice);
        let called = |name: &str| format!("key {} of project {project}", quoted(name));
        let fit = self.fit(all, |key| &key.name, &called);
        let declared = self.known.desired.projects.get(project);
        let declared = declared.into_iter().flat_map(|home| home.keys.values()).map(|key| &key.value);
        let there = all.iter().filter_map(|key| Name::parse(&key.name).ok()).collect();
        let mut keys = ProjectKeys::new(project, there, declared);
        for (name, key) in fit {
            let address = Address::Key(project.clone(), name.clone());
            let Some(public_key) = &key.public_key.public_key else {
                self.leave_out(&address.to_string(), "its text is no public key");
                continue;
            };
            if let Some(other) = keys.other_name(public_key, &name) {
                self.leave_out(&address.to_string(), format!("it is the same key as `{other}`"));
            } else if !self.is_refused(&address) {
                keys.add(public_key, &name);
                self.found.declarations.keys.push(cluster::key(project, name, public_key).into());
            }
        }
        keys
    }
}

/// Why a project could not be read as a whole.
fn unread(project: &ObservedProject) -> Option<String> {
    let ObservedProject { members, keys, clusters, .. } = project;
    let part = |part: &str, why: &String| format!("its {part} could not be read: {why}");
    if let Err(why) = members {
        return Some(part("members", why));
    }
    if let Err(why) = keys {
        return Some(part("keys", why));
    }
    let clusters = match clusters {
        Ok(clusters) => clusters,
        Err(why) => return Some(part("clusters", why)),
    };
    clusters.iter().find_map(|cluster| match &cluster.keys {
        ClusterKeys::Unknown(why) => Some(part(&format!("cluster {}", cluster.name), why)),
        ClusterKeys::NoField | ClusterKeys::Known(_) => None,
    })
}
