//! The bytes of a file into a source: text, free of secrets, and what is wrong with it as a file.

use std::ops::Range;

use camino::Utf8PathBuf;

use crate::diagnostics::{Finding, Location};
use crate::rules::{hidden_character, not_an_ssh_key, private_key, yaml_syntax};
use crate::source::{FileId, SourceFile, SourceSpan, Span};

/// A file of declarations. Private keys are masked before anything else looks at the text, so that
/// nothing of them can be shown.
pub fn load_yaml(file: FileId, path: Utf8PathBuf, bytes: Vec<u8>, findings: &mut Vec<Finding>) -> SourceFile {
    let mut is_utf8 = true;
    let mut text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            is_utf8 = false;
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            findings.push(yaml_syntax::not_utf8(file, clamp(at), is_utf16));
            if is_utf16 {
                return SourceFile::of_text(path, ascii_only(&bytes), Vec::new()).altered();
            }
            ascii_only(&bytes)
        }
    };
    let mut secrets = mask(&mut text);
    let mut source = SourceFile::of_yaml(path, text, secrets.clone());
    // A key may hide behind escapes: it shows in the decoded text alone.
    let hidden: Vec<_> = source
        .yaml()
        .rewritten_texts()
        .filter(|(_, text)| !private_key::scan(text).is_empty())
        .map(|(span, _)| span)
        .collect();
    if !hidden.is_empty() {
        let (path, mut text) = source.into_parts();
        let ranges: Vec<Range<usize>> = hidden.iter().map(|span| span.range()).collect();
        private_key::mask(&mut text, &ranges);
        secrets.extend(hidden);
        secrets.sort_unstable();
        source = SourceFile::of_yaml(path, text, secrets);
    }
    let found =
        source.secrets().iter().map(|&span| private_key::finding(Location::Bytes(SourceSpan { file, span })));
    findings.extend(found);
    let faults = source.yaml().faults();
    let most = yaml_syntax::most_problems(source.text().len());
    findings.extend(faults.iter().take(most).map(|fault| yaml_syntax::finding(file, fault)));
    if faults.len() > most {
        findings.push(yaml_syntax::more(Location::File(file), "file", faults.len() - most));
    }
    if is_utf8 { source } else { source.altered() }
}

/// What a file holds that `publicKeyFile` names.
#[derive(Debug)]
pub enum KeyText {
    /// A text that looks like a public key, for the rules of public keys to read.
    Key(Box<str>),
    /// Anything else, and what is wrong with it, to be told where the file is named.
    Other(Box<Finding>),
    /// A private key, which is told already.
    Secret,
}

/// A file that `publicKeyFile` names. It can be any file of the workspace: of what does not look like a public key,
/// nothing is shown.
pub fn load_key(
    file: FileId,
    path: Utf8PathBuf,
    bytes: Vec<u8>,
    findings: &mut Vec<Finding>,
) -> (SourceFile, KeyText) {
    let mut is_utf8 = true;
    let (mut text, fault) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            is_utf8 = false;
            let fault = hidden_character::not_text(error.as_bytes(), Location::File(file));
            (ascii_only(error.as_bytes()), Some(fault))
        }
    };
    let secrets = mask(&mut text);
    findings
        .extend(secrets.iter().map(|&span| private_key::finding(Location::Bytes(SourceSpan { file, span }))));
    let fault = fault.or_else(|| not_an_ssh_key::in_a_file(&text, &path, Location::File(file)));
    let key = match fault {
        _ if !secrets.is_empty() => KeyText::Secret,
        Some(fault) => KeyText::Other(Box::new(fault)),
        None => KeyText::Key(text.as_str().into()),
    };
    let others = not_an_ssh_key::other_lines(&text);
    let is_masked = others.iter().any(|line| !text[line.clone()].trim_matches(['\r', '\n']).is_empty());
    private_key::mask(&mut text, &others);
    let file = SourceFile::of_text(path, text, secrets);
    (if is_utf8 && !is_masked { file } else { file.altered() }, key)
}

fn mask(text: &mut String) -> Vec<Span> {
    let ranges = private_key::scan(text);
    private_key::mask(text, &ranges);
    ranges.iter().map(|range| Span::new(clamp(range.start), clamp(range.end))).collect()
}

/// The same bytes with `?` for each that is not ASCII, so that offsets stay what they are.
fn ascii_only(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
