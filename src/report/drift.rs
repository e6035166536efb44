//! What differs from what is recorded, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::view::plural;
use crate::diagnostics::{quoted, visible};
use crate::model::{
    Acceptance, Address, Differences, Edited, FieldDifference, ForeignLine, Observed, Place, TargetKind,
};
use crate::openssh::Fingerprint;

/// What a target calls its places, and what it puts there for each cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub place: &'static str,
    pub part: &'static str,
}

impl Words {
    #[must_use]
    pub const fn of(target: TargetKind) -> Self {
        match target {
            TargetKind::Record | TargetKind::Ssh => Self { place: "node", part: "block" },
            TargetKind::Files => Self { place: "file", part: "file" },
            TargetKind::Palette => Self { place: "resource", part: "resource" },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub in_sync: usize,
    pub drifted: usize,
    pub unknown: usize,
    /// What is there, and nobody's business here.
    pub unrecorded: usize,
    /// Foreign lines whose key no cluster knows.
    pub unknown_lines: usize,
}

impl Tally {
    #[must_use]
    pub fn of(places: &[Place]) -> Self {
        let mut tally = Self::default();
        for place in places {
            if let Observed::Known(Differences { unknown_lines, .. }) = &place.observed {
                tally.unknown_lines += unknown_lines;
            }
            match &place.observed {
                Observed::Unknown(_) => tally.unknown += 1,
                Observed::Unrecorded => tally.unrecorded += 1,
                observed if observed.is_drift() => tally.drifted += 1,
                Observed::Known(_) | Observed::Broken(_) => tally.in_sync += 1,
            }
        }
        tally
    }
}

/// The addresses of keys that are declared, by fingerprint.
pub type KeyAddresses = BTreeMap<Fingerprint, Vec<Address>>;

/// How places are told.
#[derive(Clone, Copy, Debug)]
pub struct DriftView<'a> {
    pub words: Words,
    /// The keys that are declared.
    pub keys: &'a KeyAddresses,
    /// Whether what is not recorded is listed, and not only counted.
    pub lists_all: bool,
}

/// Prints each place, and in what it differs, and counts.
pub fn drift(out: &mut dyn Write, places: &[Place], view: &DriftView<'_>) -> io::Result<()> {
    places.iter().try_for_each(|place| draw(out, place, view))?;
    let Tally { in_sync, drifted, unknown, unrecorded, unknown_lines } = Tally::of(places);
    let strangers = match unknown_lines {
        0 => String::new(),
        1 => "; 1 foreign line is not known".into(),
        number => format!("; {number} foreign lines are not known"),
    };
    let besides = match unrecorded {
        0 => String::new(),
        1 => "; 1 more is there and not recorded".into(),
        number => format!("; {number} more are there and not recorded"),
    };
    writeln!(
        out,
        "Looked at {}: {in_sync} in sync, {drifted} drifted, {unknown} unreachable{besides}{strangers}.",
        plural(places.len() - unrecorded, view.words.place)
    )
}

/// A foreign line by the key on it, and whether that is declared somewhere.
fn named(out: &mut dyn Write, line: &ForeignLine, keys: &KeyAddresses) -> io::Result<()> {
    let ForeignLine { number, key, comment, acceptance } = line;
    let Some(key) = key else { return writeln!(out, "    foreign line {number}: no key is on it") };
    let comment = if comment.is_empty() { String::new() } else { format!(" {}", quoted(comment)) };
    let addresses = keys.get(key).map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    let declared = addresses.map(|addresses| format!("declared as {}", visible(&addresses.join(", "))));
    let known = acceptance.as_ref().map(accepted);
    let told = [declared, known].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let told = if told.is_empty() { "declared nowhere" } else { &told };
    writeln!(out, "    foreign line {number}: {key}{comment}, {told}")
}

/// Who knows the key of a foreign line, until when, and why.
fn accepted(Acceptance { cluster, known, is_expired }: &Acceptance) -> String {
    let verb = if *is_expired { "was known" } else { "known" };
    let until = known.until.map(|last| format!(" until {last}")).unwrap_or_default();
    format!("{verb} to {}{until}: {}", visible(&cluster.to_string()), visible(&known.reason))
}

fn draw(out: &mut dyn Write, place: &Place, view: &DriftView<'_>) -> io::Result<()> {
    let Place { name, resources, observed, note } = place;
    let note = note.as_ref().map(|note| format!(", {}", visible(note))).unwrap_or_default();
    // The place of one resource alone has its name.
    let is_own = matches!(&resources[..], [address] if address.to_string() == *name);
    let name = visible(name);
    match observed {
        Observed::Unrecorded if view.lists_all => writeln!(out, "{name}: not recorded"),
        Observed::Unrecorded => Ok(()),
        Observed::Unknown(why) => writeln!(out, "{name}: unreachable: {}", visible(why)),
        Observed::Broken(why) => writeln!(out, "{name}: drifted{note}\n    broken: {}", visible(why)),
        Observed::Known(Differences { missing, .. }) if is_own && !missing.is_empty() => {
            writeln!(out, "{name}: missing")
        }
        Observed::Known(differences) => {
            let word = if observed.is_drift() { "drifted" } else { "in sync" };
            let foreign = match differences.foreign_lines {
                0 => String::new(),
                lines => format!(" ({})", plural(lines, "foreign line")),
            };
            writeln!(out, "{name}: {word}{note}{foreign}")?;
            draw_differences(out, differences, is_own, view)
        }
    }
}

/// In what a place differs. `is_own` where it is the place of one resource alone, which need not be named again.
fn draw_differences(
    out: &mut dyn Write,
    differences: &Differences,
    is_own: bool,
    view: &DriftView<'_>,
) -> io::Result<()> {
    let Differences { missing, extra, edited, foreign_lines, unknown_lines: _, foreign } = differences;
    let part = view.words.part;
    list(out, "missing", part, missing)?;
    list(out, "extra", part, extra)?;
    for Edited { address, fields } in edited {
        if !is_own {
            list(out, "edited", part, std::slice::from_ref(address))?;
        }
        let indent = if is_own { 4 } else { 8 };
        fields.iter().try_for_each(|field| difference(out, field, indent))?;
    }
    foreign.iter().try_for_each(|line| named(out, line, view.keys))?;
    match foreign_lines - foreign.len() {
        0 => Ok(()),
        more => writeln!(out, "    and {}", plural(more, "more foreign line")),
    }
}

fn difference(out: &mut dyn Write, difference: &FieldDifference, indent: usize) -> io::Result<()> {
    let FieldDifference { field, recorded, observed } = difference;
    let value = |value: &Option<Vec<String>>| {
        value.as_ref().map_or_else(|| "(none)".into(), |items| visible(&items.join(", ")))
    };
    writeln!(out, "{:indent$}{field}: recorded {}, observed {}", "", value(recorded), value(observed))
}

fn list(out: &mut dyn Write, how: &str, part: &str, addresses: &[Address]) -> io::Result<()> {
    addresses
        .iter()
        .try_for_each(|address| writeln!(out, "    {how} {part}: {}", visible(&address.to_string())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{DriftView, KeyAddresses, Words, drift};
    use crate::model::{
        Acceptance, Address, Differences, Edited, FieldDifference, ForeignLine, KnownKey, Observed, Place,
    };
    use crate::openssh::Fingerprint;
    use crate::report::json_v1::Drift;

    fn places() -> [Place; 1] {
        let address = |text: &str| Address::parse(text).unwrap();
        let fields = vec![FieldDifference {
            field: "members".into(),
            recorded: Some(vec!["ana@example.com".into(), "ben@example.com".into()]),
            observed: None,
        }];
        let differences = Differences {
            missing: vec![address("key/payments/ops")],
            extra: vec![address("project/shop")],
            edited: vec![
                Edited { address: address("team/sre"), fields },
                Edited::whole(address("cluster/payments/prod")),
            ],
            foreign_lines: 6,
            unknown_lines: 5,
            foreign: vec![
                foreign(1, Some(1), "ana\u{1b}[2K"),
                foreign(2, Some(2), ""),
                foreign(7, None, ""),
                accepted(8, 1, None),
                accepted(9, 2, Some(date(2026, 6, 30))),
            ],
        };
        [Place {
            name: "acme".into(),
            resources: Vec::new(),
            observed: Observed::Known(differences),
            note: None,
        }]
    }

    fn foreign(number: usize, key: Option<u8>, comment: &str) -> ForeignLine {
        ForeignLine {
            number,
            key: key.map(|byte| Fingerprint::new([byte; 32])),
            comment: comment.into(),
            acceptance: None,
        }
    }

    fn accepted(number: usize, key: u8, until: Option<Date>) -> ForeignLine {
        let known = KnownKey {
            fingerprint: Fingerprint::new([key; 32]),
            reason: "break\u{1b}[2K\nglass".into(),
            until,
        };
        let cluster = Address::parse("cluster/payments/prod").unwrap();
        let acceptance = Some(Acceptance { cluster, known, is_expired: until.is_some() });
        ForeignLine { acceptance, ..foreign(number, Some(key), "") }
    }

    fn keys() -> KeyAddresses {
        let addresses = ["key/payments/ops", "key/web/ops"].map(|text| Address::parse(text).unwrap());
        [(Fingerprint::new([1; 32]), addresses.into())].into()
    }

    #[test]
    fn resources_of_any_kind_are_told_with_their_fields() {
        let mut out = Vec::new();
        let words = Words { place: "tenant", part: "resource" };
        drift(&mut out, &places(), &DriftView { words, keys: &keys(), lists_all: false }).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "acme: drifted (6 foreign lines)\n    missing resource: key/payments/ops\n    extra resource: project/shop\n    \
             edited resource: team/sre\n        members: recorded ana@example.com, ben@example.com, observed (none)\n    \
             edited resource: cluster/payments/prod\n    \
             foreign line 1: SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE `ana\\u{1b}[2K`, \
             declared as key/payments/ops, key/web/ops\n    \
             foreign line 2: SHA256:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI, declared nowhere\n    \
             foreign line 7: no key is on it\n    \
             foreign line 8: SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE, \
             declared as key/payments/ops, key/web/ops; known to cluster/payments/prod: break\\u{1b}[2K\\u{a}glass\n    \
             foreign line 9: SHA256:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI, \
             was known to cluster/payments/prod until 2026-06-30: break\\u{1b}[2K\\u{a}glass\n    and 1 more foreign line\n\
             Looked at 1 tenant: 0 in sync, 1 drifted, 0 unreachable; 5 foreign lines are not known.\n"
        );
    }

    #[test]
    fn fields_are_told_to_machines() {
        let value = serde_json::to_value(Drift::new(&places(), &keys())).unwrap();
        let edited = serde_json::json!([
            {"address": "team/sre", "fields": [
                {"field": "members", "recorded": ["ana@example.com", "ben@example.com"], "observed": null},
            ]},
            {"address": "cluster/payments/prod", "fields": []},
        ]);
        assert_eq!(value["places"][0]["edited"], edited);
        let foreign = serde_json::json!([
            {"line": 1, "fingerprint": "SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "comment": "ana\\u{1b}[2K",
             "declared": ["key/payments/ops", "key/web/ops"], "known": null},
            {"line": 2, "fingerprint": "SHA256:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI", "comment": "", "declared": [], "known": null},
            {"line": 7, "fingerprint": null, "comment": "", "declared": [], "known": null},
            {"line": 8, "fingerprint": "SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "comment": "",
             "declared": ["key/payments/ops", "key/web/ops"], "known": {
                 "cluster": "cluster/payments/prod", "reason": "break\\u{1b}[2K\\u{a}glass", "until": null, "is_expired": false,
             }},
            {"line": 9, "fingerprint": "SHA256:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI", "comment": "",
             "declared": [], "known": {
                 "cluster": "cluster/payments/prod", "reason": "break\\u{1b}[2K\\u{a}glass", "until": "2026-06-30", "is_expired": true,
             }},
        ]);
        assert_eq!(
            (&value["unknown_foreign_line_count"], &value["places"][0]["unknown_foreign_lines"]),
            (&5.into(), &5.into())
        );
        assert_eq!(value["places"][0]["foreign"], foreign);
    }
}
