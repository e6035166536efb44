//! What is told of an import: what is left out, which keys there are to choose from, and the command line to go on with.

use std::io;

use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::import::{DeclaredFind, LeftOut, NoChoice, places};
use crate::model::{Address, SshKey};
use crate::report::view::plural;

/// The most lines that are told one by one.
const MOST: usize = 100;

/// Says what is not imported, and why.
pub(super) fn left_out(all: &[LeftOut], terminal: &mut Terminal<'_>) -> io::Result<()> {
    tell("left out", all, terminal)
}

/// Says what could not be read, and why.
pub(super) fn unread(all: &[LeftOut], terminal: &mut Terminal<'_>) -> io::Result<()> {
    tell("not imported", all, terminal)
}

fn tell(what: &str, all: &[LeftOut], terminal: &mut Terminal<'_>) -> io::Result<()> {
    for LeftOut { at, why, rule } in all.iter().take(MOST) {
        let rule = rule.map(|rule| format!("; `keyplan explain {rule}` says more")).unwrap_or_default();
        terminal.say(&format!("{what}: {at}: {why}{rule}"))?;
    }
    if all.len() > MOST {
        terminal.say(&format!("{what}: {} more", all.len() - MOST))?;
    }
    Ok(())
}

/// Lists the keys that a cluster could have, and asks for one of them by `--key`.
pub(super) fn ask_for_key(
    cluster: &Address,
    keys: &[DeclaredFind],
    wanted: Option<&str>,
    command: &[String],
    why: NoChoice,
    terminal: &mut Terminal<'_>,
) -> Result<Failure, Failure> {
    for (key, found) in keys.iter().take(MOST) {
        let SshKey { name, public_key, .. } = &key.resource;
        terminal.say(&format!("{} `{name}`, at {}", public_key.fingerprint(), places(&found.at)))?;
    }
    let some = keys.first().map(|(key, _)| key.resource.name.to_string()).unwrap_or_default();
    let command = [command, &["--key".into(), some]].concat();
    let problem = match (why, wanted) {
        (NoChoice::None, Some(wanted)) => {
            format!("none of these keys is `{wanted}`, so that {cluster} has none")
        }
        (NoChoice::None | NoChoice::Several, _) => {
            format!("{cluster} can have one key, and {} open it", plural(keys.len(), "key"))
        }
    };
    Ok(Failure::Refused {
        problem,
        help: format!(
            "nothing was written; choose one of them with `--key`, as in `{}`: the others are declared too, and lines that \
             are not keyplan's stay on every node",
            words(&command)
        ),
    })
}

/// A command line as it is typed.
fn words(command: &[String]) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "@%+=:,./_-".contains(letter);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_command_is_typed_as_it_is_told() {
        let command = ["keyplan", "a b", "it's", "", "SHA256:a+/", "$(x)"].map(str::to_owned);
        assert_eq!(words(&command), r"keyplan 'a b' 'it'\''s' '' SHA256:a+/ '$(x)'");
    }
}
