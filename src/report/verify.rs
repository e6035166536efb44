//! Whether nodes conform, for people.

use std::io::{self, Write};

use super::view::plural;
use crate::diagnostics::visible;
use crate::verify::{KnownKey, NodeProblem, Probe, ProbeError, Verdict, What};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub conform: usize,
    /// They do not.
    pub deviate: usize,
    pub unknown: usize,
}

impl Tally {
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict.what {
                What::Conforms => tally.conform += 1,
                What::Deviates(_) => tally.deviate += 1,
                What::Unknown(_) => tally.unknown += 1,
            }
        }
        tally
    }
}

/// Prints what each node does, below its cluster, and counts.
pub fn verified(out: &mut dyn Write, probes: &[Probe], verdicts: &[Verdict]) -> io::Result<()> {
    let mut cluster = None;
    for (probe, verdict) in probes.iter().zip(verdicts) {
        if cluster.replace(&probe.cluster) != Some(&probe.cluster) {
            writeln!(out, "{}", visible(&probe.cluster.to_string()))?;
        }
        let node = visible(&probe.node.to_string());
        let user = visible(&probe.user);
        match &verdict.what {
            What::Conforms => writeln!(out, "  {user} on {node}: conforms")?,
            What::Deviates(problems) => {
                writeln!(out, "  {user} on {node}: does not conform")?;
                problems.iter().try_for_each(|problem| writeln!(out, "    - {}", fault_in_words(problem)))?;
            }
            What::Unknown(error) => {
                let (headline, help) = obstacle_in_words(error);
                writeln!(out, "  {user} on {node}: {headline}")?;
                help.map_or(Ok(()), |help| writeln!(out, "    help: {help}"))?;
            }
        }
        let left = not_asked(probe, verdict);
        if left > 0 {
            writeln!(out, "    note: {} not asked", plural(left, "earlier key"))?;
        }
    }
    let Tally { conform, deviate, unknown } = Tally::of(verdicts);
    writeln!(
        out,
        "\nAsked {}. Conform: {conform}, deviate: {deviate}, unknown: {unknown}.",
        plural(verdicts.len(), "node")
    )
}

/// How many earlier keys a node was not asked for, though it answered.
#[must_use]
pub fn not_asked(probe: &Probe, verdict: &Verdict) -> usize {
    let is_open =
        |problem: &NodeProblem| matches!(problem, NodeProblem::NeedsNoKey | NodeProblem::AcceptsAnyKey);
    let has_answered = match &verdict.what {
        What::Conforms => true,
        What::Deviates(problems) => !problems.iter().any(is_open),
        What::Unknown(_) => false,
    };
    let is_left = |known: &&KnownKey| !verdict.answers.contains_key(known.key.fingerprint());
    if has_answered { probe.earlier.iter().filter(is_left).count() } else { 0 }
}

fn fault_in_words(problem: &NodeProblem) -> String {
    let named = |known: &KnownKey| {
        let KnownKey { address, key } = known;
        format!("{} {}", visible(&address.to_string()), key.fingerprint())
    };
    match problem {
        NodeProblem::NeedsNoKey => "lets in without any key".into(),
        NodeProblem::AcceptsAnyKey => "accepts a key that nobody has, and so perhaps any".into(),
        NodeProblem::RefusesTheKey(known) => format!("does not accept {}", named(known)),
        NodeProblem::AcceptsAnEarlierKey(known) => format!("still accepts {}", named(known)),
    }
}

/// What kept a node from being asked, and what to do about it.
#[must_use]
pub fn obstacle_in_words(error: &ProbeError) -> (String, Option<&'static str>) {
    match error {
        ProbeError::Unreachable(why) => (format!("unreachable: {}", visible(why)), None),
        ProbeError::HostKeyChanged => (
            "its host key is not the known one".into(),
            Some("find out why; `ssh-keygen -R HOST` forgets the known one"),
        ),
        ProbeError::HostKeyUnknown => (
            "its host key is not known".into(),
            Some("`--accept-new-host-keys` remembers it, whosever it is"),
        ),
        ProbeError::CannotAsk(why) => (format!("cannot be asked: {}", visible(why)), None),
        ProbeError::Interrupted => ("was not asked: interrupted".into(), None),
    }
}
