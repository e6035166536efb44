//! What a key may do, and from where, as sshd reads it from a line of `authorized_keys`.
//!
//! sshd drops a line of which it does not understand one option, and says so in its debug log alone. So
//! only what sshd understands can be held here, and it is written in one way. `expiry-time` is not among
//! it: a key has a last day of its own. Nor are `cert-authority` and `principals`: the key of an authority
//! is no key for logging in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use super::{FromPattern, Permit};
use crate::words::words;

words! {
    /// What a key may do that `restrict` forbids.
    pub enum Permission {
        PortForwarding = "port-forwarding",
        AgentForwarding = "agent-forwarding",
        /// Forward X11.
        X11Forwarding = "X11-forwarding",
        Pty = "pty",
        /// Have `~/.ssh/rc` run.
        UserRc = "user-rc",
    }
}

/// The options of a key; none by default. Equal ones mean the same to sshd.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyOptions {
    /// Whether everything that can be forbidden is, also what later versions of OpenSSH can forbid.
    pub restrict: bool,
    /// What is otherwise than `restrict` says: allowed beside it, forbidden without it.
    pub exceptions: BTreeSet<Permission>,
    /// Whether nobody needs to touch the security key.
    pub no_touch_required: bool,
    /// Whether the security key must have verified its user, by a PIN or a finger.
    pub verify_required: bool,
    /// From where the key lets in; from anywhere where nothing is given.
    pub from: BTreeSet<FromPattern>,
    /// What is run in place of what was asked for.
    pub command: Option<OptionText>,
    pub environment: BTreeMap<VariableName, OptionText>,
    /// To where ports may be forwarded; anywhere where nothing is given.
    pub permit_open: BTreeSet<Permit>,
    /// Where ports may be listened on; anywhere where nothing is given.
    pub permit_listen: BTreeSet<Permit>,
    /// The tunnel device of the node.
    pub tunnel: Option<u32>,
}

/// The options of a key, which most keys do not have: those have none here either. A clone shares them.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedOptions(Option<Arc<KeyOptions>>);

impl From<KeyOptions> for SharedOptions {
    fn from(options: KeyOptions) -> Self {
        Self((!options.is_none()).then(|| Arc::new(options)))
    }
}

impl Deref for SharedOptions {
    type Target = KeyOptions;

    fn deref(&self) -> &KeyOptions {
        static NONE: LazyLock<KeyOptions> = LazyLock::new(KeyOptions::default);
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl fmt::Debug for SharedOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The highest number of a tunnel device that sshd takes.
pub const MAX_TUNNEL: u32 = 0x7fff_ffff - 2;

/// The longest options in bytes: sshd(8) reads lines of up to 8 KiB, and half of that is left for the key.
pub const MAX_OPTIONS: usize = 4096;

/// A text that an option can carry: `\"` is the only escape that sshd knows, and a line is one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionText(Box<str>);

/// Why a text cannot be carried by an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionTextError {
    #[error("a line of `authorized_keys` cannot hold this character")]
    Control {
        letter: char,
        /// Its offset in bytes.
        at: usize,
    },
    #[error("a backslash at the end would join the quote that sshd ends the value with")]
    Backslash,
}

impl OptionText {
    /// A text for an option.
    ///
    /// # Errors
    /// When no line of `authorized_keys` can carry it.
    pub fn parse(text: &str) -> Result<Self, OptionTextError> {
        let parts = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        match text.char_indices().find(|&(_, letter)| parts(letter)) {
            Some((at, letter)) => Err(OptionTextError::Control { letter, at }),
            None if text.ends_with('\\') => Err(OptionTextError::Backslash),
            None => Ok(Self(text.into())),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a variable: letters, digits and `_`, no digit first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableName(Box<str>);

impl VariableName {
    /// A name; nothing when the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins = text.bytes().next().is_some_and(|first| is_letter(first) && !first.is_ascii_digit());
        (begins && text.bytes().all(is_letter)).then(|| Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyOptions {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a key may do something.
    #[must_use]
    pub fn permits(&self, permission: Permission) -> bool {
        self.restrict == self.exceptions.contains(&permission)
    }

    /// Each option as sshd reads it, in the one order in which they are written: `restrict` comes first,
    /// because it would take back what is allowed before it.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let Self {
            restrict,
            exceptions,
            no_touch_required,
            verify_required,
            from,
            command,
            environment,
            permit_open,
            permit_listen,
            tunnel,
        } = self;
        let mut items = Vec::new();
        items.extend(restrict.then(|| "restrict".to_owned()));
        let prefix = if *restrict { "" } else { "no-" };
        items.extend(exceptions.iter().map(|permission| format!("{prefix}{permission}")));
        items.extend(no_touch_required.then(|| "no-touch-required".to_owned()));
        items.extend(verify_required.then(|| "verify-required".to_owned()));
        if !from.is_empty() {
            let patterns: Vec<_> = from.iter().map(ToString::to_string).collect();
            items.push(valued("from", &patterns.join(",")));
        }
        items.extend(command.iter().map(|command| valued("command", command.as_str())));
        items.extend(
            environment
                .iter()
                .map(|(name, value)| valued("environment", &format!("{}={}", name.as_str(), value.as_str()))),
        );
        items.extend(permit_open.iter().map(|permit| valued("permitopen", &permit.to_string())));
        items.extend(permit_listen.iter().map(|permit| valued("permitlisten", &permit.to_string())));
        items.extend(tunnel.map(|device| valued("tunnel", &device.to_string())));
        items
    }

    /// Reads the options of a line as sshd does, in any order and case; nothing where sshd would drop the
    /// line, and where an option is not one of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut options = Self::default();
        let mut permitted: BTreeSet<_> = Permission::ALL.iter().copied().collect();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['=', ',']).unwrap_or(rest.len());
            let name = rest[..end].to_ascii_lowercase();
            rest = &rest[end..];
            if let Some(quoted) = rest.strip_prefix('=') {
                let (value, left) = unquoted(quoted)?;
                rest = left;
                options.set_value(&name, &value)?;
            } else {
                options.set_flag(&name, &mut permitted)?;
            }
            if !rest.is_empty() {
                rest = rest.strip_prefix(',').filter(|rest| !rest.is_empty())?;
            }
        }
        let permissions = Permission::ALL.iter().copied();
        options.exceptions = permissions.filter(|one| permitted.contains(one) == options.restrict).collect();
        Some(options)
    }

    fn set_flag(&mut self, name: &str, permitted: &mut BTreeSet<Permission>) -> Option<()> {
        let (flag, is_on) = name.strip_prefix("no-").map_or((name, true), |flag| (flag, false));
        match (flag, is_on) {
            ("restrict", true) => {
                self.restrict = true;
                permitted.clear();
            }
            ("touch-required", _) => self.no_touch_required = !is_on,
            ("verify-required", _) => self.verify_required = is_on,
            _ => {
                let is_it = |one: &&Permission| one.word().eq_ignore_ascii_case(flag);
                let permission = *Permission::ALL.iter().find(is_it)?;
                if is_on {
                    permitted.insert(permission)
                } else {
                    permitted.remove(&permission)
                };
            }
        }
        Some(())
    }

    fn set_value(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "from" if self.from.is_empty() => {
                let patterns = value.split(',').map(|pattern| FromPattern::parse(pattern).ok());
                self.from = patterns.collect::<Option<_>>()?;
            }
            "command" if self.command.is_none() => self.command = Some(OptionText::parse(value).ok()?),
            "environment" => {
                let (name, value) = value.split_once('=')?;
                // Of two with one name sshd takes the first.
                self.environment.entry(VariableName::parse(name)?).or_insert(OptionText::parse(value).ok()?);
            }
            "permitopen" => drop(self.permit_open.insert(Permit::open(value).ok()?)),
            "permitlisten" => drop(self.permit_listen.insert(Permit::listen(value).ok()?)),
            "tunnel" => {
                let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
                self.tunnel = value.parse().ok().filter(|device| is_number && *device <= MAX_TUNNEL);
                self.tunnel?;
            }
            _ => return None,
        }
        Some(())
    }
}

fn valued(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('"', "\\\""))
}

/// A text in double quotes, in which `\"` is a quote, and what comes after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        let at = rest.find('"')?;
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        let Some(escaped) = before.strip_suffix('\\') else {
            value.push_str(before);
            return Some((value, behind));
        };
        value.extend([escaped, "\""]);
        rest = behind;
    }
}

impl fmt::Display for KeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.items().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyOptions, OptionText, OptionTextError, Permission, VariableName};

    fn shown(text: &str) -> String {
        let options = KeyOptions::parse(text).unwrap_or_else(|| panic!("{text} is refused"));
        let shown = options.to_string();
        assert_eq!(KeyOptions::parse(&shown), Some(options), "{text}");
        shown
    }

    #[test]
    fn what_means_the_same_is_written_the_same() {
        for (text, canonical) in [
            ("", ""),
            ("restrict", "restrict"),
            ("RESTRICT,Pty", "restrict,pty"),
            ("pty,restrict", "restrict"),
            ("restrict,no-pty,x11-forwarding", "restrict,X11-forwarding"),
            ("pty,no-user-rc,no-pty", "no-pty,no-user-rc"),
            ("touch-required,no-verify-required", ""),
            ("no-touch-required,verify-required", "no-touch-required,verify-required"),
            (r#"from="!10.1.2.3,10.0.0.0/8,10.0.0.0/8""#, r#"from="10.0.0.0/8,!10.1.2.3""#),
            (r#"command="echo \"a b\"",restrict"#, r#"restrict,command="echo \"a b\"""#),
            (r#"command="C:\dir\\"x""#, r#"command="C:\dir\\"x""#),
            (r#"command="""#, r#"command="""#),
            (
                r#"environment="B=1",environment="A=2",environment="A=3""#,
                r#"environment="A=2",environment="B=1""#,
            ),
            (r#"environment="A=b=c""#, r#"environment="A=b=c""#),
            (r#"permitlisten="8080",permitopen="db:1""#, r#"permitopen="db:1",permitlisten="*:8080""#),
            (r#"tunnel="07""#, r#"tunnel="7""#),
        ] {
            assert_eq!(shown(text), canonical);
        }
    }

    #[test]
    fn what_sshd_would_drop_is_refused() {
        for text in [
            ",",
            "restrict,",
            ",restrict",
            "restrict, pty",
            "no-restrict",
            "no-such-option",
            "cert-authority",
            r#"principals="ana""#,
            r#"expiry-time="20300101Z""#,
            "from=10.0.0.0/8",
            r#"from="10.0.0.1/8""#,
            r#"from="""#,
            r#"from="10.0.0.1",from="10.0.0.2""#,
            r#"command="open"#,
            r#"command="ends in\""#,
            r#"command="a"x"#,
            r#"command="a",command="a""#,
            "command=\"a\nb\"",
            "command",
            r#"pty="yes""#,
            r#"environment="A""#,
            r#"environment="1A=b""#,
            r#"permitopen="8080""#,
            r#"tunnel="any""#,
            r#"tunnel="2147483646""#,
        ] {
            assert_eq!(KeyOptions::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_key_may_do_follows_restrict_and_its_exceptions() {
        let may = |text: &str| -> Vec<_> {
            let options = KeyOptions::parse(text).unwrap();
            Permission::ALL.iter().map(|one| options.permits(*one)).collect()
        };
        assert_eq!(may(""), [true; 5]);
        assert_eq!(may("restrict"), [false; 5]);
        assert_eq!(may("restrict,pty"), [false, false, false, true, false]);
        assert_eq!(may("no-pty"), [true, true, true, false, true]);
    }

    #[test]
    fn a_text_is_what_a_line_can_carry() {
        for text in ["", "a \"b\" 'c'", r"a\b", r#"a\"b"#, "zoë", "$(x) #y"] {
            assert_eq!(OptionText::parse(text).unwrap().as_str(), text);
        }
        for (text, letter, at) in [
            ("a\nb", '\n', 1),
            ("\r", '\r', 0),
            ("a\0", '\0', 1),
            ("\t", '\t', 0),
            ("ä\u{2028}", '\u{2028}', 2),
        ] {
            assert_eq!(OptionText::parse(text), Err(OptionTextError::Control { letter, at }));
        }
        assert_eq!(OptionText::parse(r"C:\"), Err(OptionTextError::Backslash));
    }

    #[test]
    fn the_name_of_a_variable_is_one_for_every_shell() {
        for name in ["A", "_", "PATH_2", "lower"] {
            assert_eq!(VariableName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "2A", "A-B", "A=B", "A B", "Ä"] {
            assert_eq!(VariableName::parse(name), None, "{name}");
        }
    }
}
