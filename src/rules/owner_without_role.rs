//! A key whose owner has no role in its project.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Check, Finding, Location, Rule, Severity};
use crate::model::{Declared, DeclaredKey, Name, Project, Resources, Subject, UserName};
use crate::source::Route;
use crate::source::yaml::Plain;

/// A key whose owner has no role in its project.
pub static RULE: Rule = Rule {
    name: "owner-without-role",
    severity: Severity::Warning,
    fixed: false,
    summary: "a key whose owner has no role in its project",
    check: Check::Whole(check),
    fixes: &[],
    docs: "\
### What it does
Finds SSH keys whose `spec.owner` is a user who is neither a member of the key's project nor in a team that is
one; or a team that is no member of the project, whatever roles its people have of their own.

### Why
Who holds a key of a project opens its clusters. Whoever reads the members of the project to see who works
on it does not find them there. Most often they left the project and took their key along, or the owner is
misspelt, and the key belongs to nobody.

### Example
```yaml
apiVersion: keyplan/v1
kind: Project
metadata: {name: payments}
spec:
  members:
    - {team: sre, role: Cluster Admin}
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: payments}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
  owner: dana@example.com    # who is not in the team `sre`
```

### Remedy
If they left, give the clusters another key. If the owner is misspelt, correct it. If they are to have the
key, say so in the project: `{user: dana@example.com, role: Cluster Viewer}` is the least role. Where holders
of keys need no role, set `rules: {owner-without-role: off}` in `keyplan.yaml`.
",
};

/// Finds keys whose owner has no role in their project. Where members could not be made out, the owner may be one.
fn check(resources: &Resources, findings: &mut Vec<Finding>) {
    let teams = clear_teams(resources);
    let of_projects: Vec<_> = resources
        .by_project()
        .filter_map(|part| {
            Strangers::of(clear_project(resources, part.project)?, part.keys, resources, &teams)
        })
        .collect();
    let memberships = memberships(of_projects.iter().flat_map(|strangers| &strangers.keys), &teams);
    for Strangers { project, teams, keys } in &of_projects {
        let mut has_role = BTreeMap::new();
        for (owner, key) in keys {
            let user = match owner {
                Subject::User(user) => Some(user),
                Subject::Team(_) => None,
            };
            let has_role = user.is_some_and(|user| {
                *has_role.entry(user).or_insert_with(|| have_common(&memberships[user], teams))
            });
            if !has_role {
                findings.push(finding(owner, key, project));
            }
        }
    }
}

/// The members of each team by its name, where they are known.
type Teams<'a> = BTreeMap<&'a str, &'a [UserName]>;

fn clear_teams(resources: &Resources) -> Teams<'_> {
    let groups = resources.teams.chunk_by(|one, other| one.value.name == other.value.name);
    let clear = groups.filter(|group| group.len() == 1 && !resources.faulty.contains(&group[0].origin));
    clear.map(|group| (group[0].value.name.as_str(), &*group[0].value.members)).collect()
}

/// The project of a name, where its members are known.
fn clear_project<'a>(resources: &'a Resources, name: &Name) -> Option<&'a Declared<Project>> {
    let first = resources.projects.partition_point(|project| project.value.name < *name);
    let mut named = resources.projects[first..].iter().take_while(|project| project.value.name == *name);
    let only = named.next().filter(|project| !resources.faulty.contains(&project.origin));
    only.filter(|_| named.next().is_none())
}

/// Keys of a project whose owners are no members of it, with their owners.
struct Strangers<'a> {
    project: &'a Declared<Project>,
    /// The teams that are members.
    teams: BTreeSet<&'a str>,
    keys: Vec<(&'a Subject, &'a DeclaredKey)>,
}

impl<'a> Strangers<'a> {
    /// Nothing where there are none.
    fn of(
        project: &'a Declared<Project>,
        keys: &'a [DeclaredKey],
        resources: &Resources,
        teams: &Teams<'_>,
    ) -> Option<Self> {
        let members: BTreeSet<_> = project.value.members.iter().map(|member| &member.subject).collect();
        let of_teams = members.iter().filter_map(|member| match member {
            Subject::User(_) => None,
            Subject::Team(team) => Some(team.as_str()),
        });
        let own_teams: BTreeSet<_> = of_teams.collect();
        let is_clear = own_teams.iter().all(|team| teams.contains_key(team));
        let is_stranger = |owner: &Subject| match owner {
            _ if members.contains(owner) => false,
            // Where there is a team of that name, `team-as-user` tells what is wrong.
            Subject::User(user) => {
                is_clear && (user.as_str().contains('@') || !teams.contains_key(user.as_str()))
            }
            Subject::Team(team) => {
                UserName::parse(team.as_str()).map_or(true, |user| !members.contains(&Subject::User(user)))
            }
        };
        let keys: Vec<_> = keys
            .iter()
            .filter(|key| !resources.faulty.contains(&key.origin))
            .filter_map(|key| Some((key.value.owner.as_ref()?, key)))
            .filter(|(owner, _)| is_stranger(owner))
            .collect();
        (!keys.is_empty()).then_some(Self { project, teams: own_teams, keys })
    }
}

/// The teams of each user who owns one of these keys.
fn memberships<'a>(
    keys: impl Iterator<Item = &'a (&'a Subject, &'a DeclaredKey)>,
    teams: &Teams<'a>,
) -> BTreeMap<&'a UserName, BTreeSet<&'a str>> {
    let users = keys.filter_map(|(owner, _)| match owner {
        Subject::User(user) => Some((user, BTreeSet::new())),
        Subject::Team(_) => None,
    });
    let mut of_users: BTreeMap<_, BTreeSet<_>> = users.collect();
    if !of_users.is_empty() {
        for (team, members) in teams {
            for user in *members {
                if let Some(own) = of_users.get_mut(user) {
                    own.insert(*team);
                }
            }
        }
    }
    of_users
}

/// Whether two sets have something in common; goes through the smaller one.
fn have_common(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> bool {
    let (small, large) = if one.len() < other.len() { (one, other) } else { (other, one) };
    small.iter().any(|item| large.contains(item))
}

fn finding(owner: &Subject, key: &DeclaredKey, project: &Declared<Project>) -> Finding {
    let value = &key.value;
    let label = match owner {
        Subject::User(_) => "no member of the project, and in no team that is one",
        Subject::Team(_) => "this team is no member of the project",
    };
    let (members, what) = if project.value.members.is_empty() {
        (["metadata", "name"], "the project has no members")
    } else {
        (["spec", "members"], "the members of the project")
    };
    let add = as_member(owner).map_or("the owner".into(), |member| format!("`{member}`"));
    let name = format!("{}/{}", value.project, value.name);
    RULE.finding(format!("the owner of the key `{name}` has no role in its project"))
        .label(Location::Value(key.origin, Route::fields(["spec", "owner"])), label)
        .label(Location::Key(project.origin, Route::fields(members)), what)
        .help(format!("add {add} to the members, or give the key an owner who is one"))
}

/// A subject as a member with the least role, where its name needs no quotes.
fn as_member(subject: &Subject) -> Option<String> {
    let (field, name) = match subject {
        Subject::User(user) => ("user", user.as_str()),
        Subject::Team(team) => ("team", team.as_str()),
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-@+ ".contains(letter);
    let needs_no_quotes = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(is_plain)
        && Plain::of(name) == Plain::Text;
    needs_no_quotes.then(|| format!("{{{field}: {name}, role: Cluster Viewer}}"))
}
