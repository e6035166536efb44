//! Scalars: text, words, flags and numbers.

use super::ShapeCheck;
use crate::check::declare::shape::Shape;
use crate::diagnostics::{Change, Fix};
use crate::rules::{invalid_value, unknown_role, wrong_type};
use crate::source::yaml::{Kind as NodeKind, NodeId, Plain, Style};

impl ShapeCheck<'_> {
    /// Whether a name of the user's own is text to every reader of YAML.
    pub(super) fn map_key(&mut self, key: NodeId) -> bool {
        let text = self.text(key);
        if self.source.yaml().node(key).kind != NodeKind::Scalar(Style::Plain) {
            return true;
        }
        match Plain::of(text) {
            Plain::Text => true,
            plain => self.refuse(wrong_type::unquoted(self.at(key), "a name", text, of_type(plain, text))),
        }
    }

    pub(super) fn scalar(&mut self, node: NodeId, style: Style, shape: &Shape) -> bool {
        let text = self.text(node);
        let plain = if style == Style::Plain { Plain::of(text) } else { Plain::Text };
        match (shape, plain) {
            (_, Plain::Null) => self.refuse(wrong_type::nothing(self.at(node), &self.what())),
            (Shape::Text(words), _) if !words.is_empty() => {
                words.iter().any(|word| word == text) || self.refuse_word(node, text, words)
            }
            (Shape::Text(_), Plain::Text) | (Shape::Flag, Plain::Bool(_)) => true,
            (Shape::Text(_), Plain::Int) if self.day_for(text).is_some() => {
                let help = self.day_for(text);
                let expected = if self.field() == "lastDayWithin" { "a number of days" } else { "a day" };
                let finding = wrong_type::finding(self.at(node), &self.what(), expected, "a number");
                self.refuse(finding.maybe_help(help))
            }
            (Shape::Text(_), Plain::Bool(_) | Plain::Int | Plain::Float | Plain::Ambiguous) => {
                self.refuse(wrong_type::unquoted(self.at(node), &self.what(), text, of_type(plain, text)))
            }
            (Shape::Whole(least, most), Plain::Int)
                if Plain::int(text).is_some_and(|number| (*least..=*most).contains(&number)) =>
            {
                true
            }
            _ => {
                let found = match (plain, shape) {
                    (Plain::Bool(_), _) => "a boolean",
                    (Plain::Int, Shape::Whole(..)) => "a number outside of that",
                    (Plain::Float, Shape::Whole(..)) => "a number with a fraction",
                    (Plain::Int | Plain::Float, _) => "a number",
                    (Plain::Ambiguous | Plain::Text | Plain::Null, _) => "text",
                };
                let expected = match shape {
                    Shape::Whole(0, most) if *most >= i64::from(u32::MAX) => {
                        "a whole number from 0 up".into()
                    }
                    _ => shape.expected(),
                };
                let finding = wrong_type::finding(self.at(node), &self.what(), &expected, found);
                let flag = flag_meant(text).filter(|_| matches!(shape, Shape::Flag));
                let fix = flag.map(|flag| Fix::safe(vec![Change::Yaml(self.at(node), flag.to_string())]));
                self.refuse(finding.maybe_help(self.remedy(node, shape)).fix(fix))
            }
        }
    }

    fn refuse_word(&mut self, node: NodeId, text: &str, words: &[String]) -> bool {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let field = self.field();
        let is_item = self.path.last().is_some_and(|part| part.item.is_some());
        if field == "role" {
            return self.refuse(unknown_role::finding(self.at(node), text, &words));
        }
        let finding = invalid_value::not_one_of(self.at(node), &format!("`{field}` cannot be"), text, &words);
        // The word that is meant may be another item of the list.
        self.refuse(if is_item { finding.fix(None) } else { finding })
    }
}

/// What a word means in place of `true` or `false`.
pub(super) fn flag_meant(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => Some(true),
        "no" | "off" | "n" | "false" => Some(false),
        _ => None,
    }
}

/// What a plain scalar is that should be text.
fn of_type(plain: Plain, text: &str) -> &'static str {
    match plain {
        Plain::Null => "nothing",
        Plain::Bool(_) => "a boolean",
        Plain::Int | Plain::Float => "a number",
        Plain::Ambiguous if text.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            "a boolean in YAML 1.1"
        }
        Plain::Ambiguous | Plain::Text => "a number in YAML 1.1",
    }
}
