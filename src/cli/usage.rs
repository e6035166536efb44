//! A command line that was not understood, or that asks for help.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use clap::Parser;
use clap::error::ErrorKind;

use super::args::Args;
use super::exit_code::ExitCode;
use crate::diagnostics::visible;

/// Prints what clap says. Nothing can be said where nothing can be printed.
pub(super) fn tell(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    if error.use_stderr() {
        let error = with_visible_words().unwrap_or_else(|| error.to_string());
        let _ = err.write_all(error.as_bytes());
    } else {
        let text = error.render();
        let is_plain = AutoStream::choice(&io::stdout()) == ColorChoice::Never;
        let text = if is_plain { text.to_string() } else { text.ansi().to_string() };
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Done,
        _ => ExitCode::Usage,
    }
}

/// The same error about the same words, each with every character visible: clap prints them as they are.
fn with_visible_words() -> Option<String> {
    let words = words().into_iter().map(|word| visible(&word));
    let error = Args::try_parse_from(words).err()?;
    Some(match AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => error.render().to_string(),
        _ => error.render().ansi().to_string(),
    })
}

/// The words of the command line.
fn words() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}
