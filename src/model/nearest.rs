//! "did you mean".

/// The fewest letters by which a part of a name stands for all of it.
const SHORTEST_PART: usize = 3;

/// The candidate that a word most likely means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion<'a> {
    pub word: &'a str,
    /// Whether no other candidate is just as near.
    pub is_only: bool,
}

impl Suggestion<'_> {
    /// The help for a word that means nothing.
    #[must_use]
    pub fn help(&self) -> String {
        format!("did you mean `{}`?", self.word)
    }
}

/// What a word most likely means: a misspelt candidate, else the only one that the word is a part of or that is
/// a part of the word; nothing when none is near.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Suggestion<'a>> {
    let candidates: Vec<_> = candidates.into_iter().collect();
    let lower = word.to_lowercase();
    let length = word.chars().count();
    let distance = |candidate: &&&'a str| {
        let other = candidate.chars().count();
        let most = (length.max(other) / 3).max(1);
        // No distance is less than the difference in length.
        let is_near = length.abs_diff(other) <= most;
        let distance = is_near.then(|| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()))?;
        (distance <= most).then_some(distance)
    };
    let misspelt: Vec<_> =
        candidates.iter().filter_map(|candidate| Some((distance(&candidate)?, *candidate))).collect();
    if let Some((least, word)) = misspelt.iter().min() {
        let is_only = misspelt.iter().all(|(distance, other)| distance > least || other == word);
        return Some(Suggestion { word, is_only });
    }
    let mut parts =
        candidates.into_iter().filter(|candidate| is_short_for(word, candidate) || holds(word, candidate));
    let word = parts.next()?;
    parts.next().is_none().then_some(Suggestion { word, is_only: true })
}

/// The candidate that a word most likely means.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    suggestion(word, candidates).map(|near| near.word)
}

/// The help for a word that means nothing: the candidate that it most likely means, if any is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    suggestion(word, candidates).map(|near| near.help())
}

/// Whether two words are the same but for case, hyphens, underscores and blanks.
#[must_use]
pub fn is_same_word(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    letters(one) == letters(other)
}

/// Whether a word is the beginning or the last part of a name: `rsa` of `ssh-rsa`, `key` of `sshKey`.
fn is_short_for(word: &str, name: &str) -> bool {
    let Some(rest) = name.len().checked_sub(word.len()).filter(|_| word.len() >= SHORTEST_PART) else {
        return false;
    };
    let is_at = |at: usize| name.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
    let begins_a_part = || {
        let is_capital = name[rest..].starts_with(|first: char| first.is_uppercase());
        is_capital || !name[..rest].ends_with(char::is_alphanumeric)
    };
    is_at(0) || (is_at(rest) && begins_a_part())
}

/// Whether a word is a name with something around it that no name has: `payments/ops`, `ops.pub`, `ops;`.
fn holds(word: &str, name: &str) -> bool {
    let parts = |part: char| !part.is_alphanumeric() && !"-_+@ ".contains(part);
    name.len() >= SHORTEST_PART
        && (word.strip_prefix(name).is_some_and(|rest| rest.starts_with(parts))
            || word.strip_suffix(name).is_some_and(|rest| rest.ends_with(parts)))
}

#[cfg(test)]
mod tests {
    use super::{is_same_word, nearest, suggestion};

    #[test]
    fn finds_a_slip_of_the_finger_and_no_more() {
        let fields = ["publicKey", "publicKeyFile", "owner", "expires"];
        assert_eq!(nearest("publickey", fields), Some("publicKey"));
        assert_eq!(nearest("ower", fields), Some("owner"));
        assert_eq!(nearest("colour", fields), None);
        assert_eq!(nearest("ops", ["osp", "backup"]), Some("osp"));
        assert_eq!(nearest("a", ["b"]), Some("b"));
        assert_eq!(nearest("ab", ["xy"]), None);
    }

    #[test]
    fn finds_the_only_name_that_is_meant_by_a_part() {
        let types = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"];
        assert_eq!(nearest("ed25519", types), Some("ssh-ed25519"));
        assert_eq!(nearest("RSA", types), Some("ssh-rsa"));
        assert_eq!(nearest("ecdsa", types), None);
        assert_eq!(nearest("key", ["cloud", "sshKey"]), Some("sshKey"));
        assert_eq!(nearest("warn", ["off", "warning", "error"]), Some("warning"));
        for word in ["payments/ops", "ops.pub", "key/payments/ops"] {
            assert_eq!(nearest(word, ["ops", "backup"]), Some("ops"), "{word}");
        }
        assert_eq!(nearest("ops-2026", ["ops"]), None);
        assert_eq!(nearest("devops", ["ops"]), None);
        assert_eq!(nearest("münchen", ["mü"]), None);
    }

    #[test]
    fn knows_whether_another_is_just_as_near() {
        let is_only = |word, candidates: &[&'static str]| {
            suggestion(word, candidates.iter().copied()).map(|near| near.is_only)
        };
        assert_eq!(is_only("prod-3", &["prod-1", "prod-2"]), Some(false));
        assert_eq!(is_only("prod-1 ", &["prod-1", "prod-2"]), Some(true));
        assert_eq!(is_only("opps", &["ops", "ops"]), Some(true));
        assert_eq!(is_only("ops.pub", &["ops", "backup"]), Some(true));
    }

    #[test]
    fn a_word_in_another_spelling_is_the_same() {
        for (one, other) in [("project_admin", "Project Admin"), ("sshkey", "sshKey"), ("SSH-KEY", "sshKey")]
        {
            assert!(is_same_word(one, other));
        }
        assert!(!is_same_word("sshKeys", "sshKey"));
    }
}
