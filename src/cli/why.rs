//! `keyplan why`: why a person gets into a cluster, or does not.

use camino::Utf8Path;

use super::access_of::{Needed, ask_elsewhere, cluster_names, open, say_count, unknown};
use super::args::AccessOptions;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::selector::cluster;
use super::terminal::Terminal;
use crate::access::FormerHolders;
use crate::access::query::{known_users, why};
use crate::diagnostics::{did_you_mean, quoted};
use crate::model::{Recorded, UserName};
use crate::report::access::csv::csv;
use crate::report::access::{AccessFormat, why as draw, why_paths};
use crate::report::json_v1::{self, WhyAnswer};

pub(super) fn run(
    workspace: &Utf8Path,
    (user, place): (&str, &str),
    options: &AccessOptions,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (project, name) = cluster(place)?;
    let user = UserName::parse(user).map_err(|why| Failure::Usage {
        problem: format!("{} is no user: {why}", quoted(user)),
        help: "write a person as in `ana@example.com`; `keyplan reach` asks of teams and keys".into(),
    })?;
    let is_enough = |recorded: &Recorded, former: &FormerHolders| {
        let home = recorded.projects.get(&project);
        home.is_some_and(|home| home.clusters.contains_key(&name))
            && known_users(recorded, former).contains(&user)
    };
    let needed = Needed { projects: [project.clone()].into(), is_enough: &is_enough };
    let Some(asked) = open(workspace, (&options.of, options.format), Some(&needed), terminal)? else {
        return Ok(ExitCode::Findings);
    };
    let users = known_users(&asked.recorded, &asked.former);
    if !users.contains(&user) {
        let near = did_you_mean(user.as_str(), users.iter().map(|user| user.as_str()));
        let help = ask_elsewhere(&asked.of);
        return Err(unknown("user", user.as_str(), &asked.of, near, help));
    }
    let facts = asked.facts();
    let Some(answer) = why(facts, &user, (&project, &name)) else {
        let (word, names) = (format!("{project}/{name}"), cluster_names(&asked.recorded));
        let near = did_you_mean(&word, names.iter().map(String::as_str));
        return Err(unknown("cluster", &word, &asked.of, near, "`keyplan who` tells of all clusters"));
    };
    let told = (&user, &answer);
    let lines = asked.lines();
    let places = asked.places(&lines);
    match options.format {
        AccessFormat::Human => draw(terminal.out, &asked.of, told, places.as_ref(), terminal.view)?,
        AccessFormat::Json => {
            json_v1::write(terminal.out, &WhyAnswer::new(&asked.of, told, places.as_ref()))?;
        }
        AccessFormat::Csv => {
            let counts = csv(terminal.out, &asked.of, why_paths(facts, told, places.as_ref()))?;
            say_count(&counts, terminal)?;
        }
    }
    Ok(if answer.missing.is_none() { ExitCode::Done } else { ExitCode::No })
}
