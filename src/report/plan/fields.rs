//! The fields of a change: what is set, and what differs.

use std::borrow::Cow;
use std::io;
use std::iter;

use super::long_text::{self, is_long};
use crate::openssh::PublicKey;
use crate::plan::{Change, FieldChange, FieldValue, Resource};
use crate::report::page::{self, Page, Piece, words};

/// What is shown for a value that is not there.
const NONE: &str = "(none)";

/// What is said below a change's header. Of what is deleted nothing more needs to be known.
pub(super) fn draw(page: &mut Page<'_>, change: &Change) -> io::Result<()> {
    match (change.before(), change.after()) {
        (None, Some(after)) => created(page, after, change.fields()),
        (Some(before), Some(after)) => updated(page, before, after, change.fields()),
        (_, None) => Ok(()),
    }
}

/// The fields of what is new, compactly: a description, then short values, lists and labels.
fn created(page: &mut Page<'_>, resource: &Resource, fields: Vec<FieldChange<'_>>) -> io::Result<()> {
    let (mut short, mut labels, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    if matches!(resource, Resource::Cluster(cluster) if cluster.ssh_key.is_none()) {
        short.push(Piece::of(format_args!("sshKey: {NONE}")));
    }
    for FieldChange { field, before: _, after } in fields {
        match (&*field, after) {
            // The address has the name, and the public key its type.
            (_, None) | ("name" | "type", _) => {}
            (_, Some(FieldValue::List(items))) => lists.push((field, items)),
            ("publicKey", Some(FieldValue::Text(line))) => labelled(page, "publicKey", [Piece::new(line)])?,
            ("description", Some(FieldValue::Text(text))) if is_long(&text) => {
                labelled(page, "description", [])?;
                long_text::whole(page, &text)?;
            }
            ("description" | "fingerprint", Some(FieldValue::Text(text))) => {
                labelled(page, &field, words(&bare_or_quoted(&text)))?;
            }
            (_, Some(FieldValue::Text(text))) => match field.strip_prefix("labels.") {
                Some(label) => labels.push(Piece::of(format_args!(
                    "{}={}",
                    bare_or_quoted(label),
                    bare_or_quoted(&text)
                ))),
                None => short.push(Piece::of(format_args!("{field}: {}", bare_or_quoted(&text)))),
            },
        }
    }
    if !short.is_empty() {
        page.flow(4, 6, page::all(short.into_iter()))?;
    }
    for (field, items) in lists {
        if matches!(resource, Resource::Project(_)) {
            labelled(page, &field, [])?;
            items.iter().try_for_each(|item| page.flow(6, 8, words(item)))?;
        } else {
            labelled(page, &field, page::all(items.into_iter().map(Piece::new)))?;
        }
    }
    if labels.is_empty() { Ok(()) } else { labelled(page, "labels", page::all(labels.into_iter())) }
}

/// A field's name, and its value behind it or below.
fn labelled<'a>(
    page: &mut Page<'_>,
    field: &'a str,
    value: impl IntoIterator<Item = Piece<'a>>,
) -> io::Result<()> {
    page.flow(4, 6, iter::once(Piece::new(field).tail(":")).chain(value))
}

fn updated(
    page: &mut Page<'_>,
    before: &Resource,
    after: &Resource,
    fields: Vec<FieldChange<'_>>,
) -> io::Result<()> {
    for change in fields {
        match (&*change.field, before, after) {
            // The header has the names, and the public key its type and fingerprint.
            ("name" | "type" | "fingerprint", ..) => {}
            ("publicKey", Resource::Key(before), Resource::Key(after)) => {
                public_key(page, &before.public_key, &after.public_key)?;
            }
            _ => field_change(page, &change)?,
        }
    }
    Ok(())
}

fn field_change(page: &mut Page<'_>, change: &FieldChange<'_>) -> io::Result<()> {
    let FieldChange { field, before, after } = change;
    match (before, after) {
        (Some(FieldValue::List(_)), _) | (_, Some(FieldValue::List(_))) => {
            list_change(page, field, items(before.as_ref()), items(after.as_ref()))
        }
        (None | Some(FieldValue::Text(_)), None | Some(FieldValue::Text(_))) => {
            text_change(page, field, text(before.as_ref()), text(after.as_ref()))
        }
    }
}

fn text<'a>(value: Option<&'a FieldValue<'_>>) -> Option<&'a str> {
    match value {
        Some(FieldValue::Text(text)) => Some(text),
        None | Some(FieldValue::List(_)) => None,
    }
}

fn items<'a>(value: Option<&'a FieldValue<'_>>) -> &'a [String] {
    match value {
        None | Some(FieldValue::Text(_)) => &[],
        Some(FieldValue::List(items)) => items,
    }
}

fn text_change<'a>(
    page: &mut Page<'_>,
    field: &str,
    before: Option<&'a str>,
    after: Option<&'a str>,
) -> io::Result<()> {
    if before.is_some_and(is_long) || after.is_some_and(is_long) {
        labelled(page, field, [])?;
        return long_text::draw(page, before.unwrap_or_default(), after.unwrap_or_default());
    }
    let shown = |text: Option<&'a str>| match text {
        Some(text) => bare_or_quoted(text),
        None if field == "protected" => "false".into(),
        None => NONE.into(),
    };
    let change = page.becomes(shown(before), shown(after));
    labelled(page, field, change)
}

fn list_change(page: &mut Page<'_>, field: &str, before: &[String], after: &[String]) -> io::Result<()> {
    let (lost, gained) = (without(before, after), without(after, before));
    if lost.is_empty() && gained.is_empty() {
        return labelled(page, field, words("(in another order)"));
    }
    labelled(page, field, [])?;
    for item in lost {
        page.flow(6, 8, iter::once(page.lost()).chain(words(item)))?;
    }
    for item in gained {
        page.flow(6, 8, iter::once(page.gained()).chain(words(item)))?;
    }
    Ok(())
}

/// Items less others, each as often as it is left over.
fn without<'a>(items: &'a [String], others: &[String]) -> Vec<&'a String> {
    let mut others: Vec<_> = others.iter().collect();
    let is_left = |item: &&String| match others.iter().position(|other| other == item) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    };
    items.iter().filter(is_left).collect()
}

/// Both keys by type, fingerprint and comment, and the whole line of the new one: what lets people in is
/// never hidden, and never broken, so that it can be copied.
fn public_key(page: &mut Page<'_>, before: &PublicKey, after: &PublicKey) -> io::Result<()> {
    let line = Piece::new(after.line_with_comment());
    if before == after {
        let change = page.becomes(comment(before), comment(after));
        labelled(page, "comment", change)?;
        return page.flow(6, 6, [line]);
    }
    labelled(page, "publicKey", [])?;
    for (mark, key) in [(page.lost(), before), (page.gained(), after)] {
        let (key_type, fingerprint) = (Piece::new(key.key_type().name()), Piece::of(key.fingerprint()));
        page.flow(6, 8, [mark, key_type, fingerprint, Piece::new(comment(key))])?;
    }
    page.flow(8, 8, [line])
}

fn comment(key: &PublicKey) -> Cow<'_, str> {
    if key.comment().is_empty() { "(no comment)".into() } else { bare_or_quoted(key.comment()) }
}

/// A text as it is, or in quotes where it could be mistaken for more or less than it is.
fn bare_or_quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@+:/".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.into()
    } else {
        format!("\"{}\"", text.replace('"', "\\\"")).into()
    }
}
