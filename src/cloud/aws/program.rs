//! Programs that print credentials.

use super::credentials::Credentials;
use crate::cloud::Machine;

/// What a program prints, as `credential_process` is to.
pub(super) fn printed(machine: &dyn Machine, program: &str, args: &[&str]) -> Result<Credentials, String> {
    let printed =
        machine.run(program, args).map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    if !printed.is_success {
        let said = printed.err.trim();
        let said = if said.is_empty() { "it says nothing more" } else { said };
        return Err(format!("`{program}` failed: {said}"));
    }
    Credentials::from_json(&printed.out).map_err(|why| format!("`{program}`: {why}"))
}

/// The words of a command line: between spaces, in single or double quotes, and with a backslash in front of a
/// character that is to stand for itself. There is no shell.
///
/// # Errors
/// When a quote is not closed.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next()),
            (letter, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("a quote in it is not closed".into()) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_words_and_no_shell() {
        let of = |line: &str| words(line).unwrap();
        assert_eq!(of(r#" /opt/x  a "b c" d'e f'g h\ i "" "#), ["/opt/x", "a", "b c", "de fg", "h i", ""]);
        assert_eq!(of("x $(y); z | `w`"), ["x", "$(y);", "z", "|", "`w`"]);
        assert_eq!(of(r#"'a\b' "a\"b""#), [r"a\b", "a\"b"]);
        assert!(of("").is_empty());
        assert!(words("a 'b").is_err());
    }
}
