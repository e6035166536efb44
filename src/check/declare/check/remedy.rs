//! What to write in place of a value of a wrong type.

use super::ShapeCheck;
use super::scalar::flag_meant;
use crate::check::declare::kind::Kind;
use crate::check::declare::shape::Shape;
use crate::diagnostics::{Change, Fix, visible};
use crate::model::{NodeAddress, TEAM};
use crate::rules::{invalid_value, key_options, wrong_type};
use crate::source::yaml::{Kind as NodeKind, NodeId, Plain};

impl ShapeCheck<'_> {
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
            (Shape::Text(words), NodeKind::Mapping) => self.text_meant(node, field, words),
            (Shape::Record(_), NodeKind::Scalar(_)) if has_odd_space(self.text(node)) => {
                Some("write a plain space behind the `:` in place of the no-break space".into())
            }
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
            (Shape::List(_), NodeKind::Mapping) => Some(self.list_meant(node, field)),
            (Shape::List(_), _) if is_options => {
                Some(wrong_type::write(field, &key_options::list(self.text(node).split(','))))
            }
            (Shape::List(_), _) => Some(wrong_type::write(field, &format!("[{}]", self.text(node)))),
            (Shape::Flag, _) => {
                flag_meant(self.text(node)).map(|flag| wrong_type::write(field, &flag.to_string()))
            }
            (Shape::Whole(least, most), _) => {
                let number = self.text(node).trim().trim_end_matches('%').trim_end();
                let number = Plain::int(number).filter(|number| (*least..=*most).contains(number))?;
                Some(wrong_type::write(field, &number.to_string()))
            }
            _ => None,
        }
    }

    /// The fix for a list of one text where that text belongs.
    pub(super) fn only_text(&self, node: NodeId, shape: &Shape) -> Option<Fix> {
        let Shape::Text(words) = shape else { return None };
        let is_list = self.source.yaml().node(node).kind == NodeKind::Sequence;
        let item = self.only_item(node).filter(|_| is_list)?;
        let is_right = words.is_empty() || words.iter().any(|word| word == item);
        is_right.then(|| Fix::safe(vec![Change::OnlyItem(self.at(node))]))
    }

    /// What to write in place of a mapping where a text belongs.
    fn text_meant(&self, node: NodeId, field: &str, words: &[String]) -> Option<String> {
        let only = self.only_value(node);
        let name = self.source.yaml().entries(node).next().and_then(|(key, _)| self.scalar_text(key));
        Some(match (field, name, only) {
            ("sshKey", Some("name"), Some(key)) => wrong_type::write(field, key),
            ("sshKey", ..) => "name one key, as in `sshKey: ops`".into(),
            ("state", ..) => "write where the state is kept, as in `state: .keyplan/state`".into(),
            ("owner", Some("team"), Some(team)) => wrong_type::write(field, &format!("{TEAM}{team}")),
            ("owner", Some("user"), Some(user)) => wrong_type::write(field, user),
            ("owner", ..) => {
                "write a user, as in `owner: ana@example.com`, or a team, as in `owner: team:sre`".into()
            }
            ("publicKey", ..) => "write the line of the `.pub` file: `publicKey: TYPE AAAA… COMMENT`".into(),
            _ if field.starts_with("nodes[") => self.node_meant(node),
            _ if self.kind == Kind::Team && self.is_member() => match (name, only) {
                (Some("user" | "name"), Some(user)) => wrong_type::write(field, user),
                _ => "name the users: a team has no teams as members".into(),
            },
            (_, Some("name" | "value"), Some(value)) => wrong_type::write(field, value),
            (_, _, Some(value)) if words.iter().any(|word| word == value) => wrong_type::write(field, value),
            _ => return None,
        })
    }

    /// The node that is written so that YAML takes it for a mapping: `n1: 22`, `[fd00::1]:22`.
    fn node_meant(&self, node: NodeId) -> String {
        let written = self.written(node).trim_matches(['{', '}']).replace(": ", ":");
        match NodeAddress::parse(written.trim()) {
            Ok(_) if written.starts_with('[') => format!("write `\"{}\"`", visible(&written)),
            Ok(_) => format!("write `{}`", visible(written.trim())),
            Err(_) => "write `HOST` or `HOST:PORT`, as in `10.0.0.11:2222`".into(),
        }
    }

    /// The list that is meant by a mapping.
    fn list_meant(&self, node: NodeId, field: &str) -> String {
        let yaml = self.source.yaml();
        let entries = || yaml.entries(node).filter_map(|(key, value)| Some((self.scalar_text(key)?, value)));
        let is_field = |name: &str| matches!(name, "user" | "team" | "role" | "name");
        let items: Vec<String> = if self.kind == Kind::Team && field == "members" {
            let user = |(name, value)| match self.scalar_text(value) {
                Some(user) if is_field(name) => user.to_owned(),
                _ => name.to_owned(),
            };
            entries().map(user).collect()
        } else if field == "members" && entries().all(|(name, _)| !is_field(name)) {
            let member = |(name, value)| format!("{{user: {name}, role: {}}}", self.text(value));
            entries().map(member).collect()
        } else if field == "nodes" {
            entries()
                .map(|(name, value)| format!("{name}:{}", self.text(value)).trim_end_matches(':').into())
                .collect()
        } else if self.written(node).starts_with('{') {
            vec![self.written(node).to_owned()]
        } else {
            return "begin each item of the list with `- `".into();
        };
        wrong_type::write(field, &format!("[{}]", items.join(", ")))
    }

    /// The day that a number in `expires` or `until` means, and the days that one in `lastDayWithin` does.
    pub(super) fn day_for(&self, text: &str) -> Option<String> {
        if self.field() == "lastDayWithin" {
            return Some(wrong_type::write("lastDayWithin", &format!("{text}d")));
        }
        let field = self.field();
        let day = invalid_value::day_meant(text).filter(|_| matches!(&*field, "expires" | "until"))?;
        Some(wrong_type::write(&field, &day.to_string()))
    }
}

/// Whether a space of another alphabet follows the first `:`, so that all is one text.
fn has_odd_space(text: &str) -> bool {
    let behind = text.split_once(':').and_then(|(_, rest)| rest.chars().next());
    behind.is_some_and(|letter| letter.is_whitespace() && !letter.is_ascii())
}
