//! What to write in place of a value of a wrong type.

use super::Check;
use crate::declare::shape::Shape;
use crate::rules::{invalid_value, key_options, wrong_type};
use crate::source::yaml::{Kind as NodeKind, NodeId, Plain};

impl Check<'_> {
    /// What to write in place of a value of a wrong type, where more can be said than what type is right.
    pub(super) fn remedy(&self, node: NodeId, shape: &Shape) -> Option<String> {
        let yaml = self.source.yaml();
        let (kind, field) = (yaml.node(node).kind, &*self.field());
        let is_member = self.path.first().is_some_and(|part| part.field == "spec") && self.is_member();
        let mut fields = self.path.iter().map(|part| part.field);
        let is_options = (fields.next(), fields.next()) == (Some("spec"), Some("options"));
        match (shape, kind) {
            (Shape::Text(_), NodeKind::Sequence) => match (self.only_item(node), field) {
                (Some(item), _) => Some(wrong_type::write(field, item)),
                (None, "publicKey") => {
                    Some("keep one key, and declare another `SSHKey` for each further one".into())
                }
                (None, "role") => Some("list the member once for each role".into()),
                _ => None,
            },
            (Shape::Text(_), NodeKind::Mapping) => match self.only_value(node) {
                Some(value) => Some(wrong_type::write(field, value)),
                None if field == "publicKey" => {
                    Some("write the line of the `.pub` file: `publicKey: TYPE AAAA… COMMENT`".into())
                }
                None if field.starts_with("nodes[") => {
                    Some("write `HOST` or `HOST:PORT`, as in `10.0.0.11:2222`".into())
                }
                None => None,
            },
            (Shape::Record(_), NodeKind::Scalar(_)) if is_member => {
                let text = self.text(node);
                let (user, role) = text.split_once(": ").unwrap_or((text, "ROLE"));
                Some(wrong_type::write(field, &format!("{{user: {user}, role: {role}}}")))
            }
            (Shape::Record(_), NodeKind::Scalar(_)) if field == "options" => {
                Some(key_options::remedy(self.text(node)))
            }
            (Shape::Record(_), NodeKind::Sequence) if field == "options" => {
                let items: Vec<_> = yaml.children(node).filter_map(|item| self.scalar_text(item)).collect();
                Some(key_options::remedy(&items.join(",")))
            }
            (Shape::Record(_), NodeKind::Sequence) => {
                let has_fields = yaml.children(node).any(|item| yaml.node(item).kind == NodeKind::Mapping);
                Some(if has_fields {
                    "delete the `- ` before each field, and the brackets if there are any".into()
                } else {
                    "write its fields below it, each as `name: value`".into()
                })
            }
            (Shape::Map(_), _) => Some(match field {
                "rules" => "write a rule and its severity below it, as in `unused-key: off`".into(),
                "environment" => "write `NAME: VALUE` below it, as in `BACKUP_SET: daily`".into(),
                _ => "write `NAME: VALUE` below it, as in `tier: gold`".into(),
            }),
            (Shape::List(_), NodeKind::Mapping) => Some("begin each item of the list with `- `".into()),
            (Shape::List(_), _) if is_options => {
                Some(wrong_type::write(field, &key_options::list(self.text(node).split(','))))
            }
            (Shape::List(_), _) => Some(wrong_type::write(field, &format!("[{}]", self.text(node)))),
            (Shape::Flag, _) => Some(match self.text(node).to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => wrong_type::write(field, "true"),
                "no" | "off" | "n" | "false" => wrong_type::write(field, "false"),
                _ => return None,
            }),
            (Shape::Whole(least, most), _) => {
                let number = self.text(node).trim().trim_end_matches('%').trim_end();
                let number = Plain::int(number).filter(|number| (*least..=*most).contains(number))?;
                Some(wrong_type::write(field, &number.to_string()))
            }
            _ => None,
        }
    }

    /// The day that a number in `expires` means.
    pub(super) fn day_for(&self, text: &str) -> Option<String> {
        let day = invalid_value::day_meant(text).filter(|_| self.field() == "expires")?;
        Some(wrong_type::write("expires", &day.to_string()))
    }
}
