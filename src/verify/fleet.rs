//! Many nodes at a time, and each host on one connection at a time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Probe;
use super::prober::Prober;
use super::verdict::{ProbeError, Verdict, What};
use crate::model::NodeAddress;

/// How much is asked at a time, for how long, and who is told.
pub trait Progress: Sync {
    /// Whether to go on.
    fn goes_on(&self) -> bool;

    /// So many nodes of all are done.
    fn progress(&self, done: usize, of: usize);
}

/// Asks nodes, at most so many at a time. The verdicts are in the order of the inquiries.
#[must_use]
pub fn ask_all(by: &Prober, probes: &[Probe], parallel: usize, progress: &dyn Progress) -> Vec<Verdict> {
    in_groups(probes, parallel, progress, &|probe| by.ask(probe, &|| progress.goes_on()))
}

fn in_groups(
    probes: &[Probe],
    parallel: usize,
    progress: &dyn Progress,
    ask: &(dyn Fn(&Probe) -> Verdict + Sync),
) -> Vec<Verdict> {
    let mut hosts: BTreeMap<&NodeAddress, Vec<usize>> = BTreeMap::new();
    for (number, probe) in probes.iter().enumerate() {
        hosts.entry(&probe.node).or_default().push(number);
    }
    let groups: Vec<_> = hosts.into_values().collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let verdicts = Mutex::new(vec![None; probes.len()]);
    std::thread::scope(|scope| {
        for _ in 0..parallel.clamp(1, groups.len().max(1)) {
            scope.spawn(|| {
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for &number in group {
                        let verdict = progress.goes_on().then(|| ask(&probes[number]));
                        verdicts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[number] = verdict;
                        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                        progress.progress(done, probes.len());
                    }
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let interrupted = || Verdict { what: What::Unknown(ProbeError::Interrupted), answers: BTreeMap::new() };
    verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(interrupted)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Progress, in_groups};
    use crate::model::{Address, NodeAddress};
    use crate::verify::{Probe, ProbeError, Verdict, What};

    struct Until(usize, AtomicUsize);

    impl Progress for Until {
        fn goes_on(&self) -> bool {
            self.1.load(Ordering::Relaxed) < self.0
        }

        fn progress(&self, done: usize, of: usize) {
            assert!(done <= of);
            self.1.fetch_max(done, Ordering::Relaxed);
        }
    }

    fn probes() -> Vec<Probe> {
        let probe = |number: usize| Probe {
            cluster: Address::parse("cluster/p/c").unwrap(),
            node: NodeAddress::parse(&format!("node{}", number % 7)).unwrap(),
            user: number.to_string().into(),
            declared: None,
            earlier: Vec::new(),
        };
        (0..100).map(probe).collect()
    }

    fn conforms() -> Verdict {
        Verdict { what: What::Conforms, answers: BTreeMap::new() }
    }

    #[test]
    fn no_host_is_asked_twice_at_a_time_and_no_more_than_the_limit() {
        let busy = Mutex::new(BTreeSet::new());
        let most = AtomicUsize::new(0);
        let ask = |probe: &Probe| {
            let now = {
                let mut busy = busy.lock().unwrap();
                assert!(busy.insert(probe.node.clone()), "{} is asked twice at a time", probe.node);
                busy.len()
            };
            most.fetch_max(now, Ordering::Relaxed);
            std::thread::yield_now();
            busy.lock().unwrap().remove(&probe.node);
            conforms()
        };
        let progress = Until(usize::MAX, AtomicUsize::new(0));
        assert_eq!(in_groups(&probes(), 3, &progress, &ask), vec![conforms(); 100]);
        assert!(most.into_inner() <= 3);
        assert_eq!(progress.1.into_inner(), 100);
    }

    #[test]
    fn what_was_interrupted_is_not_asked() {
        let verdicts = in_groups(&probes(), 1, &Until(10, AtomicUsize::new(0)), &|_| conforms());
        let asked = verdicts.iter().filter(|verdict| verdict.what == What::Conforms).count();
        let left = verdicts.iter().filter(|one| one.what == What::Unknown(ProbeError::Interrupted)).count();
        assert_eq!((asked, left), (10, 90));
    }

    #[test]
    fn nothing_is_no_trouble() {
        assert_eq!(in_groups(&[], 16, &Until(1, AtomicUsize::new(0)), &|_| conforms()), []);
    }
}
