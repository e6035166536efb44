//! `from`: where a key may be used from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::route;
use crate::check::resolve::resolver::{DeclarationResolver, numbered};
use crate::diagnostics::LocatedText;
use crate::openssh::{FromPattern, FromPatternError, MAX_OPTIONS};
use crate::rules::wrong_type::{TEMPLATE, is_template};
use crate::rules::{from_host_name, invalid_value};

impl DeclarationResolver<'_> {
    pub(super) fn from(&mut self, texts: Option<&[Option<String>]>) -> BTreeSet<FromPattern> {
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
        let mask = mask.parse::<Ipv4Addr>().ok()?.to_bits();
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

#[cfg(test)]
mod tests {
    use super::from_advice;
    use crate::openssh::FromPattern;

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
}
