//! `keyplan reach`: what people, teams and keys open, may change, hold alone and may still hold.

use camino::Utf8Path;

use super::access_of::{Answerable, ask_elsewhere, open, say_count, unknown};
use super::args::AccessOptions;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::access::query::{Asked, Unknown, reach, read_asked};
use crate::diagnostics::quoted;
use crate::report::access::csv::csv;
use crate::report::access::{AccessFormat, reach as draw, reach_paths};
use crate::report::json_v1::{self, Reached};

pub(super) fn run(
    workspace: &Utf8Path,
    words: &[String],
    options: &AccessOptions,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let Some(asked) = open(workspace, (&options.of, options.format), None, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    let whom = words.iter().map(|word| read(word, &asked)).collect::<Result<Vec<_>, _>>()?;
    let until = asked.until(options)?;
    let facts = asked.facts();
    let reached: Vec<_> = whom.into_iter().map(|whom| reach(facts, whom, until)).collect();
    let lines = asked.lines();
    let places = asked.places(&lines);
    match options.format {
        AccessFormat::Human => draw(terminal.out, &asked.of, &reached, terminal.view)?,
        AccessFormat::Json => {
            json_v1::write(terminal.out, &Reached::new(&asked.of, &reached, places.as_ref()))?;
        }
        AccessFormat::Csv => {
            let counts = csv(terminal.out, &asked.of, reach_paths(facts, &reached, places.as_ref()))?;
            say_count(&counts, terminal)?;
        }
    }
    Ok(ExitCode::Done)
}

/// Whom or what a word names.
fn read(word: &str, asked: &Answerable) -> Result<Asked, Failure> {
    read_asked(&asked.recorded, &asked.former, word).map_err(|why| match why {
        Unknown::Unreadable(why) => Failure::Usage {
            problem: match why {
                Some(why) => format!("nothing can be asked about {}: {why}", quoted(word)),
                None => format!("{} is neither a person nor a team nor a key", quoted(word)),
            },
            help: "write `ana@example.com`, `team:sre`, `key/payments/ops` or `SHA256:…`; `keyplan who` asks of clusters"
                .into(),
        },
        Unknown::Nowhere { kind, help } => {
            unknown(kind, word, &asked.of, help, ask_elsewhere(&asked.of))
        }
    })
}
