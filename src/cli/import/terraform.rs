//! `keyplan import terraform`

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::destination::Destination;
use super::input::{STATE, read};
use super::told;
use crate::cli::args::ImportTerraform;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::import::terraform::{self, TerraformState};
use crate::import::{Declarations, DeclaredFind, FoundKey, LeftOut, Noted, choose, places};
use crate::model::{Cluster, Name, Project, SshKey};
use crate::openssh::Fingerprint;
use crate::report::view::plural;

pub(super) fn run(
    args: &ImportTerraform,
    workspace: &Utf8Path,
    directory: Option<&Utf8Path>,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (file, bytes) = read(&args.file, directory, STATE)?;
    let state = terraform::read(&bytes, args.project.as_ref(), &args.only);
    let state = state.map_err(|fault| Failure::Refused {
        problem: format!("`{file}` is not what `terraform show -json` prints of a state: {fault}"),
        help: fault.help().into(),
    })?;
    project_is_known(args, &state)?;
    let Some(destination) = Destination::open(workspace, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    Import { args, destination, left_out: Vec::new() }.run(state, terminal)
}

/// Keys and clusters have to be somewhere.
fn project_is_known(args: &ImportTerraform, state: &TerraformState) -> Result<(), Failure> {
    if args.project.is_some() || (state.keys.is_empty() && state.clusters.is_empty()) {
        return Ok(());
    }
    let projects: Vec<_> = state.projects.iter().map(|project| format!("`{}`", project.name)).collect();
    let known = if projects.is_empty() { String::new() } else { format!("; it has {}", projects.join(", ")) };
    Err(Failure::Refused {
        problem: format!(
            "the state does not say in which project its {} and {} are{known}",
            plural(state.keys.len(), "key"),
            plural(state.clusters.len(), "cluster")
        ),
        help: "name the one of the provider by `--project`; where there are several, import one module at a time, by `--only`"
            .into(),
    })
}

struct Import<'a> {
    args: &'a ImportTerraform,
    destination: Destination<'a>,
    left_out: Vec<LeftOut>,
}

impl Import<'_> {
    fn run(mut self, mut state: TerraformState, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
        let mut declarations = Declarations::default();
        if let Some(project) = &self.args.project {
            let known = self.destination.keys(project);
            for (_, found) in
                state.keys.extract_if(.., |(_, found)| known.contains_key(found.key.fingerprint()))
            {
                if let Some(key) = known.get(found.key.fingerprint()) {
                    terminal.say(&format!("declared already: `{}`", key.address()))?;
                }
            }
            let names = known.iter().map(|(print, key)| (*print, key.name.clone())).collect();
            let keys = state.declare(project, names);
            let (keys, refused) = self.destination.judge(keys, project, terminal)?;
            self.left_out.extend(refused);
            let all = known.values().map(|key| &**key).chain(keys.iter().map(|(key, _)| &key.resource));
            let all: BTreeMap<_, _> = all.map(|key| (*key.public_key.fingerprint(), key)).collect();
            for (cluster, found) in std::mem::take(&mut state.clusters) {
                if !self.destination.has_cluster(&cluster.resource, terminal)? {
                    declarations.clusters.push(self.cluster(cluster, &found, &all));
                }
            }
            declarations.keys = keys.into_iter().map(|(key, _): DeclaredFind| key).collect();
        }
        self.teams_and_projects(&mut state, &mut declarations, terminal)?;
        state.left_out.append(&mut self.left_out);
        told::left_out(&state.left_out, terminal)?;
        let Declarations { teams, projects, keys, clusters } = &declarations;
        if teams.is_empty() && projects.is_empty() && keys.is_empty() && clusters.is_empty() {
            terminal.say("nothing was written: there is nothing of the provider spectrocloud that is not declared already")?;
            return Ok(if state.left_out.is_empty() { ExitCode::Done } else { ExitCode::Error });
        }
        match self.destination.write(&declarations, terminal)? {
            ExitCode::Done if !state.left_out.is_empty() => Ok(ExitCode::Partial),
            code => Ok(code),
        }
    }

    /// A cluster with the key that opens it; of several, the one that is named.
    fn cluster(
        &mut self,
        mut cluster: Noted<Cluster>,
        found: &[FoundKey],
        all: &BTreeMap<Fingerprint, &SshKey>,
    ) -> Noted<Cluster> {
        let keys: BTreeMap<&Name, &SshKey> = found
            .iter()
            .filter_map(|found| all.get(found.key.fingerprint()))
            .map(|key| (&key.name, *key))
            .collect();
        let named =
            self.args.key.iter().find_map(|key| choose(keys.values().copied(), Some(key)).ok().flatten());
        cluster.resource.ssh_key = match keys.len() {
            1 => keys.keys().next().map(|name| (*name).clone()),
            _ => named.cloned(),
        };
        if cluster.resource.ssh_key.is_none() && !keys.is_empty() {
            let shown = |key: &&SshKey| format!("`{}` {}", key.name, key.public_key.fingerprint());
            let several: Vec<_> = keys.values().map(shown).collect();
            cluster
                .notes
                .push(format!("several keys open it, and it can have one of them: {}", several.join(", ")));
            let at = found.first().map(|found| places(&found.at)).unwrap_or_default();
            let why = format!(
                "its key, of which it can have one: {}; write `sshKey`, or pass `--key` where the cluster is not declared yet",
                several.join(", ")
            );
            self.left_out.push(LeftOut { at, why, rule: None });
        }
        cluster
    }

    /// Teams, and projects with their members: those of the state, and the one of keys and clusters.
    fn teams_and_projects(
        &self,
        state: &mut TerraformState,
        declarations: &mut Declarations,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Failure> {
        for team in std::mem::take(&mut state.teams) {
            if self.destination.desired.teams.contains_key(&team.name) {
                terminal.say(&format!("declared already: `{}`, which stays as it is", team.address()))?;
            } else {
                declarations.teams.push(team.into());
            }
        }
        for project in std::mem::take(&mut state.projects) {
            if self.destination.home(&project.name).is_some() {
                terminal.say(&format!("declared already: `{}`, which stays as it is", project.address()))?;
            } else {
                declarations.projects.push(project.into());
            }
        }
        let of_keys = self
            .args
            .project
            .as_ref()
            .filter(|_| !(declarations.keys.is_empty() && declarations.clusters.is_empty()));
        let is_there = |name: &Name| declarations.projects.iter().any(|noted| noted.resource.name == *name);
        let new: Vec<Noted<Project>> = of_keys
            .filter(|name| !is_there(name))
            .map(|name| self.destination.project(name))
            .unwrap_or_default();
        declarations.projects.extend(new);
        Ok(())
    }
}
