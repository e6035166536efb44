//! A state that is copied to another place goes on there, whatever happens meanwhile:
//!
//! - Until the copy is whole, the new place is taken for no state, and nothing is lost at the old one.
//! - An apply at the old place is in the copy, or is refused.
//! - A copy that was cut short at any write is made again, and ends as one that was not.

use std::sync::Mutex;

use keyplan::model::{Recorded, Settings};
use keyplan::plan::{Allowed, ConfirmedPlan};
use keyplan::planner;
use keyplan::state::lease::begin;
use keyplan::state::store::StateStore;
use keyplan::state::{Copied, CopyError, RecordError, State, StateError, copy, verify};

use crate::state_faults::{
    FAULTS, Faulty, Meanwhile, Memory, Remote, apply, now, plan, recorded, survived, world,
};
use crate::support::{TestClock, Workspace, keyplan, stderr, stdout};

const TO: &str = "s3://acme-access/keyplan";

fn to(from: &dyn StateStore, to: &dyn StateStore) -> Result<Copied, CopyError> {
    copy(from, (to, TO), &now(), &TestClock::default())
}

/// A state with three revisions.
fn three() -> (Memory, Recorded) {
    let store = Memory::default();
    for text in ["a", "b", "c"] {
        apply(&store, &world(&[("one", text), ("two", "a")])).unwrap();
    }
    let recorded = recorded(&store);
    (store, recorded)
}

/// Whether a place can be taken for a state in which something is recorded.
fn is_state(store: &dyn StateStore) -> bool {
    State::open_as_kept(store).is_ok_and(|state| state.revision() > 0)
}

/// The laws of a copy that has ended: all is at the new place, where applies go on, and none is taken at the old one.
fn went_on(old: &dyn StateStore, new: &dyn StateStore, expected: &Recorded, what: &str) {
    let verified = verify(new);
    assert!(verified.problems.is_empty(), "{what}: {:?}", verified.problems);
    assert_eq!(&recorded(new), expected, "{what}");
    assert!(matches!(State::open(old), Err(StateError::Moved { to, .. }) if to == TO), "{what}");
    assert!(verify(old).problems.is_empty(), "{what}");
    let next = world(&[("one", "d"), ("three", "a")]);
    let refused = apply(old, &next).expect_err(what);
    assert!(matches!(refused, RecordError::State(StateError::Moved { .. })), "{what}: {refused}");
    apply(new, &next).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(recorded(new), Recorded::from(&next), "{what}");
    // Asked for again, it has nothing to do, although the new place has gone on.
    assert_eq!(to(old, new).unwrap().copied, 0, "{what}");
    assert_eq!(recorded(new), Recorded::from(&next), "{what}");
}

#[test]
fn a_copy_is_whole_or_no_state_whatever_becomes_of_a_write() {
    for is_old in [false, true] {
        for fault in FAULTS {
            for at in 0.. {
                let ((old, expected), new) = (three(), Memory::default());
                let failing = Faulty::new(if is_old { &old } else { &new }, fault, at);
                let ended = survived(|| if is_old { to(&failing, &new) } else { to(&old, &failing) });
                let was_reached = failing.was_reached();
                let what = format!("{fault:?} at write {at}, {}", if is_old { "old" } else { "new" });
                if !matches!(ended, Some(Ok(_))) {
                    assert!(was_reached, "{what}");
                    assert!(!fault.is_overcome(), "{what}: {ended:?}");
                    let is_whole = is_state(&new) && verify(&new).problems.is_empty();
                    assert!(is_whole || !is_state(&new), "{what}: a part is taken for the state");
                    match State::open(&old) {
                        Ok(state) => {
                            assert!(!is_state(&new), "{what}: there are two");
                            assert_eq!(state.recorded().unwrap(), expected, "{what}");
                        }
                        Err(StateError::Moved { to, .. }) => assert_eq!(to, TO, "{what}"),
                        Err(error) => panic!("{what}: {error}"),
                    }
                    to(&old, &new).unwrap_or_else(|error| panic!("{what}: cannot be made again: {error}"));
                }
                went_on(&old, &new, &expected, &what);
                if !was_reached {
                    assert!(at > 0, "{what}: there was no write");
                    break;
                }
            }
        }
    }
}

#[test]
fn an_apply_at_the_old_place_is_copied_or_refused() {
    let mut was_copied = [false; 2];
    for at in 0.. {
        let ((old, before), new) = (three(), Memory::default());
        let after = world(&[("one", "e"), ("two", "e")]);
        let applied = Mutex::new(None);
        let other = || *applied.lock().unwrap() = Some(apply(&old, &after));
        let meanwhile = Meanwhile::new(&old, at, &other);
        to(&meanwhile, &new).unwrap();
        let was_reached = meanwhile.was_reached();
        let applied = applied.into_inner().unwrap();
        let expected = match applied {
            Some(Ok(_)) => Recorded::from(&after),
            Some(Err(RecordError::State(StateError::Moved { .. }))) | None => before,
            Some(Err(error)) => panic!("at call {at}: {error}"),
        };
        was_copied[usize::from(expected == Recorded::from(&after))] = true;
        went_on(&old, &new, &expected, &format!("an apply before call {at}"));
        if !was_reached {
            break;
        }
    }
    assert_eq!(was_copied, [true; 2], "both were seen");
}

#[test]
fn a_network_with_lost_answers_is_overcome() {
    let (old, expected) = three();
    let (new, clock) = (Memory::default(), TestClock::default());
    to(&Remote::retrying(&old, &clock), &Remote::retrying(&new, &clock)).unwrap();
    went_on(&old, &new, &expected, "over a network");
}

#[test]
fn what_is_no_new_place_is_refused_and_the_old_one_stays() {
    let refused = |old: &Memory, new: &dyn StateStore| {
        let before = recorded(old);
        let error = to(old, new).unwrap_err();
        assert_eq!(recorded(old), before);
        error
    };
    let (old, _) = three();
    assert!(matches!(refused(&old, &old), CopyError::Same { .. }));
    assert!(matches!(refused(&old, &Remote::retrying(&old, &TestClock::default())), CopyError::Same { .. }));
    let (other, _) = three();
    assert!(matches!(refused(&old, &other), CopyError::OtherState { .. }));
    let foreign = Memory::default();
    foreign.create("log/notes.txt", b"mine").unwrap();
    assert!(matches!(refused(&old, &foreign), CopyError::State(StateError::Foreign { .. })));
    // A copy that somebody made by hand, and applied at.
    let ahead = old.copy();
    apply(&ahead, &world(&[("one", "z")])).unwrap();
    assert!(matches!(refused(&old, &ahead), CopyError::Ahead { .. }));
    let empty = Memory::default();
    assert!(matches!(to(&empty, &Memory::default()), Err(CopyError::NoState { .. })));
}

#[test]
fn nothing_is_copied_while_an_apply_is_at_work_or_the_state_is_damaged() {
    let (old, _) = three();
    let wanted = world(&[("one", "f"), ("two", "a")]);
    let state = State::open(&old).unwrap();
    let planned = planner::plan(&state, wanted, &Settings::default(), Allowed::default()).unwrap();
    let confirmed: ConfirmedPlan = planned.confirm().unwrap();
    begin(&old, &confirmed, &now(), &TestClock::default()).unwrap();
    let new = Memory::default();
    assert!(matches!(to(&old, &new), Err(CopyError::Open { begin: 4, .. })));
    let (damaged, _) = three();
    damaged.damage("log/00000000000000000002.json", b"{}");
    assert!(matches!(to(&damaged, &new), Err(CopyError::Unsound { .. })));
    assert!(!is_state(&new));
}

#[test]
fn a_state_that_goes_on_elsewhere_goes_on_there_alone() {
    let ((old, _), new) = (three(), Memory::default());
    to(&old, &new).unwrap();
    let third = Memory::default();
    let error = copy(&old, (&third, "gs://acme-access"), &now(), &TestClock::default()).unwrap_err();
    assert!(matches!(error, CopyError::State(StateError::Moved { to, .. }) if to == TO));
    assert!(!is_state(&third));
    assert!(plan(&new, &world(&[("one", "c"), ("two", "a")])).unwrap().is_empty());
}

#[test]
fn a_state_is_moved_by_the_program() {
    let workspace = Workspace::with(&[
        ("w/keyplan.yaml", b"apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: acme}\nspec: {state: .keyplan/state}\n"),
        ("w/access.yaml", include_bytes!("../fixtures/documentation/payments/access.yaml")),
        ("w/clusters.yaml", include_bytes!("../fixtures/documentation/payments/clusters.yaml")),
    ]);
    let run = |args: &[&str]| keyplan(&workspace.root, args);
    assert!(run(&["apply", "--auto-approve", "w"]).status.success());
    let asked = run(&["state", "copy", "w/.keyplan/state", "shared"]);
    assert_eq!(asked.status.code(), Some(8), "{}", stderr(&asked));
    let moved = run(&["state", "copy", "--auto-approve", "-m", "we share it", "w/.keyplan/state", "shared"]);
    assert!(moved.status.success(), "{}", stderr(&moved));
    let place = workspace.root.join("shared");
    assert!(stdout(&moved).ends_with(&format!("The state is at revision 1, and goes on at {place}.\n")));
    for refused in [&["plan", "w"][..], &["who", "-w", "w"], &["apply", "--auto-approve", "w"]] {
        let refused = run(refused);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            stderr(&refused).contains(&format!("goes on at `{place}` since revision 2")),
            "{}",
            stderr(&refused)
        );
    }
    let log = run(&["state", "log", "-w", "w"]);
    assert!(stdout(&log).contains("the state goes on at") && stdout(&log).contains("why: we share it"));
    // Who lets people in by the old place goes on to do so, until told of the new one.
    let asked = run(&["authorized-keys", "--state", "w/.keyplan/state", "payments/prod-eu"]);
    assert!(asked.status.success() && stdout(&asked).contains("ssh-ed25519"), "{}", stderr(&asked));
    let planned = run(&["plan", "--state", "shared", "w"]);
    assert!(planned.status.success() && stdout(&planned).contains("No changes."), "{}", stderr(&planned));
    assert!(stderr(&planned).contains("`--state` says where the state is: shared"), "{}", stderr(&planned));
    let applied = run(&["apply", "--auto-approve", "--state", "shared", "w"]);
    assert_eq!(stderr(&applied).matches("says where the state is").count(), 1, "{}", stderr(&applied));
    let again = run(&["state", "copy", "--auto-approve", "--format", "json", "w/.keyplan/state", "shared"]);
    assert!(again.status.success() && stdout(&again).contains("\"copied\": 0"), "{}", stdout(&again));
}
