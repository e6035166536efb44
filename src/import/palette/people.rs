//! Teams, their members, and who has a role in a project.

use std::collections::BTreeSet;

use super::context::{Import, Teams};
use crate::diagnostics::quoted;
use crate::model::{Address, Member, Metadata, Subject, Team, TeamMembers, UserName};
use crate::targets::palette::observed::{folded, has_mail, told_apart};

impl Import<'_> {
    pub(super) fn teams(&mut self) -> Teams {
        let desired = self.known.desired;
        // Also those that Palette does not have yet may be named.
        let mut teams: Teams = desired.teams.keys().map(|name| (name.clone(), None)).collect();
        let tenant = self.tenant;
        let called = |name: &str| format!("team {}", quoted(name));
        for (name, found) in self.fit(&tenant.teams, |team| &team.name, &called) {
            let address = Address::Team(name.clone());
            if self.known.recorded.contains(&address) {
                teams.insert(name, None);
                continue;
            }
            if found.is_sourced && self.known.teams == TeamMembers::Declared {
                self.leave_out(
                    &address.to_string(),
                    "an identity system fills it: set `palette.teams` to `observed` to import it",
                );
                continue;
            }
            if self.is_refused(&address) {
                continue;
            }
            let members = self.users(&address, &found.members);
            let team = Team { name: name.clone(), metadata: Metadata::default(), members };
            teams.insert(name, Some(team.into()));
        }
        teams
    }

    /// The users of a team that can be declared, each once.
    fn users(&mut self, team: &Address, found: &[UserName]) -> Vec<UserName> {
        let (mut users, mut seen) = (Vec::new(), BTreeSet::new());
        for user in found {
            if !has_mail(user) {
                self.leave_out(&format!("{team}: member {user}"), WITHOUT_MAIL);
            } else if seen.insert(folded(user)) {
                users.push(user.clone());
            }
        }
        users.sort();
        users
    }

    /// The members of a project that can be declared, each once.
    pub(super) fn members(&mut self, project: &Address, found: &[Member], teams: &Teams) -> Vec<Member> {
        let (mut members, mut seen) = (Vec::new(), BTreeSet::new());
        for member in found {
            let Member { subject, role } = member;
            let why = match subject {
                Subject::User(user) if !has_mail(user) => Some(WITHOUT_MAIL),
                Subject::Team(team) if !teams.contains_key(team) => Some("that team is left out"),
                Subject::User(_) | Subject::Team(_) => None,
            };
            if let Some(why) = why {
                self.leave_out(&format!("{project}: member {subject}, {role}"), why);
            } else if seen.insert((told_apart(subject), role)) {
                members.push(member.clone());
            }
        }
        members
    }
}

const WITHOUT_MAIL: &str = "Palette has no mail of this user";
