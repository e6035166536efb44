//! A command line as bash takes it apart, without what it expands: nothing in it is run or looked up.

/// The words of a command up to the cursor.
#[derive(Debug)]
pub(super) struct CommandLine<'a> {
    /// As bash would pass them on. The last is the one at the cursor, perhaps empty.
    pub(super) words: Vec<String>,
    /// The last word as it is written.
    written: &'a str,
    /// The quote that is open at the end.
    quote: Option<char>,
}

impl<'a> CommandLine<'a> {
    pub(super) fn split(line: &'a str) -> Self {
        let mut words = vec![String::new()];
        let mut start = 0;
        let mut quote = None;
        let mut letters = line.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let (last, end) = (words.len() - 1, at + letter.len_utf8());
            let word = &mut words[last];
            match (quote, letter) {
                (None, ' ' | '\t' | '\n') => {
                    // Blanks before a word, or a row of them, hold no word.
                    if start < at {
                        words.push(String::new());
                    }
                    start = end;
                }
                (None, '\'' | '"') => quote = Some(letter),
                (Some(open), _) if open == letter => quote = None,
                (None, '\\') => word.extend(letters.next().map(|(_, escaped)| escaped)),
                (Some('"'), '\\') => {
                    match letters.next_if(|(_, next)| matches!(next, '$' | '`' | '"' | '\\')) {
                        Some((_, escaped)) => word.push(escaped),
                        None => word.push(letter),
                    }
                }
                (_, letter) => word.push(letter),
            }
        }
        Self { words, written: &line[start..], quote }
    }

    /// What readline may put in place of `replaced`, the end of the last word from where readline begins to replace.
    /// Each is quoted as the word is, so that bash would pass on the completed word as it is given here.
    pub(super) fn replacements(&self, completed: &[String], replaced: &str) -> Vec<String> {
        let kept = self.written.strip_suffix(replaced).unwrap_or_default();
        let written = completed.iter().filter_map(|word| match self.quote {
            None => Some(escaped(word)),
            Some(quote) => word.chars().all(is_itself_in_quotes).then(|| format!("{quote}{word}")),
        });
        let written = written.filter(|word| word.starts_with(self.written));
        written.map(|word| word[kept.len()..].to_owned()).collect()
    }
}

/// Letters that mean themselves without quotes.
fn is_itself(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/._-@+=:,".contains(letter)
}

fn is_itself_in_quotes(letter: char) -> bool {
    is_itself(letter) || letter == ' '
}

fn escaped(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for letter in word.chars() {
        if !is_itself(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::CommandLine;

    #[test]
    fn words_are_what_bash_passes_on() {
        for (line, words) in [
            ("", &[""][..]),
            ("keyplan", &["keyplan"]),
            ("keyplan  state\tshow ", &["keyplan", "state", "show", ""]),
            (r"keyplan a\ b c", &["keyplan", "a b", "c"]),
            (r#"keyplan "a b" 'c \d' "e \" \f""#, &["keyplan", "a b", r"c \d", r#"e " \f"#]),
            (r#"keyplan --workspace="my access" "#, &["keyplan", "--workspace=my access", ""]),
            ("keyplan \"a b", &["keyplan", "a b"]),
            ("keyplan '' b", &["keyplan", "", "b"]),
            ("keyplan $(touch x) `y`", &["keyplan", "$(touch", "x)", "`y`"]),
            (r"keyplan a\", &["keyplan", "a"]),
        ] {
            assert_eq!(CommandLine::split(line).words, words, "{line}");
        }
    }

    #[test]
    fn a_completed_word_is_quoted_as_it_was_begun() {
        let replacements = |line: &str, replaced: &str, word: &str| {
            CommandLine::split(line).replacements(&[word.to_owned()], replaced)
        };
        for (line, replaced, word, expected) in [
            ("kp ", "", "key/shop/on call", r"key/shop/on\ call"),
            ("kp key/s", "key/s", "key/shop/ops", "key/shop/ops"),
            (r"kp key/shop/on\ c", r"key/shop/on\ c", "key/shop/on call", r"key/shop/on\ call"),
            (r#"kp "key/shop/on c"#, "key/shop/on c", "key/shop/on call", "key/shop/on call"),
            ("kp 'key/", "key/", "key/shop/on call", "key/shop/on call"),
            ("kp key/shop/ana@l", "@l", "key/shop/ana@laptop", "@laptop"),
            ("kp --cluster=sh", "sh", "--cluster=shop/prod", "shop/prod"),
            ("kp ", "", "a$(b c)`d`;*", r"a\$\(b\ c\)\`d\`\;\*"),
        ] {
            assert_eq!(replacements(line, replaced, word), [expected], "{line}");
        }
        for (line, replaced, word) in
            [("kp key/t", "key/t", "key/shop/ops"), ("kp \"", "", "a$(touch x)"), ("kp '", "", "it's")]
        {
            assert!(replacements(line, replaced, word).is_empty(), "{line}");
        }
    }

    #[test]
    fn bash_reads_an_escaped_word_as_it_was() {
        let word = "a b\"c'd$(echo e)`f`;g*h?[i]{j,k}~!#&|<>\\";
        let line = format!("printf %s {}", super::escaped(word));
        let Ok(bash) = std::process::Command::new("bash").args(["-c", &line]).output() else { return };
        assert_eq!(String::from_utf8(bash.stdout).unwrap(), word);
    }
}
