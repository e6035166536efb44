//! `keyplan man`

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::args::Args;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::man_pages::{ENVIRONMENT, FILES, examples};
use super::terminal::Terminal;
use crate::diagnostics::{did_you_mean, quoted};

pub(super) fn run(words: &[String], terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    let mut keyplan = Args::command();
    keyplan.build();
    let mut command = &keyplan;
    for word in words {
        command = find(command, word).ok_or_else(|| unknown(word, command))?;
    }
    terminal.out.write_all(&page(command)?)?;
    Ok(ExitCode::Done)
}

/// A command below another one, also as its page is called: `state-log`.
fn find<'a>(above: &'a Command, word: &str) -> Option<&'a Command> {
    above.find_subcommand(word).or_else(|| {
        let within = |command: &'a Command| {
            let rest = word.strip_prefix(command.get_name())?.strip_prefix('-')?;
            command.find_subcommand(rest)
        };
        above.get_subcommands().find_map(within)
    })
}

fn unknown(word: &str, above: &Command) -> Failure {
    let names = above.get_subcommands().map(Command::get_name);
    Failure::Usage {
        problem: format!("there is no command {}", quoted(word)),
        help: did_you_mean(word, names).unwrap_or_else(|| "`keyplan --help` lists all commands".into()),
    }
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let name = command.get_bin_name().unwrap_or("keyplan");
    // What clap says below its help are the exit codes, which have a section of their own here.
    let described = command.clone().after_help("").after_long_help("");
    let man = Man::new(described)
        .title(name.replace(' ', "-"))
        .source(concat!("keyplan ", env!("CARGO_PKG_VERSION")));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(name, command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    sections(name).to_writer(&mut page)?;
    Ok(page)
}

/// The command with its options and what they take.
fn synopsis(name: &str, command: &Command) -> Roff {
    let mut line = vec![bold(name)];
    let (words, options): (Vec<_>, Vec<_>) =
        command.get_arguments().filter(|arg| !arg.is_hide_set()).partition(|arg| arg.is_positional());
    options.into_iter().chain(words).for_each(|arg| argument(&mut line, arg));
    if command.has_subcommands() {
        line.extend([roman(" "), italic("COMMAND")]);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text(line);
    roff
}

fn argument(line: &mut Vec<Inline>, arg: &Arg) {
    let (open, close) = if arg.is_required_set() { (" ", "") } else { (" [", "]") };
    line.push(roman(open));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let flag = long.or_else(|| arg.get_short().map(|short| format!("-{short}")));
    let takes_value = arg.get_action().takes_values();
    line.extend(flag.as_deref().map(bold));
    if takes_value {
        line.extend(flag.as_deref().map(|_| roman(" ")));
        let values = arg.get_value_names().unwrap_or_default();
        line.extend(values.iter().map(|value| italic(value.as_str())));
    }
    if arg.get_num_args().is_some_and(|number| number.max_values() > 1) {
        line.push(roman("..."));
    }
    line.push(roman(close));
}

fn sections(name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for code in ExitCode::ALL {
        entry(&mut roff, &code.number().to_string(), code.word());
    }
    for (title, entries) in [("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT), ("EXAMPLES", examples(name))] {
        if !entries.is_empty() {
            roff.control("SH", [title]);
        }
        for (term, meaning) in entries {
            entry(&mut roff, term, meaning);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    let more =
        "keyplan explain lists all rules and guards, and keyplan man COMMAND prints the page of a command.";
    roff.text([roman(more)]);
    roff
}

fn entry(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", []).text([bold(term)]).text([roman(meaning)]);
}
