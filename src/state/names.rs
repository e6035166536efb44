//! The names of what a store has.

use super::entry::Digest;

/// The largest number of an entry: larger ones are not exact in every reader of JSON.
const LARGEST: u64 = 1 << 53;

/// How many digits the name of an entry has.
const DIGITS: usize = 20;

/// The name of an entry.
pub(super) fn entry_name(number: u64) -> String {
    format!("log/{}", name_in_log(number))
}

/// The name of an entry in the folder of the log.
pub(super) fn name_in_log(number: u64) -> String {
    format!("{number:0DIGITS$}.json")
}

/// The number of the entry with this name in the folder of the log.
pub(super) fn number_in_log(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json").filter(|digits| digits.len() == DIGITS)?;
    let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?;
    number.filter(|number| *number <= LARGEST)
}

/// The number of the entry with this name.
pub(super) fn entry_number(name: &str) -> Option<u64> {
    number_in_log(name.strip_prefix("log/")?)
}

/// The name of an object.
pub(super) fn object_name(digest: &Digest) -> String {
    format!("objects/{digest}.json")
}

/// The digest of the object with this name.
pub(super) fn object_digest(name: &str) -> Option<Digest> {
    Digest::parse(name.strip_prefix("objects/")?.strip_suffix(".json")?)
}
