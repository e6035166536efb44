//! Keys of others that the nodes of a cluster may have.

use super::day::DayField;
use super::resolver::{DeclarationResolver, numbered};
use super::ssh_key::fingerprint_advice;
use crate::check::declare::cluster::KnownKeySpec;
use crate::model::{KnownKey, is_plain};
use crate::openssh::Fingerprint;
use crate::rules::invalid_value;
use crate::source::Route;

const UNTIL: DayField = DayField {
    name: "until",
    without: "a known key without it may stay",
    meaning: "the last day on which the key may be there",
};

impl DeclarationResolver<'_> {
    /// The known keys that could be made out, by fingerprint, each once.
    pub(super) fn known_keys(&mut self, given: &[Option<KnownKeySpec>]) -> Vec<KnownKey> {
        let route = |number| Route::fields(["spec", "knownKeys"]).item(number);
        let mut found: Vec<(KnownKey, usize)> = numbered(given)
            .filter_map(|(number, spec)| Some((self.known_key(spec, &route(number))?, number)))
            .collect();
        found.sort_by_key(|(known, number)| (known.fingerprint, *number));
        let is_same =
            |one: &(KnownKey, usize), other: &(KnownKey, usize)| one.0.fingerprint == other.0.fingerprint;
        for same in found.chunk_by(is_same).filter(|same| same.len() > 1) {
            let text = same[0].0.fingerprint.to_string();
            let places = same.iter().map(|&(_, number)| self.value(route(number).field("fingerprint")));
            let finding = invalid_value::again("knownKeys", &text, places);
            self.findings.push(finding);
        }
        found.dedup_by(|again, first| is_same(again, first));
        found.into_iter().map(|(known, _)| known).collect()
    }

    fn known_key(&mut self, spec: &KnownKeySpec, route: &Route) -> Option<KnownKey> {
        let fingerprint = spec.fingerprint.as_deref();
        let fingerprint =
            fingerprint.and_then(|text| self.fingerprint(text, route.clone().field("fingerprint")));
        let reason = spec.reason.as_deref();
        let reason = reason.and_then(|text| self.reason(text, route.clone().field("reason")));
        let until = spec.until.as_deref();
        let until = until.and_then(|text| self.day(text, route.clone().field("until"), &UNTIL));
        Some(KnownKey { fingerprint: fingerprint?, reason: reason?, until })
    }

    fn fingerprint(&mut self, text: &str, route: Route) -> Option<Fingerprint> {
        let fingerprint = text.parse::<Fingerprint>();
        if let Err(error) = fingerprint {
            let (why, help) = fingerprint_advice(text, error);
            let at = self.value(route);
            self.findings.push(invalid_value::finding(at, "`fingerprint` cannot be", text, &why, &help));
        }
        fingerprint.ok()
    }

    /// A reason that people can read.
    fn reason(&mut self, text: &str, route: Route) -> Option<Box<str>> {
        let is_seen = |letter: char| is_plain(letter) && !letter.is_whitespace();
        if text.chars().any(is_seen) {
            // How it is laid out is no part of it.
            return Some(text.trim().into());
        }
        let at = self.value(route);
        let help = "write why the key may be there, as in `break-glass key of the data centre`";
        self.findings.push(invalid_value::finding(
            at,
            "`reason` cannot be",
            text,
            "nothing can be read here",
            help,
        ));
        None
    }
}
