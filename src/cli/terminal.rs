//! The streams and what is known of the terminal behind them.

use std::io::{self, IsTerminal, Write};

use super::args::{Args, Color};
use crate::render::diagnostics::View;

/// Where a command writes: data to `out`, talk to `err`.
pub(super) struct Terminal<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// How to draw on standard output.
    pub view: View,
    /// Whether long work is told of on standard error.
    pub tells_progress: bool,
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
