//! Questions about access, answered in the words of `keyplan who` and `keyplan reach`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::access::query::{Facts, reach, read_asked, who};
use crate::access::{FormerHolders, ProjectRoles};
use crate::diagnostics::visible;
use crate::model::{Desired, Name, Recorded};
use crate::report::access::{AccessOf, reach as draw_reach, who as draw_who};
use crate::report::view::{View, plural};

/// What is asked.
#[derive(Clone, Debug)]
pub(super) enum Question {
    /// Who opens a cluster of a project?
    Who(Name, Name),
    /// What does a key, a team or a user reach, as it is called on the command line?
    Reach(String),
    /// What is in a project, and who has which role?
    Project(Name),
}

const VIEW: View = View { width: 80, color: false, unicode: true, accessible: false };

/// Lines of text; nothing where nothing has the name that is asked about.
pub(super) fn answer(desired: &Desired, question: &Question, today: Date) -> Option<String> {
    let recorded = Recorded::from(desired);
    let former = FormerHolders::default();
    let facts = Facts { view: &recorded, former: &former, day: today };
    let of = AccessOf { revision: None, day: today, base: None, is_unrecorded: false };
    let mut text = Vec::new();
    match question {
        Question::Who(project, name) => {
            recorded.projects.get(project)?.clusters.get(name)?;
            let answer = who(facts, |cluster| (&cluster.project, &cluster.name) == (project, name), None);
            draw_who(&mut text, (facts, &of), &answer, None, VIEW).ok()?;
        }
        Question::Reach(word) => {
            let asked = read_asked(&recorded, &former, word).ok()?;
            draw_reach(&mut text, &of, &[reach(facts, asked, None)], VIEW).ok()?;
        }
        Question::Project(name) => return project(&recorded, name),
    }
    String::from_utf8(text).ok()
}

fn project(recorded: &Recorded, name: &Name) -> Option<String> {
    let home = recorded.projects.get(name)?;
    let (clusters, keys) = (plural(home.clusters.len(), "cluster"), plural(home.keys.len(), "key"));
    let mut text = format!("project/{name}, as declared: {clusters}, {keys}\n");
    let mut roles = BTreeMap::<_, Vec<_>>::new();
    for holder in ProjectRoles::of(recorded, &home.project).iter() {
        let teams =
            holder.through.iter().map(|team| format!("team/{team}")).collect::<Vec<_>>().join(" and ");
        let through = if teams.is_empty() { String::new() } else { format!(" through {teams}") };
        roles.entry(holder.user).or_default().push(format!("{}{through}", holder.role));
    }
    if roles.is_empty() {
        text.push_str("nobody has a role in it\n");
    }
    for (user, roles) in roles {
        // A string takes whatever is written to it.
        let _ = writeln!(text, "  {}: {}", visible(user.as_str()), roles.join(", "));
    }
    Some(text)
}
