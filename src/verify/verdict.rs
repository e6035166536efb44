//! What the answers of a node mean.

use std::collections::BTreeMap;

use super::{KnownKey, Probe};
use crate::openssh::{Fingerprint, PublicKey};

/// Whether a node conforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was found out.
    pub what: What,
    /// Whether each key that the node has answered for is accepted.
    pub answers: BTreeMap<Fingerprint, bool>,
}

/// What was found out of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It accepts the declared key, and none that was asked beside it.
    Conforms,
    /// It does not: why.
    Deviates(Vec<NodeProblem>),
    /// It could not be found out: why not.
    Unknown(ProbeError),
}

/// What is wrong with what a node accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeProblem {
    /// It lets in without any key.
    NeedsNoKey,
    /// It accepts a key that nobody has, and so perhaps any.
    AcceptsAnyKey,
    /// It does not accept the declared key.
    RefusesTheKey(KnownKey),
    /// It accepts a key that was recorded before.
    AcceptsAnEarlierKey(KnownKey),
}

impl NodeProblem {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NeedsNoKey => "needs-no-key",
            Self::AcceptsAnyKey => "accepts-any-key",
            Self::RefusesTheKey(_) => "refuses-the-key",
            Self::AcceptsAnEarlierKey(_) => "accepts-an-earlier-key",
        }
    }
}

/// Why a node could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// It does not answer, or not to the end: what ssh says.
    Unreachable(String),
    /// Its host key is not the known one, or was revoked.
    HostKeyChanged,
    /// Its host key is not known.
    HostKeyUnknown,
    /// It, or the ssh here, cannot be asked for the key: why.
    CannotAsk(String),
    /// Somebody ended it before.
    Interrupted,
}

/// What a node's answers mean. `error` is what ended the asking too early, if anything did.
pub(super) fn verdict(
    probe: &Probe,
    canary: &PublicKey,
    is_open: bool,
    answers: BTreeMap<Fingerprint, bool>,
    error: Option<ProbeError>,
) -> Verdict {
    let answer = |key: &PublicKey| answers.get(key.fingerprint()).copied();
    let mut problems = Vec::new();
    if is_open {
        problems.push(NodeProblem::NeedsNoKey);
    } else if answer(canary) == Some(true) {
        problems.push(NodeProblem::AcceptsAnyKey);
    } else {
        let declared = probe.declared.iter().filter(|known| answer(&known.key) == Some(false));
        problems.extend(declared.cloned().map(NodeProblem::RefusesTheKey));
        let earlier = probe.earlier.iter().filter(|known| answer(&known.key) == Some(true));
        problems.extend(earlier.cloned().map(NodeProblem::AcceptsAnEarlierKey));
    }
    // What matters most was answered: the rest are keys that there was no room for, and that is told.
    let is_answered = probe.declared.iter().all(|known| answer(&known.key).is_some());
    let what = match error {
        _ if !problems.is_empty() => What::Deviates(problems),
        Some(error) => What::Unknown(error),
        None if is_answered && answer(canary).is_some() => What::Conforms,
        None => What::Unknown(ProbeError::CannotAsk("ssh did not ask for the key".into())),
    };
    Verdict { what, answers }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{NodeProblem, ProbeError, What, verdict};
    use crate::model::{Address, NodeAddress};
    use crate::openssh::PublicKey;
    use crate::verify::{KnownKey, Probe, canary};

    fn known() -> KnownKey {
        KnownKey { address: Address::parse("key/p/k").unwrap(), key: canary().unwrap() }
    }

    /// What a node that gives these answers is found to do: to the declared key, an earlier one, and one
    /// that nobody has.
    fn found(
        answers: [Option<bool>; 3],
        is_open: bool,
        error: Option<ProbeError>,
    ) -> (Vec<&'static str>, What) {
        let (declared, earlier, stray) = (known(), known(), canary().unwrap());
        let probe = Probe {
            cluster: Address::parse("cluster/p/c").unwrap(),
            node: NodeAddress::parse("node").unwrap(),
            user: "u".into(),
            declared: Some(declared.clone()),
            earlier: vec![earlier.clone()],
        };
        let keys: [&PublicKey; 3] = [&declared.key, &earlier.key, &stray];
        let given = keys.into_iter().zip(answers);
        let given: BTreeMap<_, _> =
            given.filter_map(|(key, answer)| Some((*key.fingerprint(), answer?))).collect();
        let what = verdict(&probe, &stray, is_open, given, error).what;
        let words = match &what {
            What::Deviates(problems) => problems.iter().map(NodeProblem::word).collect(),
            What::Conforms | What::Unknown(_) => Vec::new(),
        };
        (words, what)
    }

    #[test]
    fn only_the_declared_key_may_be_accepted() {
        assert_eq!(found([Some(true), Some(false), Some(false)], false, None).1, What::Conforms);
        let words = |answers| found(answers, false, None).0;
        assert_eq!(words([Some(false), Some(false), Some(false)]), ["refuses-the-key"]);
        assert_eq!(words([Some(true), Some(true), Some(false)]), ["accepts-an-earlier-key"]);
        assert_eq!(
            words([Some(false), Some(true), Some(false)]),
            ["refuses-the-key", "accepts-an-earlier-key"]
        );
        assert_eq!(words([Some(true), Some(true), Some(true)]), ["accepts-any-key"]);
        assert_eq!(found([None, None, None], true, None).0, ["needs-no-key"]);
    }

    #[test]
    fn what_was_not_answered_is_not_obeyed() {
        let away = || Some(ProbeError::Unreachable("away".into()));
        let is_unknown = |answers, error| matches!(found(answers, false, error).1, What::Unknown(_));
        assert!(is_unknown([None, None, None], None));
        assert!(is_unknown([Some(true), None, None], None));
        assert!(is_unknown([Some(true), Some(false), Some(false)], away()));
        assert_eq!(found([Some(false), None, None], false, away()).0, ["refuses-the-key"]);
        // Of older keys there may be more than a node is asked.
        assert_eq!(found([Some(true), None, Some(false)], false, None).1, What::Conforms);
    }
}
