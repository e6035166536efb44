//! "did you mean".

/// The candidate that a misspelt word most likely means; nothing when none is near.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| {
            distance <= (word.chars().count().max(candidate.chars().count()) / 3).max(1)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
