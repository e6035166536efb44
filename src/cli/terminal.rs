//! The streams and what is known of the terminal behind them.

use std::io::{self, IsTerminal, Write};

use super::args::{Args, Color};
use super::ci_commands::is_inert;
use super::failure::Failure;
use super::given_state::GivenPlace;
use crate::report::talk;
use crate::report::view::View;

/// Where a command writes: data to `out`, talk to `err`.
pub(super) struct Terminal<'a> {
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
    /// Standard output, without the escapes by which `out` keeps CI runners from obeying it.
    pub commands: &'a mut dyn Write,
    /// How to draw on standard output.
    pub view: View,
    /// How to talk on standard error.
    pub talk: View,
    /// Whether long work is told of on standard error.
    pub tells_progress: bool,
    /// Whether a CI runner reads what is printed.
    pub on_runner: bool,
    /// Where the state is, if it is not where `keyplan.yaml` says.
    pub state: Option<GivenPlace>,
}

impl Terminal<'_> {
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        talk::note(self.err, text, self.talk)
    }

    /// Standard output for what a CI runner is to obey. What was written before stands before it.
    pub(super) fn runner_commands(&mut self) -> io::Result<&mut dyn Write> {
        self.out.flush()?;
        Ok(self.commands)
    }

    /// Writes data in which no byte may differ. Text that a CI runner would obey cannot be escaped in it, so that
    /// it is refused.
    pub(super) fn exact(&mut self, text: &str) -> Result<(), Failure> {
        if !is_inert(text, self.on_runner) {
            return Err(Failure::Refused {
                problem: "a line of the output would be a command to the CI runner that reads it".into(),
                help: "take `::`, `##[`, `##vso[` and `##teamcity[` out of what is declared, as in the options of the key"
                    .into(),
            });
        }
        Ok(self.out.write_all(text.as_bytes())?)
    }
}

impl std::fmt::Debug for Terminal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("view", &self.view).finish_non_exhaustive()
    }
}

/// Columns where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 80;
/// Fewest columns that are drawn for.
const NARROWEST: usize = 40;
/// Most columns that are drawn for: longer lines of prose are hard to read.
const WIDEST: usize = 120;

/// How to draw on standard output. The conventions are those of `NO_COLOR` and `CLICOLOR_FORCE`.
pub(super) fn view(args: &Args) -> View {
    let stdout = io::stdout();
    let width = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0));
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    };
    View {
        width: if stdout.is_terminal() { width.clamp(NARROWEST, WIDEST) } else { DEFAULT_WIDTH },
        color,
        unicode: speaks_unicode(),
        accessible: args.accessible,
    }
}

/// How to talk on standard error. Where there is no terminal a message is one line, which can be searched.
pub(super) fn talk(accessible: bool) -> View {
    let err = io::stderr();
    let width = terminal_size::terminal_size_of(&err).map(|(width, _)| usize::from(width.0));
    View {
        width: width.filter(|_| err.is_terminal()).map_or(usize::MAX, |width| width.clamp(NARROWEST, WIDEST)),
        color: false,
        unicode: speaks_unicode(),
        accessible,
    }
}

/// Whether a CI runner that obeys text is said to read what is printed.
#[expect(clippy::disallowed_methods, reason = "the environment is read by `cli`")]
pub(super) fn on_runner() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(is_set)
}

/// Whether a line may come and go on standard error: on a terminal, unless it would be read aloud.
pub(super) fn tells_progress(args: &Args) -> bool {
    io::stderr().is_terminal() && !args.accessible
}

/// Whether the locale is one of UTF-8; where none is set, it most likely is.
#[expect(clippy::disallowed_methods, reason = "the environment is read by `cli`")]
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// A stream that ends quietly when nobody reads it any more.
#[derive(Debug)]
pub(super) struct Quiet<W>(pub(super) W);

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::Quiet;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
        assert!(Quiet(Failing(io::ErrorKind::BrokenPipe)).write_all(b"x").is_ok());
        assert!(Quiet(Failing(io::ErrorKind::BrokenPipe)).flush().is_ok());
        assert!(Quiet(Failing(io::ErrorKind::StorageFull)).write_all(b"x").is_err());
    }
}
