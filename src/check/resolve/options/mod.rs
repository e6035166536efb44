//! The options of a key. What sshd would drop a line for, or take for something else, is found here.

mod from;
mod permits;

use std::collections::{BTreeMap, BTreeSet};

use super::resolver::DeclarationResolver;
use crate::check::declare::key_options::KeyOptionsSpec;
use crate::diagnostics::{LocatedText, Location};
use crate::openssh::{
    KeyOptions, KeyType, MAX_OPTIONS, OptionText, OptionTextError, Permission, Permit, PublicKey,
    VariableName,
};
use crate::rules::key_options::field_of;
use crate::rules::{invalid_value, unrestricted_command};
use crate::source::{FileId, Route};

impl DeclarationResolver<'_> {
    /// The options of a key; `key` is its public key, as far as it could be made out.
    pub(super) fn options(&mut self, given: &KeyOptionsSpec, key: Option<&PublicKey>) -> KeyOptions {
        let options = KeyOptions {
            restrict: given.restrict == Some(true),
            exceptions: self.exceptions(given),
            no_touch_required: given.touch_required == Some(false),
            verify_required: given.verify_required == Some(true),
            from: self.from(given.from.as_deref()),
            command: given.command.as_deref().and_then(|command| self.command(command)),
            environment: self.environment(given.environment.as_ref()),
            permit_open: self.permits("permitOpen", given.permit_open.as_deref(), Permit::open),
            permit_listen: self.permits("permitListen", given.permit_listen.as_deref(), Permit::listen),
            tunnel: given.tunnel,
        };
        self.check_forwarding(given, &options);
        self.check_fido(given, key);
        self.check_length(&options);
        if options.command.is_some() && !self.is_written("restrict") {
            let at = Location::Key(self.origin, route("command"));
            self.findings.extend(unrestricted_command::check(at, &options));
        }
        options
    }

    /// What is otherwise than `restrict` says. To allow what is allowed anyway reads as if the rest were
    /// forbidden: most likely `restrict` was forgotten.
    fn exceptions(&mut self, given: &KeyOptionsSpec) -> BTreeSet<Permission> {
        let restrict = given.restrict == Some(true);
        let mut exceptions = BTreeSet::new();
        for &permission in Permission::ALL {
            let asked = asked(given, permission);
            if asked == Some(restrict) {
                exceptions.insert(permission);
            } else if asked == Some(true) && !self.is_written("restrict") {
                let name = field_of(permission);
                let finding = invalid_value::RULE
                    .finding(format!("`{name}: true` changes nothing without `restrict: true`"))
                    .label(self.value(route(name)), "a key may do this anyway, and everything else too")
                    .help(format!("add `restrict: true`, or delete `{name}`"));
                self.findings.push(finding);
            }
        }
        exceptions
    }

    /// Whether a field is there, even if its value is wrong and not here.
    fn is_written(&self, field: &'static str) -> bool {
        let place =
            |route: &Route| self.resolver.sources.key(FileId(self.origin.file), self.origin.document, route);
        place(&route(field)) != place(&Route::fields(["spec", "options"]))
    }

    fn command(&mut self, text: &str) -> Option<OptionText> {
        let at = route("command");
        if text.trim().is_empty() {
            let finding = invalid_value::RULE
                .finding("`command` is empty")
                .label(self.value(at), "a login would end at once, with nothing run")
                .help("write what is to be run, or delete `command`");
            self.findings.push(finding);
            return None;
        }
        self.option_text("`command` cannot be", &LocatedText::new(text, self.value(at)))
    }

    fn environment(
        &mut self,
        given: Option<&BTreeMap<String, String>>,
    ) -> BTreeMap<VariableName, OptionText> {
        let mut environment = BTreeMap::new();
        for (name, value) in given.into_iter().flatten() {
            let at = route("environment").field(name.clone());
            let text = LocatedText::new(value, self.value(at.clone()));
            let value = self.option_text("`environment` cannot hold", &text);
            let Some(name) = VariableName::parse(name) else {
                self.findings.push(invalid_value::finding(
                    Location::Key(self.origin, at),
                    "`environment` cannot have",
                    name,
                    "this is no name of a variable that sshd and every shell take",
                    "write letters, digits and `_`, with no digit first",
                ));
                continue;
            };
            environment.extend(value.map(|value| (name, value)));
        }
        environment
    }

    fn option_text(&mut self, cannot: &str, text: &LocatedText<'_>) -> Option<OptionText> {
        let fault = match OptionText::parse(text.text()) {
            Ok(value) => return Some(value),
            Err(fault) => fault,
        };
        let whole = text.text();
        let (at, help) = match fault {
            OptionTextError::Control { letter: '\n', at } if at + 1 == whole.len() => (
                text.whole(),
                "write it on one line; behind `|` or `>` write `-`, for no line break at the end",
            ),
            OptionTextError::Control { letter: '\n' | '\r', at } => (
                text.at(at..at + 1),
                "write it on one line, or into a script on the node that is run in its place",
            ),
            OptionTextError::Control { letter, at } => {
                (text.at(at..at + letter.len_utf8()), "write a space in its place, or delete it")
            }
            OptionTextError::Backslash => {
                (text.at(whole.len() - 1..whole.len()), "end it with something else")
            }
        };
        self.findings.push(invalid_value::finding(at, cannot, whole, &fault.to_string(), help));
        None
    }

    fn refuse_list(&mut self, field: &'static str, why: &str, help: &str) {
        let finding = invalid_value::RULE.finding(format!("`{field}` is empty"));
        self.findings.push(finding.label(self.value(route(field)), why).help(help));
    }

    /// What the items of a list mean, each with the number of its first item. Items that mean the same are
    /// found.
    fn each_once<T: Ord>(
        &mut self,
        field: &'static str,
        texts: &[Option<String>],
        numbers: BTreeMap<T, Vec<usize>>,
    ) -> BTreeMap<T, usize> {
        for again in numbers.values().filter(|numbers| numbers.len() > 1) {
            let text = texts[again[1]].as_deref().unwrap_or_default();
            let places = again.iter().map(|&number| self.value(route(field).item(number)));
            let finding = invalid_value::again(field, text, places);
            self.findings.push(finding);
        }
        numbers.into_iter().map(|(item, numbers)| (item, numbers[0])).collect()
    }

    /// Where forwarding is forbidden, limits to it open nothing.
    fn check_forwarding(&mut self, given: &KeyOptionsSpec, options: &KeyOptions) {
        if options.permits(Permission::PortForwarding) {
            return;
        }
        for (field, is_given) in
            [("permitOpen", given.permit_open.is_some()), ("permitListen", given.permit_listen.is_some())]
        {
            if !is_given {
                continue;
            }
            let finding = invalid_value::RULE
                .finding(format!("`{field}` opens nothing: forwarding of ports is forbidden"))
                .label(Location::Key(self.origin, route(field)), "nothing is forwarded by this");
            let (by, help) = match given.port_forwarding {
                Some(false) => ("portForwarding", "delete one of the two"),
                _ => ("restrict", "add `portForwarding: true`"),
            };
            let by = Location::Key(self.origin, route(by));
            self.findings.push(finding.label(by, "because of this").help(help));
        }
    }

    /// Only a FIDO key can be touched.
    fn check_fido(&mut self, given: &KeyOptionsSpec, key: Option<&PublicKey>) {
        let Some(key_type) = key.map(PublicKey::key_type) else { return };
        if matches!(key_type, KeyType::SkEd25519 | KeyType::SkEcdsaP256) {
            return;
        }
        for (field, is_given) in [
            ("touchRequired", given.touch_required.is_some()),
            ("verifyRequired", given.verify_required.is_some()),
        ] {
            if is_given {
                let finding = invalid_value::RULE
                    .finding(format!("`{field}` is only for FIDO keys, and this is an `{key_type}` key"))
                    .label(Location::Key(self.origin, route(field)), "sshd would not heed this")
                    .help(format!("delete it, or take a key of type `{}`", KeyType::SkEd25519));
                self.findings.push(finding);
            }
        }
    }

    fn check_length(&mut self, options: &KeyOptions) {
        let length = options.to_string().len();
        if length > MAX_OPTIONS {
            let finding = invalid_value::RULE
                .finding(format!(
                    "the options of this key have {length} bytes, and {MAX_OPTIONS} are the most"
                ))
                .label(
                    Location::Key(self.origin, Route::fields(["spec", "options"])),
                    "sshd reads lines of 8192 bytes",
                )
                .help("write less: a network for many addresses, a script on the node for a long command");
            self.findings.push(finding);
        }
    }
}

fn route(field: &'static str) -> Route {
    Route::fields(["spec", "options", field])
}

const fn asked(given: &KeyOptionsSpec, permission: Permission) -> Option<bool> {
    match permission {
        Permission::PortForwarding => given.port_forwarding,
        Permission::AgentForwarding => given.agent_forwarding,
        Permission::X11Forwarding => given.x11_forwarding,
        Permission::Pty => given.pty,
        Permission::UserRc => given.user_rc,
    }
}
