//! `keyplan completions`

use std::io::Write;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::addresses;
use super::args::Args;
use super::bash::CommandLine;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::rules;

/// What is put before the script of clap: where keyplan knows addresses for a word, those are offered, and
/// else what clap knows. The program is the one on the path, whatever the line begins with. What it says goes into a
/// list without being read as words of the shell.
const BASH: &str = r#"
_keyplan_with_addresses() {
    local address
    COMPREPLY=()
    while IFS= read -r address; do
        COMPREPLY+=("$address")
    done < <(command keyplan completions bash -- "${COMP_LINE:0:COMP_POINT}" "$2" </dev/null 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 ]] || _keyplan "$@"
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _keyplan_with_addresses -o nosort -o bashdefault -o default keyplan
else
    complete -F _keyplan_with_addresses -o bashdefault -o default keyplan
fi
"#;

/// As for bash. The function of clap keeps its body under another name.
const ZSH: &str = r#"
functions[_keyplan_without_addresses]=$functions[_keyplan]

_keyplan() {
    local -a addresses
    addresses=("${(@f)$(command keyplan completions zsh -- "${(@Q)words[1,CURRENT]}" </dev/null 2>/dev/null)}")
    addresses=(${addresses:#})
    if (( $#addresses )); then
        compadd -a addresses
    else
        _keyplan_without_addresses "$@"
    fi
}
"#;

/// The line of the script of clap from which it runs.
const ZSH_START: &str = "\nif [ \"$funcstack[1]\" = \"_keyplan\" ]; then";

/// As for bash. To fish the value of an option is a word of its own, also behind a `=`.
const FISH: &str = r#"
function __fish_keyplan_addresses
    command keyplan completions fish -- (commandline -opc) (commandline -ct) </dev/null 2>/dev/null |
        string replace -r -- '^--cluster=' ''
end

complete -c keyplan -n "__fish_keyplan_addresses | string length -q" -f -a "(__fish_keyplan_addresses)"
complete -c keyplan -n "__fish_keyplan_using_subcommand authorized-keys" -l cluster -r -f -a "(__fish_keyplan_addresses)"
"#;

pub(super) fn run(shell: Shell, words: &[String], terminal: &mut Terminal<'_>) -> Result<ExitCode, Failure> {
    if words.is_empty() {
        write_script(shell, terminal.out)?;
        return Ok(ExitCode::Done);
    }
    let completed = match (shell, words) {
        (Shell::Bash, [line, word]) => {
            let line = CommandLine::split(line);
            line.replacements(&addresses::at_the_end(&line.words, terminal)?, word)
        }
        _ => addresses::at_the_end(words, terminal)?,
    };
    for word in completed {
        writeln!(terminal.out, "{word}")?;
    }
    Ok(ExitCode::Done)
}

fn write_script(shell: Shell, out: &mut dyn Write) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "keyplan", &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => write!(out, "{script}{BASH}")?,
        Shell::Fish => {
            // clap leaves the values of words out there.
            let rules = rules().join(" ");
            write!(out, "{script}")?;
            writeln!(
                out,
                "complete -c keyplan -n \"__fish_keyplan_using_subcommand explain\" -f -a \"{rules}\""
            )?;
            write!(out, "{FISH}")?;
        }
        Shell::Zsh => write!(out, "{}", script.replacen(ZSH_START, &format!("{ZSH}{ZSH_START}"), 1))?,
        // The list of shells may grow.
        _ => write!(out, "{script}")?,
    }
    Ok(())
}

/// The command line with the words that a shell may complete. The parser itself takes any word for these, to say
/// what is near.
fn command() -> Command {
    Args::command().mut_subcommand("explain", |explain| {
        explain.mut_arg("rule", |rule| rule.value_parser(PossibleValuesParser::new(rules())))
    })
}

/// The names of rules and guards.
fn rules() -> Vec<&'static str> {
    let mut rules: Vec<_> = rules::ALL.iter().map(|rule| rule.name).collect();
    rules.sort_unstable();
    rules
}
