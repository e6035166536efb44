//! The program: the command line, one file per command, and how it ends. Only here are the clock and
//! the environment read, and only here is anything printed.

mod access_of;
mod addresses;
mod annotations;
mod apply;
pub mod args;
mod authorized_keys;
mod azure;
mod base;
mod bash;
mod ci_commands;
mod ci_run;
mod completions;
mod consent;
mod context;
mod drift;
mod environment;
pub mod exit_code;
mod explain;
mod failure;
mod field_lines;
mod fix;
mod given_state;
mod google;
mod habits;
mod import;
mod init;
mod interrupt;
mod looking;
mod lsp;
mod machine;
mod man;
mod man_pages;
mod message;
mod object_store;
mod output_file;
mod palette;
mod paths;
mod places;
mod plan;
mod plan_output;
mod planning;
mod progress;
mod reach;
mod recorded;
mod render;
mod report;
mod report_files;
mod repository;
pub mod schema;
mod selector;
mod show;
mod state;
mod state_copy;
mod state_log;
mod store;
mod target;
mod terminal;
mod usage;
mod validate;
mod verify;
mod who;
mod why;
mod workspace;

use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

use args::{ApplyArgs, Args, Command, Planning, StateCommand};
use authorized_keys::Question;
use ci_commands::Inert;
use exit_code::ExitCode;
use failure::Failure;
use output_file::{Kept, check_places};
use paths::in_directory;
use plan_output::PlanOutput;
use planning::PlanOptions;
use report_files::Reports;
use target::TargetOptions;
use terminal::{Quiet, Terminal};
use workspace::nearest;

use crate::plan::Allowed;
use crate::report::talk;

/// How much output is written at a time, in bytes: what a pipe takes.
const BUFFER: usize = 1 << 16;

/// Runs keyplan with the command line, the streams and the clock of this process.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    std::panic::catch_unwind(run).unwrap_or(ExitCode::Bug).into()
}

fn run() -> ExitCode {
    let on_runner = terminal::on_runner();
    let out = Inert::new(Quiet(io::stdout().lock()), on_runner);
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let mut err = Inert::new(Quiet(io::stderr()), on_runner);
    let mut commands = BufWriter::with_capacity(BUFFER, Quiet(io::stdout()));
    let args = match usage::args(&mut out, &mut err) {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut terminal = Terminal {
        out: &mut out,
        err: &mut err,
        commands: &mut commands,
        view: terminal::view(&args),
        talk: terminal::talk(args.accessible),
        tells_progress: terminal::tells_progress(&args),
        on_runner,
        state: None,
    };
    let ended = command(&args, &mut terminal).and_then(|code| {
        terminal.out.flush()?;
        terminal.commands.flush()?;
        Ok(code)
    });
    ended.unwrap_or_else(|failure| {
        // Nothing can be said where nothing can be printed.
        let _ = talk::failure(terminal.err, &failure.to_string(), failure.help().as_deref(), terminal.talk);
        failure.exit_code()
    })
}

fn command(args: &Args, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let directory = args.directory.as_deref();
    terminal.state = given_state::given(args.state.as_ref(), directory)?;
    let named = |folder: &Option<Utf8PathBuf>| named(args, folder.as_deref());
    let workspace_of = |folder, terminal: &mut _| nearest(named(folder)?, terminal);
    let here = |terminal: &mut _| workspace_of(&None, terminal);
    match &args.command {
        Command::Validate(validate) => {
            let workspace = workspace_of(&validate.folder, terminal)?;
            let reports = Reports::new(&validate.report, directory, terminal.on_runner);
            check_places(&reports.files().collect::<Vec<_>>(), Kept::of(&workspace, terminal))?;
            validate::run(validate, &workspace, &reports, terminal)
        }
        Command::Plan(plan) => {
            let workspace = workspace_of(&plan.folder, terminal)?;
            let out = plan.out.as_deref().map(|out| in_directory(directory, out));
            let options = options(&workspace, &plan.planning, directory, terminal)?;
            options.output.check_files(out.as_deref(), Kept::of(&workspace, terminal))?;
            let allowed = Allowed { no_new_access: plan.no_new_access, ..options.allowed };
            plan::run(plan, &PlanOptions { allowed, ..options }, out.as_deref(), terminal)
        }
        Command::Apply(applying) => apply(args, applying, terminal),
        Command::Drift(drifting) => {
            let config = drifting.ssh_config.as_deref().map(|config| in_directory(directory, config));
            drift::run(drifting, &here(terminal)?, config.as_deref(), terminal)
        }
        Command::Report { html, of } => {
            report::run(&here(terminal)?, &in_directory(directory, html), of, terminal)
        }
        Command::Who { selectors, options } => who::run(&here(terminal)?, selectors, options, terminal),
        Command::Reach { whom, options } => reach::run(&here(terminal)?, whom, options, terminal),
        Command::Why { user, cluster, options } => {
            why::run(&here(terminal)?, (user, cluster), options, terminal)
        }
        Command::Show { plan, folder, output } => {
            let workspace = workspace_of(folder, terminal)?;
            let plan = in_directory(directory, plan);
            let output = PlanOutput::new(output, directory, terminal)?;
            output.check_files(None, Kept::of(&workspace, terminal).and(&plan))?;
            show::run(&plan, &workspace, &output, terminal)
        }
        Command::State { format, command: StateCommand::Copy { from, to, auto_approve, message } } => {
            let (auto_approve, message) = (*auto_approve, message.as_deref());
            let asked = state_copy::Asked { from, to, auto_approve, message, format: *format };
            state_copy::run(asked, directory, terminal)
        }
        Command::State { format, command } => state::run(&here(terminal)?, command, *format, terminal),
        Command::AuthorizedKeys { asked, user, fingerprint } => {
            let (cluster, folder) = asked.names()?;
            let question = Question {
                cluster,
                user: user.as_deref(),
                fingerprint: fingerprint.as_deref(),
                workspace: &self::named(args, folder)?,
            };
            authorized_keys::run(&question, terminal)
        }
        Command::Verify { selectors, format, parallel, timeout, accept_new_host_keys, ssh_config } => {
            let config = ssh_config.as_deref().map(|config| in_directory(directory, config));
            let options = verify::VerifyOptions {
                workspace: &workspace_of(&None, terminal)?,
                selectors,
                config: config.as_deref(),
                accept_new_host_keys: *accept_new_host_keys,
                parallel: *parallel,
                timeout: *timeout,
                format: *format,
            };
            verify::run(&options, terminal)
        }
        Command::Render { format, cluster, folder, recorded } => {
            let workspace = workspace_of(folder, terminal)?;
            let options = render::RenderOptions {
                format: *format,
                cluster,
                workspace: &workspace,
                recorded: *recorded,
            };
            render::run(&options, terminal)
        }
        Command::Explain { rule, format } => explain::run(rule.as_deref(), *format, terminal),
        Command::Schema { what } => schema::run(*what, terminal),
        Command::Import { command } => import::run(command, &here(terminal)?, directory, terminal),
        Command::Init { folder } => init::run(&named(folder)?, terminal),
        Command::Lsp => {
            let workspace = args.workspace.as_ref().map(|_| here(terminal)).transpose()?;
            lsp::run(workspace, terminal.state.as_ref())
        }
        Command::Completions { shell, words } => completions::run(*shell, words, terminal),
        Command::Man { command } => man::run(command, terminal),
    }
}

fn apply(args: &Args, applying: &ApplyArgs, terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let ApplyArgs { what, folder, planning, auto_approve, message, .. } = applying;
    let directory = args.directory.as_deref();
    let config = applying.ssh_config.as_deref().map(|config| in_directory(directory, config));
    let target = TargetOptions {
        own_keys: &applying.remove_own_key,
        ssh_config: config.as_deref(),
        remove_own_role: applying.remove_own_role,
    };
    let message = message.as_deref();
    let path = what.as_deref().map(|what| in_directory(directory, what));
    let workspace = match (path, args.workspace.as_deref().or(folder.as_deref())) {
        (Some(plan), _) if plan.is_file() => {
            let workspace = nearest(named(args, folder.as_deref())?, terminal)?;
            let options = options(&workspace, planning, directory, terminal)?;
            options.output.check_files(None, Kept::of(&workspace, terminal).and(&plan))?;
            return apply::saved(&plan, &options, message, target, terminal);
        }
        (Some(path), Some(other)) if path.is_dir() => {
            return Err(Failure::Usage {
                problem: format!("`{path}` is no saved plan, so that `{other}` means nothing"),
                help: "name one workspace, or a file that `keyplan plan --out FILE` wrote".into(),
            });
        }
        // Where there is nothing, that is told.
        (Some(path), _) => nearest(path, terminal)?,
        (None, _) => nearest(named(args, folder.as_deref())?, terminal)?,
    };
    let options = options(&workspace, planning, directory, terminal)?;
    options.output.check_files(None, Kept::of(&workspace, terminal))?;
    apply::workspace(&options, (*auto_approve, message), target, terminal)
}

fn options<'a>(
    workspace: &'a Utf8Path,
    planning: &'a Planning,
    directory: Option<&Utf8Path>,
    terminal: &Terminal<'_>,
) -> Result<PlanOptions<'a>, Failure> {
    Ok(PlanOptions {
        workspace,
        output: PlanOutput::new(&planning.output, directory, terminal)?,
        annotations: planning.annotations,
        allowed: planning.allowed(),
        forget: &planning.forget_node,
    })
}

/// The workspace of a command line that may name it by an option, or by a word of the command.
fn named(args: &Args, folder: Option<&Utf8Path>) -> Result<Utf8PathBuf, Failure> {
    let named = match (args.workspace.as_deref(), folder) {
        (Some(option), Some(folder)) => {
            return Err(Failure::Usage {
                problem: format!("two workspaces are named: `-w {option}` and `{folder}`"),
                help: "name one".into(),
            });
        }
        (one, other) => one.or(other).unwrap_or(Utf8Path::new(".")),
    };
    Ok(in_directory(args.directory.as_deref(), named))
}

/// Says that keyplan is wrong, and what to send. The place in keyplan's own code is all that is told:
/// the message of a panic may hold the user's text.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(
        Quiet(io::stderr()),
        "error: this is a bug in keyplan {}, at {place}\n  help: please report this line, the command that you ran, and \
         the smallest workspace that shows it",
        env!("CARGO_PKG_VERSION"),
    );
}
