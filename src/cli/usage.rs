//! A command line that was not understood, or that asks for help.

use std::io::{self, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use camino::Utf8Path;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::args::Args;
use super::exit_code::ExitCode;
use super::{habits, terminal};
use crate::diagnostics::{nearest, quoted, visible};
use crate::report::talk;

/// Reads the command line of this process.
pub(super) fn args(out: &mut dyn Write, err: &mut dyn Write) -> Result<Args, ExitCode> {
    let words = words();
    // The words as they are may also be paths that are not UTF-8, which clap tells of.
    let parsed = match habits::served(&words) {
        Some(words) => Args::try_parse_from(words),
        None => Args::try_parse(),
    };
    parsed.map_err(|error| tell(&error, &words, out, err))
}

/// Prints what is wrong, or what was asked for. Nothing can be said where nothing can be printed.
fn tell(error: &clap::Error, words: &[String], out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    if !error.use_stderr() {
        let text = error.render();
        let is_plain = AutoStream::choice(&io::stdout()) == ColorChoice::Never;
        let text = if is_plain { text.to_string() } else { text.ansi().to_string() };
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        return ExitCode::Done;
    }
    let _ = match unknown(error, words) {
        Some((problem, help)) => talk::failure(err, &problem, Some(&help), terminal::talk(false)),
        None => err.write_all(with_visible_words(error, words).as_bytes()),
    };
    ExitCode::Usage
}

/// A word that means nothing, and what may be meant.
fn unknown(error: &clap::Error, words: &[String]) -> Option<(String, String)> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let mut keyplan = Args::command();
    keyplan.build();
    let command = meant(&keyplan, words);
    let name = command.get_bin_name().unwrap_or("keyplan");
    let did_you_mean = |near: &str| format!("did you mean `{near}`?");
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = context(ContextKind::InvalidSubcommand)?;
            let names = command.get_subcommands().map(Command::get_name);
            let help = habits::for_command(word).map(str::to_owned);
            let help = help.or_else(|| nearest(word, names).map(did_you_mean));
            let help = help.unwrap_or_else(|| format!("`{name} --help` lists all commands"));
            Some((format!("there is no command {}", quoted(word)), help))
        }
        ErrorKind::UnknownArgument => {
            let word = context(ContextKind::InvalidArg)?;
            if !word.starts_with('-') {
                let is_workspace = Utf8Path::new(word).is_dir() && !has_workspace(words);
                let help = if is_workspace {
                    format!("to name the workspace, write `-w {}`", visible(word))
                } else {
                    format!("`{name} --help` shows what it takes")
                };
                return Some((format!("{} is one word too many for `{name}`", quoted(word)), help));
            }
            // Of `-auto-approve` clap names the first letter alone.
            let whole = words.iter().find(|given| given.starts_with(word)).map_or(word, String::as_str);
            let whole = whole.split_once('=').map_or(whole, |(option, _)| option);
            let options: Vec<_> =
                command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
            let help = habits::for_option(whole).map(str::to_owned);
            let help = help.or_else(|| nearest(whole, options.iter().map(String::as_str)).map(did_you_mean));
            let help = help.unwrap_or_else(|| format!("`{name} --help` lists its options"));
            Some((format!("`{name}` has no option {}", quoted(whole)), help))
        }
        _ => None,
    }
}

/// The command that words name, as far as they name one.
fn meant<'a>(keyplan: &'a Command, words: &[String]) -> &'a Command {
    let mut command = keyplan;
    for word in words.iter().skip(1) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    command
}

/// The same error about the same words, each with every character visible: clap prints them as they are. Words that
/// mean nothing wrong once they are visible leave the error without colours, in which nothing is obeyed.
fn with_visible_words(error: &clap::Error, words: &[String]) -> String {
    let visible_words = words.iter().map(|word| visible(word));
    let Some(visible_error) = Args::try_parse_from(visible_words).err() else {
        let mut text = error.render().ansi().to_string();
        // Of `--option=value` the value alone is told.
        for word in
            words.iter().flat_map(|word| [Some(word.as_str()), word.split_once('=').map(|(_, value)| value)])
        {
            if let Some(word) = word.filter(|word| !word.is_empty() && visible(word) != *word) {
                text = text.replace(word, &visible(word));
            }
        }
        let text = strip_str(&text).to_string();
        return text.split('\n').map(visible).collect::<Vec<_>>().join("\n");
    };
    let rendered = visible_error.render();
    match AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => rendered.to_string(),
        _ => rendered.ansi().to_string(),
    }
}

/// Whether an option names the workspace already.
fn has_workspace(words: &[String]) -> bool {
    let is_option = |word: &String| word == "-w" || word == "--workspace" || word.starts_with("--workspace=");
    words.iter().any(is_option)
}

/// The words of the command line.
fn words() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}
