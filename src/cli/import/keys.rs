//! What every import of keys has in common: from what was found to what is to be declared.

use std::io;

use super::destination::Destination;
use super::told;
use crate::cli::args::ImportInto;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::diagnostics::did_you_mean;
use crate::import::{
    Declarations, DeclaredFind, FoundKey, FreshNames, Home, LeftOut, NoChoice, Noted, authorized_keys,
    choose, each_once,
};
use crate::model::{Address, Cluster, Name, NodeAddress, SshKey, Subject};
use crate::targets::ssh::foreign_lines;

/// What files hold.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) found: Vec<FoundKey>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Sources {
    /// Reads a file. Blocks that keyplan has written are passed over: what is in them is declared somewhere.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<Vec<Address>, Failure> {
        if authorized_keys::holds_private_key(bytes) {
            return Err(Failure::Refused {
                problem: format!("`{name}` holds a private key"),
                help:
                    "nothing of it was read further; name the file with the public key, which ends in `.pub`"
                        .into(),
            });
        }
        let foreign = foreign_lines(bytes).map_err(|torn| Failure::Refused {
            problem: format!("`{name}`: {torn}"),
            help: "nothing was written".into(),
        })?;
        let read = authorized_keys::read(name, foreign.lines);
        self.found.extend(read.keys);
        self.left_out.extend(read.left_out);
        Ok(foreign.blocks)
    }
}

/// Keys that are to be declared, those that are declared already, and what is left out.
pub(super) struct Imported {
    pub(super) new: Vec<DeclaredFind>,
    pub(super) declared: Vec<DeclaredFind>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Imported {
    /// Makes declarations of what was found, as far as the rules of the workspace take it, and tells what is left out.
    pub(super) fn of(
        sources: Sources,
        into: &ImportInto,
        destination: &mut Destination<'_>,
        terminal: &mut Terminal<'_>,
    ) -> Result<Self, Failure> {
        owner_is_declared(into, destination)?;
        let Sources { found, mut left_out } = sources;
        let (found, unlike) = each_once(found);
        left_out.extend(unlike);
        let known = destination.keys(&into.project);
        let names = FreshNames::without(known.values().map(|key| &key.name));
        let (declared, new): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| known.contains_key(found.key.fingerprint()));
        let declarations = Home { project: &into.project, owner: into.owner.as_ref(), names }.declare(&new);
        let new = declarations.into_iter().zip(new).collect();
        let (new, refused) = destination.judge(new, &into.project, terminal)?;
        left_out.extend(refused);
        told::left_out(&left_out, terminal)?;
        let declared: Vec<_> = declared
            .into_iter()
            .filter_map(|found| Some((SshKey::clone(known.get(found.key.fingerprint())?).into(), found)))
            .collect();
        for (Noted { resource, .. }, found) in &declared {
            let is_alike = (&*resource.options, resource.expires) == (&found.options, found.expires);
            let how = if is_alike { "" } else { ", with other options or another last day" };
            terminal.say(&format!("declared already{how}: `{}`", resource.address()))?;
        }
        Ok(Self { new, declared, left_out })
    }

    /// The key of a cluster that all of these keys open.
    pub(super) fn key_of(
        &self,
        cluster: &Address,
        wanted: Option<&str>,
        command: &[String],
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Name>, Failure> {
        let all: Vec<_> = self.new.iter().chain(&self.declared).cloned().collect();
        match choose(all.iter().map(|(key, _)| &key.resource), wanted) {
            Ok(chosen) => Ok(chosen.cloned()),
            Err(why @ (NoChoice::None | NoChoice::Several)) => {
                Err(told::ask_for_key(cluster, &all, wanted, command, why, terminal)?)
            }
        }
    }

    /// Says on which nodes the key of a cluster is not.
    pub(super) fn tell_where_missing(
        &self,
        cluster: &Cluster,
        terminal: &mut Terminal<'_>,
    ) -> io::Result<()> {
        let Some(key) = &cluster.ssh_key else { return Ok(()) };
        let mut all = self.new.iter().chain(&self.declared);
        let Some((_, found)) = all.find(|(declared, _)| declared.resource.name == *key) else {
            return Ok(());
        };
        let is_on = |node: &NodeAddress| {
            let file = format!("{}@{node}:", cluster.login_user);
            let is_line = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
            found.at.iter().any(|at| at.strip_prefix(&file).is_some_and(is_line))
        };
        let missing: Vec<_> =
            cluster.nodes.iter().filter(|node| !is_on(node)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            terminal
                .say(&format!("note: `{key}` is not on {}: an apply puts it there", missing.join(", ")))?;
        }
        Ok(())
    }

    /// Writes the new keys, these clusters, and the project where it is not declared yet.
    pub(super) fn write(
        self,
        project: &Name,
        clusters: Vec<Noted<Cluster>>,
        destination: Destination<'_>,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitCode, Failure> {
        let Self { new, declared, left_out } = self;
        if new.is_empty() && clusters.is_empty() {
            let is_all_declared = left_out.is_empty() && !declared.is_empty();
            terminal.say(match (left_out.is_empty(), declared.is_empty()) {
                (_, false) => "nothing was written: what can be declared is declared already",
                (true, true) => "nothing was written: there is no key",
                (false, true) => "nothing was written: nothing of it can be declared",
            })?;
            return Ok(if is_all_declared { ExitCode::Done } else { ExitCode::Error });
        }
        let declarations = Declarations {
            projects: destination.project(project),
            keys: new.into_iter().map(|(key, _)| key).collect(),
            clusters,
            ..Declarations::default()
        };
        match destination.write(&declarations, terminal)? {
            ExitCode::Done if !left_out.is_empty() => Ok(ExitCode::Partial),
            code => Ok(code),
        }
    }
}

/// Refuses a team as owner that nobody declares: otherwise that would be told of each key.
fn owner_is_declared(into: &ImportInto, destination: &Destination<'_>) -> Result<(), Failure> {
    let Some(Subject::Team(team)) = &into.owner else { return Ok(()) };
    if destination.desired.teams.contains_key(team) {
        return Ok(());
    }
    let near = did_you_mean(team.as_str(), destination.desired.teams.keys().map(Name::as_str));
    Err(Failure::Refused {
        problem: format!("there is no team `{team}`"),
        help: near.unwrap_or_else(|| "declare it first, or name a user".into()),
    })
}
