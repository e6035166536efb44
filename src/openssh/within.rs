//! Whether options allow no more than others do.

use std::collections::BTreeSet;

use super::key_options::Permission;
use super::{FromPattern, KeyOptions};

impl KeyOptions {
    /// Whether a key with these options can do nothing, and from nowhere, that it could not with the others. Where that
    /// depends on what a command or a variable means, only the same is within.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let permitted = |permission: &Permission| !self.permits(*permission) || other.permits(*permission);
        (self.restrict || !other.restrict)
            && Permission::ALL.iter().all(permitted)
            && (other.no_touch_required || !self.no_touch_required)
            && (self.verify_required || !other.verify_required)
            && is_from_within(&self.from, &other.from)
            && (other.command.is_none() || self.command == other.command)
            && self.environment == other.environment
            && is_list_within(&self.permit_open, &other.permit_open)
            && is_list_within(&self.permit_listen, &other.permit_listen)
            && (other.tunnel.is_none() || self.tunnel == other.tunnel)
    }
}

/// An empty list allows everything.
fn is_list_within<T: Ord>(list: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
    other.is_empty() || (!list.is_empty() && list.is_subset(other))
}

fn is_from_within(from: &BTreeSet<FromPattern>, other: &BTreeSet<FromPattern>) -> bool {
    if other.is_empty() {
        return true;
    }
    let let_in = |pattern: &&FromPattern| !pattern.negated;
    let kept_out = |pattern: &&FromPattern| pattern.negated;
    let is_let_in = |one: &FromPattern| other.iter().filter(let_in).any(|all| all.source.covers(&one.source));
    let is_kept_out =
        |one: &FromPattern| from.iter().filter(kept_out).any(|all| all.source.covers(&one.source));
    !from.is_empty()
        && from.iter().filter(let_in).all(is_let_in)
        && other.iter().filter(kept_out).all(is_kept_out)
}

#[cfg(test)]
mod tests {
    use super::KeyOptions;

    fn options(text: &str) -> KeyOptions {
        KeyOptions::parse(text).unwrap()
    }

    #[test]
    fn what_is_taken_away_is_within_what_was_there() {
        for (narrow, wide) in [
            ("restrict", ""),
            ("no-pty", ""),
            ("restrict", "restrict,pty"),
            ("restrict,pty", "no-agent-forwarding"),
            ("verify-required", ""),
            ("", "no-touch-required"),
            ("from=\"10.0.0.0/24\"", ""),
            ("from=\"10.0.0.0/24\"", "from=\"10.0.0.0/8\""),
            ("from=\"10.0.0.1\"", "from=\"10.0.0.1,10.0.0.2\""),
            ("from=\"*.a,!b.a\"", "from=\"*.a\""),
            ("command=\"true\"", ""),
            ("permitopen=\"a:1\"", ""),
            ("permitopen=\"a:1\"", "permitopen=\"a:1\",permitopen=\"b:1\""),
            ("permitlisten=\"1\"", ""),
            ("tunnel=\"1\"", ""),
        ] {
            let (narrow, wide) = (options(narrow), options(wide));
            assert!(narrow.is_within(&wide), "{narrow} {wide}");
            assert!(!wide.is_within(&narrow), "{wide} {narrow}");
            assert!(narrow.is_within(&narrow) && wide.is_within(&wide));
        }
    }

    #[test]
    fn what_cannot_be_compared_is_not_within() {
        for (one, other) in [
            ("command=\"true\"", "command=\"false\""),
            ("environment=\"A=1\"", ""),
            ("from=\"10.0.0.1\"", "from=\"10.0.0.2\""),
            ("restrict", "verify-required"),
            ("restrict,pty", "no-pty"),
            ("tunnel=\"1\"", "tunnel=\"2\""),
        ] {
            let (one, other) = (options(one), options(other));
            assert!(!one.is_within(&other) && !other.is_within(&one), "{one} {other}");
        }
    }
}
