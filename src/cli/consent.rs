//! Asking for a literal `yes`.

use std::io::{BufRead, IsTerminal};

use super::failure::Failure;
use super::terminal::Terminal;

/// Refuses to begin what needs consent where nobody can be asked.
pub(super) fn can_ask(instead: &str) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::Declined {
        problem: "nobody can be asked here: there is no terminal".into(),
        help: instead.into(),
    })
}

/// Asks, with a question that ends in a question mark. `what` is what an answer of `yes` does.
pub(super) fn ask(question: &str, what: &str, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    write!(terminal.err, "\n{question} Only `yes` is taken: ")?;
    terminal.err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim_end_matches(['\r', '\n']) == "yes" {
        return Ok(());
    }
    Err(Failure::Declined {
        problem: "declined; nothing was changed".into(),
        help: format!("answer `yes` to {what}"),
    })
}
