//! Lines of `authorized_keys`, and of the files of keys that GitHub and GitLab serve, which are such lines without
//! comments.

use jiff::civil::Date;

use super::expiry::last_day;
use super::found::{FoundKey, LeftOut};
use crate::check::resolve::public_key::read_public_key;
use crate::diagnostics::{Finding, LocatedText, Location, is_plain, quoted};
use crate::openssh::{KeyOptions, KeyType, LineParts, MAX_OPTIONS, Permission, PublicKey};
use crate::rules::{key_options, private_key};
use crate::source::FileId;

/// The longest comment that is kept, in characters: more is no comment any more.
const LONGEST_COMMENT: usize = 128;

/// What lines hold.
#[derive(Clone, Debug, Default)]
pub struct ReadLines {
    pub keys: Vec<FoundKey>,
    pub left_out: Vec<LeftOut>,
}

/// Whether a text holds a private key: then nothing of it may be shown, or read any further.
#[must_use]
pub fn holds_private_key(bytes: &[u8]) -> bool {
    private_key::holds_one(&String::from_utf8_lossy(bytes))
}

/// Reads lines, each with its number; `file` is what they are from, for people.
#[must_use]
pub fn read(file: &str, lines: impl IntoIterator<Item = (usize, Vec<u8>)>) -> ReadLines {
    let mut read = ReadLines::default();
    for (number, line) in lines {
        read.line(&format!("{file}:{number}"), &line);
    }
    read
}

/// Reads the lines of a text that is no file.
#[must_use]
pub fn read_text(at: &str, text: &str) -> ReadLines {
    let mut read = ReadLines::default();
    text.split(['\r', '\n']).for_each(|line| read.line(at, line.as_bytes()));
    read
}

impl ReadLines {
    fn line(&mut self, at: &str, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            return;
        }
        match key(line) {
            Ok(Line { key, options, expires, notes }) => {
                self.keys.push(FoundKey { key, options, expires, notes, at: vec![at.into()] });
            }
            Err((why, rule)) => self.left_out.push(LeftOut { at: at.into(), why, rule }),
        }
    }
}

struct Line {
    key: PublicKey,
    options: KeyOptions,
    expires: Option<Date>,
    notes: Vec<String>,
}

/// Why a line is left out, and the rule that says so.
type Refusal = (String, Option<&'static str>);

fn key(line: &str) -> Result<Line, Refusal> {
    // A line that sshd takes nothing from is read for what is wrong with it.
    let parts = LineParts::of(line).unwrap_or(LineParts { options: "", key: line });
    let key = public_key(parts.key)?;
    let mut notes = Vec::new();
    let (options, expires) = options(&parts, key.key_type(), &mut notes).map_err(|why| (why, None))?;
    Ok(Line { key, options, expires, notes })
}

/// The key of a text `type base64 comment`, whatever is in its comment.
fn public_key(text: &str) -> Result<PublicKey, Refusal> {
    let mut words = text.split_ascii_whitespace();
    let (Some(name), Some(encoded)) = (words.next(), words.next()) else {
        return Err(refusal(&judged(text).1));
    };
    let comment: String = words.collect::<Vec<_>>().join(" ").chars().filter(|it| is_kept(*it)).collect();
    let whole = format!("{name} {encoded} {}", comment.trim());
    let (key, findings) = judged(&whole);
    let Some(key) = key else { return Err(refusal(&findings)) };
    let comment: String = comment.trim().chars().take(LONGEST_COMMENT).collect();
    PublicKey::new(key.blob().to_vec(), comment.trim()).map_err(|error| (error.to_string(), None))
}

fn judged(text: &str) -> (Option<PublicKey>, Vec<Finding>) {
    let mut findings = Vec::new();
    // What is found is told by its line: nothing is drawn here.
    let key = read_public_key(&LocatedText::new(text, Location::File(FileId(0))), &mut findings);
    (key, findings)
}

/// Whether a character of a comment shows itself, and is none that stands for bytes which are no text.
fn is_kept(letter: char) -> bool {
    is_plain(letter) && letter != char::REPLACEMENT_CHARACTER
}

fn refusal(findings: &[Finding]) -> Refusal {
    let is_error = |finding: &&Finding| !finding.is_warning() && finding.rule != &key_options::RULE;
    let first = findings.iter().find(is_error).or(findings.first());
    first.map_or_else(
        || ("there is no key on this line".into(), None),
        |finding| (finding.summary.clone(), Some(finding.rule.name)),
    )
}

/// The options of a line that a declaration can hold, and the last day on which it lets in.
fn options(
    parts: &LineParts<'_>,
    key_type: KeyType,
    notes: &mut Vec<String>,
) -> Result<(KeyOptions, Option<Date>), String> {
    let (mut held, mut expires) = (Vec::new(), None::<Date>);
    for item in parts.items().filter(|_| !parts.options.is_empty()) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        match name.to_ascii_lowercase().as_str() {
            "expiry-time" => {
                let day = value.strip_prefix('"').and_then(|value| last_day(value.strip_suffix('"')?));
                let day = day.ok_or_else(|| format!("sshd takes no line with {}", quoted(item)))?;
                if !value.ends_with("2359Z\"") && !value.ends_with("235959Z\"") {
                    notes.push(format!(
                        "its line has {item}, which ends within a day: this is the day before"
                    ));
                }
                // Of several, sshd heeds the earliest.
                expires = Some(expires.map_or(day, |other| other.min(day)));
            }
            "cert-authority" | "principals" => {
                return Err(format!(
                    "`{}` makes it the key of an authority, which lets in by certificates: no key of a declaration does",
                    name.to_ascii_lowercase()
                ));
            }
            _ if KeyOptions::parse(item).is_none() => {
                return Err(format!(
                    "sshd takes no line with the option {}, or keyplan does not know it",
                    quoted(item)
                ));
            }
            _ => held.push(item),
        }
    }
    let options = KeyOptions::parse(&held.join(","))
        .ok_or_else(|| "its options cannot stand together, so that sshd takes no such line".to_owned())?;
    let options = heeded(options, key_type);
    match options.to_string().len() {
        length if length > MAX_OPTIONS => Err(format!(
            "its options have {length} bytes, and {MAX_OPTIONS} are the most that keyplan writes"
        )),
        _ => Ok((options, expires)),
    }
}

/// The options without those that sshd does not heed on such a key.
fn heeded(mut options: KeyOptions, key_type: KeyType) -> KeyOptions {
    if !matches!(key_type, KeyType::SkEd25519 | KeyType::SkEcdsaP256) {
        (options.no_touch_required, options.verify_required) = (false, false);
    }
    if !options.permits(Permission::PortForwarding) {
        options.permit_open.clear();
        options.permit_listen.clear();
    }
    // Whoever matches `*` is let in: without anybody who is kept out that says nothing.
    if options.from.iter().all(|pattern| !pattern.negated)
        && options.from.iter().any(|it| it.to_string() == "*")
    {
        options.from.clear();
    }
    options
}
