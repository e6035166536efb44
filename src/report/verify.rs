//! Whether nodes obey, for people.

use std::io::{self, Write};

use super::diagnostics::plural;
use crate::diagnostics::visible;
use crate::verify::{Fault, Inquiry, KnownKey, Obstacle, Verdict, What};

/// How many nodes do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// They obey.
    pub obey: usize,
    /// They do not.
    pub disobey: usize,
    /// Nobody knows.
    pub unknown: usize,
}

impl Tally {
    /// Counts verdicts.
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict.what {
                What::Obeys => tally.obey += 1,
                What::Disobeys(_) => tally.disobey += 1,
                What::Unknown(_) => tally.unknown += 1,
            }
        }
        tally
    }
}

/// Prints what each node does, below its cluster, and counts.
///
/// # Errors
/// When the stream cannot be written to.
pub fn verified(out: &mut dyn Write, inquiries: &[Inquiry], verdicts: &[Verdict]) -> io::Result<()> {
    let mut cluster = None;
    for (inquiry, verdict) in inquiries.iter().zip(verdicts) {
        if cluster.replace(&inquiry.cluster) != Some(&inquiry.cluster) {
            writeln!(out, "{}", visible(&inquiry.cluster.to_string()))?;
        }
        let node = visible(&inquiry.node.to_string());
        let user = visible(&inquiry.user);
        match &verdict.what {
            What::Obeys => writeln!(out, "  {user} on {node}: obeys")?,
            What::Disobeys(faults) => {
                writeln!(out, "  {user} on {node}: does not obey")?;
                faults.iter().try_for_each(|fault| writeln!(out, "    - {}", fault_in_words(fault)))?;
            }
            What::Unknown(obstacle) => {
                let (headline, help) = obstacle_in_words(obstacle);
                writeln!(out, "  {user} on {node}: {headline}")?;
                help.map_or(Ok(()), |help| writeln!(out, "    help: {help}"))?;
            }
        }
        let left = not_asked(inquiry, verdict);
        if left > 0 {
            writeln!(out, "    note: {} not asked", plural(left, "earlier key"))?;
        }
    }
    let Tally { obey, disobey, unknown } = Tally::of(verdicts);
    writeln!(
        out,
        "\nAsked {}. Obey: {obey}, disobey: {disobey}, unknown: {unknown}.",
        plural(verdicts.len(), "node")
    )
}

/// How many earlier keys a node was not asked for, though it answered.
#[must_use]
pub fn not_asked(inquiry: &Inquiry, verdict: &Verdict) -> usize {
    let is_open = |fault: &Fault| matches!(fault, Fault::NeedsNoKey | Fault::AcceptsAnyKey);
    let has_answered = match &verdict.what {
        What::Obeys => true,
        What::Disobeys(faults) => !faults.iter().any(is_open),
        What::Unknown(_) => false,
    };
    let is_left = |known: &&KnownKey| !verdict.answers.contains_key(known.key.fingerprint());
    if has_answered { inquiry.earlier.iter().filter(is_left).count() } else { 0 }
}

fn fault_in_words(fault: &Fault) -> String {
    let named = |known: &KnownKey| {
        let KnownKey { address, key } = known;
        format!("{} {}", visible(&address.to_string()), key.fingerprint())
    };
    match fault {
        Fault::NeedsNoKey => "lets in without any key".into(),
        Fault::AcceptsAnyKey => "accepts a key that nobody has, and so perhaps any".into(),
        Fault::RefusesTheKey(known) => format!("does not accept {}", named(known)),
        Fault::AcceptsAnEarlierKey(known) => format!("still accepts {}", named(known)),
    }
}

/// What kept a node from being asked, and what to do about it.
#[must_use]
pub fn obstacle_in_words(obstacle: &Obstacle) -> (String, Option<&'static str>) {
    match obstacle {
        Obstacle::Unreachable(why) => (format!("unreachable: {}", visible(why)), None),
        Obstacle::HostKeyChanged => (
            "its host key is not the known one".into(),
            Some("find out why; `ssh-keygen -R HOST` forgets the known one"),
        ),
        Obstacle::HostKeyUnknown => (
            "its host key is not known".into(),
            Some("`--accept-new-host-keys` remembers it, whosever it is"),
        ),
        Obstacle::CannotAsk(why) => (format!("cannot be asked: {}", visible(why)), None),
        Obstacle::Interrupted => ("was not asked: interrupted".into(), None),
    }
}
