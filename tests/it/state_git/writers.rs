//! Who writes: of several who want one name one has it, and the laws of a state hold.

use keyplan::model::Recorded;
use keyplan::state::store::{StateStore, StoreErrorKind};
use keyplan::state::{RecordError, verify};

use super::server::{at_once, confirmed, record, server};
use crate::state_faults::{Fault, Faulty, Meanwhile, apply, holds, recorded, survived, world};

#[test]
fn what_is_written_is_there_for_all_and_stays() {
    let Some(server) = server() else { return };
    let (one, two) = (server.store("one"), server.store("two"));
    assert_eq!(two.get("format.json"), Ok(None));
    assert_eq!(two.list("log", ""), Ok(Vec::new()));
    let large = vec![0xff; 200_000];
    for (name, bytes) in [
        ("log/1.json", &b"1\n"[..]),
        ("log/2.json", b""),
        ("format.json", &large),
        ("leases/a/1.json", b"x\0\n\n"),
    ] {
        assert_eq!(one.create(name, bytes), Ok(true), "{name}");
        for store in [&one, &server.store("two"), &server.fresh()] {
            assert_eq!(store.get(name).unwrap().as_deref(), Some(bytes), "{name}");
            assert_eq!(store.create(name, b"other"), Ok(false), "{name}");
        }
    }
    for store in [&one, &server.store("two"), &server.fresh()] {
        assert_eq!(store.list("log", "").unwrap(), ["1.json", "2.json"]);
        assert_eq!(store.list("log", "1.json").unwrap(), ["2.json"]);
        assert_eq!(store.list("leases", "").unwrap(), ["a"]);
        assert_eq!(store.list("leases/a", "").unwrap(), ["1.json"]);
        assert_eq!(store.list("leases/b", "").unwrap(), [""; 0]);
        assert_eq!(store.get("log/3.json"), Ok(None));
        assert_eq!(store.get("log").unwrap_err().kind, StoreErrorKind::Damaged);
    }
    assert_eq!(server.pushes(), 4);
    assert_eq!(server.git(&["fsck", "--strict"]), "");
}

/// A list is as new as a question that is asked again.
#[test]
fn what_others_write_is_seen_when_it_is_asked_for_again() {
    let Some(server) = server() else { return };
    let (one, two) = (server.store("one"), server.store("two"));
    for number in 0..4 {
        let name = format!("{number}.json");
        assert_eq!(two.get(&format!("log/{name}")), Ok(None));
        assert_eq!(two.list("log", "").unwrap().len(), number);
        assert_eq!(one.create(&format!("log/{name}"), b"x"), Ok(true));
        assert_eq!(two.list("log", "").unwrap().last(), Some(&name));
        assert_eq!(two.get(&format!("log/{name}")).unwrap().unwrap(), b"x");
    }
}

#[test]
fn of_twenty_writers_one_wins() {
    let Some(server) = server() else { return };
    for round in 0..2 {
        let name = format!("log/{round}.json");
        let ended = at_once(20, |number| {
            let store = server.store(&format!("cache{number}"));
            let won = store.create(&name, number.to_string().as_bytes());
            (won, store.get(&name).unwrap().unwrap())
        });
        let won: Vec<_> = (0..20).filter(|number| ended[*number].0 == Ok(true)).collect();
        assert_eq!(won.len(), 1, "{ended:?}");
        let kept = won[0].to_string().into_bytes();
        assert!(ended.iter().all(|(won, read)| won.is_ok() && *read == kept), "{ended:?}");
        assert_eq!(server.pushes(), round + 1);
    }
}

#[test]
fn writers_of_the_same_bytes_do_not_both_win() {
    let Some(server) = server() else { return };
    let ended = at_once(6, |number| server.store(&format!("cache{number}")).create("log/0.json", b"same"));
    assert_eq!(ended.iter().filter(|won| **won == Ok(true)).count(), 1, "{ended:?}");
}

#[test]
fn writers_of_different_names_all_succeed() {
    let Some(server) = server() else { return };
    // Two keyplans on one machine share a cache.
    let ended = at_once(8, |number| {
        server.store(&format!("cache{}", number / 2)).create(&format!("log/{number}.json"), b"x")
    });
    assert_eq!(ended, vec![Ok(true); 8]);
    assert_eq!(server.fresh().list("log", "").unwrap().len(), 8);
    assert_eq!(server.pushes(), 8);
}

#[test]
fn a_write_may_go_wrong() {
    let after = world(&[("one", "a")]);
    for fault in [Fault::AnswerLost, Fault::CrashAfter, Fault::AllSayTaken] {
        for at in [0, 2, 4] {
            let Some(server) = server() else { return };
            let store = server.store("cache");
            let failing = Faulty::new(&store, fault, at);
            let ended = survived(|| apply(&failing, &after));
            let what = format!("{fault:?} at write {at}");
            assert!(failing.was_reached(), "{what}");
            if fault.is_overcome() {
                assert!(matches!(ended, Some(Ok(_))), "{what}: {ended:?}");
            }
            holds(&server.store("other"), &[Recorded::default(), Recorded::from(&after)], &after, &what);
        }
    }
}

#[test]
fn of_two_applies_at_once_one_wins() {
    let (base, first, second) = (world(&[("one", "a")]), world(&[("one", "b")]), world(&[("one", "c")]));
    for call in 0.. {
        let Some(server) = server() else { return };
        let (one, two) = (server.store("one"), server.store("two"));
        apply(&one, &base).unwrap();
        let (plan_of_first, plan_of_second) = (confirmed(&one, &first), confirmed(&two, &second));
        let other = || {
            // It is planned on what was there before the first began.
            let _ = record(&two, &plan_of_second);
        };
        let meanwhile = Meanwhile::new(&one, call, &other);
        let ended = record(&meanwhile, &plan_of_first);
        let state = recorded(&server.fresh());
        let what = format!("the second before call {call} of the first");
        match ended {
            Ok(_) => assert_eq!(state, Recorded::from(&first), "{what}"),
            Err(RecordError::Stale { .. }) => assert_eq!(state, Recorded::from(&second), "{what}"),
            Err(error) => panic!("{what}: {error}"),
        }
        assert!(verify(&server.fresh()).problems.is_empty(), "{what}");
        if !meanwhile.was_reached() {
            assert!(call > 2, "there were but {call} calls");
            break;
        }
    }
}
