//! The options of a key. What sshd would drop a line for, or take for something else, is found here.

use std::collections::{BTreeMap, BTreeSet};

use super::resolver::{DeclarationResolver, numbered};
use crate::check::declare::key_options::KeyOptionsSpec;
use crate::diagnostics::{LocatedText, Location, visible};
use crate::openssh::{
    FromPattern, FromPatternError, KeyOptions, KeyType, MAX_OPTIONS, OptionText, OptionTextError, Permission,
    Permit, PermitError, PublicKey, VariableName,
};
use crate::rules::key_options::field_of;
use crate::rules::wrong_type::{TEMPLATE, is_template};
use crate::rules::{from_host_name, invalid_value, unrestricted_command};
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

    fn from(&mut self, texts: Option<&[Option<String>]>) -> BTreeSet<FromPattern> {
        let Some(texts) = texts else { return BTreeSet::new() };
        if texts.is_empty() {
            let why = "sshd would take this for nobody, and a reader for everybody";
            self.refuse_list("from", why, "name networks, or delete `from` to let in from everywhere");
        }
        let mut patterns: BTreeMap<FromPattern, Vec<usize>> = BTreeMap::new();
        for (number, text) in numbered(texts) {
            let at = route("from").item(number);
            match FromPattern::parse(text) {
                Ok(pattern) => patterns.entry(pattern).or_default().push(number),
                Err(fault) => {
                    let text = LocatedText::new(text, self.value(at));
                    let place = match &fault {
                        FromPatternError::Letter { letter, at } => text.at(*at..at + letter.len_utf8()),
                        _ => text.whole(),
                    };
                    let (why, help) = from_advice(text.text(), &fault);
                    let cannot = "`from` cannot hold";
                    self.findings.push(invalid_value::finding(place, cannot, text.text(), &why, &help));
                }
            }
        }
        let is_whole = patterns.len() == texts.len();
        let patterns = self.each_once("from", texts, patterns);
        // Of a list that is too long for a line, that is told.
        let length: usize = texts.iter().flatten().map(String::len).sum();
        if is_whole && length <= MAX_OPTIONS {
            self.check_reach(&patterns);
        }
        let names = patterns.iter().filter(|(pattern, _)| pattern.is_of_names());
        let mut names: Vec<_> = names.map(|(pattern, number)| (*number, pattern)).collect();
        names.sort_unstable();
        let places = names
            .into_iter()
            .map(|(number, pattern)| (self.value(route("from").item(number)), pattern))
            .collect::<Vec<_>>();
        self.findings.extend(from_host_name::finding(&places));
        patterns.into_keys().collect()
    }

    /// Patterns that let nobody in, or everybody: each is fine alone, and together they mean nothing.
    fn check_reach(&mut self, patterns: &BTreeMap<FromPattern, usize>) {
        let (out, within): (Vec<_>, Vec<_>) = patterns.iter().partition(|(pattern, _)| pattern.negated);
        let place = |number: usize| route("from").item(number);
        if let ([], [(first, number), ..]) = (&within[..], &out[..]) {
            let finding = invalid_value::RULE
                .finding("`from` lets nobody in: it says only who is kept out")
                .label(self.value(place(**number)), format!("`{first}` lets nobody in"))
                .help("add who is let in: networks, or `\"*\"` for everybody else");
            self.findings.push(finding);
        }
        for (pattern, number) in &within {
            if let Some((other, by)) = out.iter().find(|(other, _)| other.source.covers(&pattern.source)) {
                let finding = invalid_value::RULE
                    .finding(format!("`from` lets nobody in by `{pattern}`"))
                    .label(self.value(place(**number)), "nobody is let in by this")
                    .label(self.value(place(**by)), format!("because `{other}` keeps all of it out"))
                    .help("delete one of the two");
                self.findings.push(finding);
            }
        }
        let all = within.iter().find(|(pattern, _)| pattern.to_string() == "*");
        if let (Some((_, number)), []) = (all, &out[..]) {
            let finding = invalid_value::RULE
                .finding("`from` lets everybody in by `*`")
                .label(self.value(place(**number)), "every address matches this")
                .help("delete `from`, or name networks in place of `*`");
            self.findings.push(finding);
        }
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
            OptionTextError::ApplyMonitor { letter: '\n', at } if at + 1 == whole.len() => (
                text.whole(),
                "write it on one line; behind `|` or `>` write `-`, for no line break at the end",
            ),
            OptionTextError::ApplyMonitor { letter: '\n' | '\r', at } => (
                text.at(at..at + 1),
                "write it on one line, or into a script on the node that is run in its place",
            ),
            OptionTextError::ApplyMonitor { letter, at } => {
                (text.at(at..at + letter.len_utf8()), "write a space in its place, or delete it")
            }
            OptionTextError::Backslash => {
                (text.at(whole.len() - 1..whole.len()), "end it with something else")
            }
        };
        self.findings.push(invalid_value::finding(at, cannot, whole, &fault.to_string(), help));
        None
    }

    fn permits(
        &mut self,
        field: &'static str,
        texts: Option<&[Option<String>]>,
        parse: fn(&str) -> Result<Permit, PermitError>,
    ) -> BTreeSet<Permit> {
        let Some(texts) = texts else { return BTreeSet::new() };
        if texts.is_empty() {
            let help = format!("write `portForwarding: false`, or delete `{field}`");
            self.refuse_list(field, "nothing would be written for this, and all would be allowed", &help);
        }
        let mut permits: BTreeMap<Permit, Vec<usize>> = BTreeMap::new();
        for (number, text) in numbered(texts) {
            match parse(text) {
                Ok(permit) => permits.entry(permit).or_default().push(number),
                Err(fault) => {
                    let help = permit_advice(field, text, &fault);
                    let (at, cannot) =
                        (self.value(route(field).item(number)), format!("`{field}` cannot hold"));
                    self.findings.push(invalid_value::finding(at, &cannot, text, &fault.to_string(), &help));
                }
            }
        }
        self.each_once(field, texts, permits).into_keys().collect()
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

/// Why a text is no pattern of `from`, and what to write.
fn from_advice(text: &str, fault: &FromPatternError) -> (String, String) {
    let (sign, rest) = text.strip_prefix('!').map_or(("", text), |rest| ("!", rest));
    let meant =
        |text: &str| FromPattern::parse(text).ok().map(|pattern| format!("did you mean `{pattern}`?"));
    let zeros = |numbers: usize| (numbers..4).map(|_| ".0").collect::<String>();
    let network = || {
        let numbers = rest.split('.').count();
        meant(&format!("{sign}{rest}{}/{}", zeros(numbers), numbers * 8)).filter(|_| numbers < 4)
    };
    // A mask in the form of an address: `10.0.0.0/255.0.0.0`.
    let by_mask = || {
        let (address, mask) = rest.split_once('/')?;
        let mask = mask.parse::<std::net::Ipv4Addr>().ok()?.to_bits();
        let length = mask.leading_ones();
        (mask.checked_shl(length).unwrap_or(0) == 0).then(|| meant(&format!("{sign}{address}/{length}")))?
    };
    let help = match fault {
        _ if is_template(text) => return ("nothing was filled in here".into(), TEMPLATE.into()),
        FromPatternError::HostBits { meant, .. } | FromPatternError::Mapped { meant } => {
            format!("did you mean `{meant}`?")
        }
        FromPatternError::Several => {
            "write each as an item of its own, as in `from: [10.0.0.0/8, 192.168.0.0/16]`".into()
        }
        FromPatternError::Empty => "delete it, or write an address, a network or a host name".into(),
        FromPatternError::Letter { .. } => {
            let bare = rest.trim().trim_start_matches(['[', '@']).trim_end_matches(']');
            meant(&format!("{sign}{bare}"))
                .unwrap_or_else(|| "write an address, a network or a host name".into())
        }
        FromPatternError::Length { .. } => {
            by_mask().unwrap_or_else(|| "write a network as `10.0.0.0/8`".into())
        }
        FromPatternError::NoAddress => {
            "write a network as `10.0.0.0/8`, or a pattern without `/` as `10.0.*`".into()
        }
        FromPatternError::Numbers => {
            network().unwrap_or_else(|| "write an address as `10.1.2.3`, or a network as `10.0.0.0/8`".into())
        }
        FromPatternError::Host => {
            match rest.rsplit_once(':').and_then(|(host, _)| meant(&format!("{sign}{host}"))) {
                Some(help) => help,
                None => "write an address, a network as `10.0.0.0/8`, or a host name".into(),
            }
        }
    };
    (fault.to_string(), help)
}

/// What to write in place of what is no host and port.
fn permit_advice(field: &str, text: &str, fault: &PermitError) -> String {
    let form = match field {
        "permitListen" => "write `HOST:PORT`, or `\"PORT\"` for any host",
        _ => "write `HOST:PORT`, as in `db.example.com:5432`",
    };
    let bracketed = || {
        let (host, port) = text.rsplit_once(':')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        Some(format!("if `{}` is the port, write `\"[{host}]:{port}\"`", visible(port)))
    };
    match fault {
        _ if is_template(text) => TEMPLATE.into(),
        PermitError::Brackets => {
            bracketed().unwrap_or_else(|| format!("write `\"[{}]:PORT\"`", visible(text)))
        }
        PermitError::NoPort if field == "permitOpen" && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(
                "write the host as well: `localhost:{}`, or `\"*:{}\"` for any",
                visible(text),
                visible(text)
            )
        }
        PermitError::Pattern => "write each host out, or `*` for any".into(),
        PermitError::NoPort | PermitError::Port | PermitError::Host => form.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{from_advice, permit_advice};
    use crate::openssh::{FromPattern, Permit};

    #[test]
    fn says_which_pattern_is_meant() {
        let help = |text: &str| from_advice(text, &FromPattern::parse(text).unwrap_err()).1;
        for (text, meant) in [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("!10.0.0.1/8", "!10.0.0.0/8"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("10.0.0.0/255.255.255.255", "10.0.0.0"),
            ("10", "10.0.0.0/8"),
            ("!10.0.0", "!10.0.0.0/24"),
            (" 10.0.0.0/8", "10.0.0.0/8"),
            ("! 10.0.0.1", "!10.0.0.1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("bastion:22", "bastion"),
        ] {
            assert_eq!(help(text), format!("did you mean `{meant}`?"), "{text}");
        }
        for text in ["10.0.0.256", "10.0.0.0/33", "10.0.0.0/255.0.255.0", "10.0.*/24", "ana@home", "", "a..b"]
        {
            assert!(!help(text).starts_with("did you mean"), "{text}: {}", help(text));
        }
        assert!(help("{{ networks }}").contains("template"));
    }

    #[test]
    fn says_which_host_and_port_are_meant() {
        let open = |text: &str| permit_advice("permitOpen", text, &Permit::open(text).unwrap_err());
        assert_eq!(open("::1:80"), "if `80` is the port, write `\"[::1]:80\"`");
        assert_eq!(open("::1"), "write `\"[::1]:PORT\"`");
        assert!(open("8080").contains("`localhost:8080`"));
        assert!(open("*.example.com:80").starts_with("write each host out"));
        assert!(open("${HOST}:80").contains("template"));
    }
}
