//! The formats of version 1 are frozen: what was kept once is read by every later keyplan, and written
//! the same to the byte.
//!
//! The fixtures in `tests/fixtures/state/` are NEVER deleted or changed: somebody's state looks like that.
//! A test here that fails means that the program has to change, not the fixture. A new version of a format
//! gets fixtures of its own, beside these.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use camino::Utf8PathBuf;
use jiff::civil::date;
use keyplan::access::{AccessChange, access_changes};
use keyplan::model::{Address, Cloud, Desired, KnownKey, RecordedProject, Role, Stray, Team};
use keyplan::openssh::{Fingerprint, KeyOptions};
use keyplan::plan::{Change, DeclaredAt, FieldValue, Plan, diff, renames};
use keyplan::report::json_v1::{self, StateExport};
use keyplan::state::entry::{Digest, EntryFile, EntryKind, FormatFile, Summary};
use keyplan::state::plan_v1::PlanFile;
use keyplan::state::store::local::LocalStore;
use keyplan::state::v1::{ClusterV1, ProjectObject, TeamsObject};
use keyplan::state::{State, is_current, verify};

use crate::support::repository;

/// Each fixture with the digest of all its files. A digest is never changed either.
const FROZEN: [(&str, &str); 2] = [
    ("v1-acme", "ebb6f10cf5d5714e2fd2d50ab3c61d42787c7b69425f191c1be82ee3f2954c96"),
    ("v1-everything", "0ec42e88f397be88111886c7e9f4f0e1f7b517af4abb76efaba69dbcf6c14334"),
];

fn fixture(name: &str) -> Utf8PathBuf {
    repository().join("tests/fixtures/state").join(name)
}

fn store(name: &str) -> LocalStore {
    LocalStore::new(fixture(name).join("store"))
}

/// The files below a folder of a fixture, by name.
fn files(name: &str, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let root = fixture(name).join(folder);
    let entries = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
    let entries = entries.filter(|entry| entry.file_type().is_file());
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (path, fs::read(entry.path()).unwrap())
    };
    entries.map(read).collect()
}

fn same(name: &str, written: &[u8], kept: &[u8]) {
    assert_eq!(
        String::from_utf8_lossy(written),
        String::from_utf8_lossy(kept),
        "{name} is written otherwise"
    );
}

#[test]
fn no_fixture_was_changed_or_forgotten() {
    let folders = fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap());
    let folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, FROZEN.map(|(name, _)| name));
    for (name, frozen) in FROZEN {
        let lines =
            files(name, "").into_iter().map(|(path, bytes)| format!("{} {path}\n", Digest::of(&bytes)));
        let all = lines.collect::<Vec<_>>().concat();
        let digest = Digest::of(all.as_bytes());
        assert_eq!(digest.as_str(), frozen, "{name} was changed: bring it back\n{all}");
    }
}

#[test]
fn states_open_and_verify() {
    for (name, _) in FROZEN {
        let store = store(name);
        let verified = verify(&store);
        assert!(verified.problems.is_empty(), "{name}: {:?}", verified.problems);
        assert_eq!(verified.revisions, files(name, "store/log").len() - 1, "{name}");
        let state = State::open(&store).unwrap();
        for number in state.revisions() {
            state.at(number).unwrap().recorded().unwrap();
        }
        let mut export = Vec::new();
        json_v1::write(&mut export, &StateExport::new(&state, &state.recorded().unwrap())).unwrap();
        same("export.json", &export, &fs::read(fixture(name).join("export.json")).unwrap());
    }
}

#[test]
fn states_are_written_as_they_were() {
    for (name, _) in FROZEN {
        for (path, bytes) in files(name, "store") {
            let written = match path.split('/').next().unwrap() {
                "format.json" => {
                    serde_json::to_vec_pretty(&serde_json::from_slice::<FormatFile>(&bytes).unwrap()).unwrap()
                }
                "log" => {
                    let file: EntryFile = serde_json::from_slice(&bytes).unwrap();
                    file.entry.to_file().1
                }
                "objects" => {
                    if let Ok(plan) = PlanFile::read(Cursor::new(&bytes)) {
                        serde_json::to_vec(&plan).unwrap()
                    } else if let Ok(object) = serde_json::from_slice::<TeamsObject>(&bytes) {
                        let teams = object.teams.into_iter().map(|team| Team::try_from(team).unwrap());
                        let teams: Vec<_> = teams.collect();
                        let teams = teams.iter().map(Into::into).collect();
                        serde_json::to_vec(&TeamsObject { teams }).unwrap()
                    } else {
                        let object: ProjectObject = serde_json::from_slice(&bytes).unwrap();
                        let project = RecordedProject::try_from(object).unwrap();
                        serde_json::to_vec(&ProjectObject::from(&project)).unwrap()
                    }
                }
                _ => panic!("{name}/{path} is of no kind that there is"),
            };
            same(&format!("{name}/{path}"), &written, &bytes);
        }
    }
}

#[test]
fn saved_plans_are_read_and_written_as_they_were() {
    for (name, _) in FROZEN {
        let bytes = fs::read(fixture(name).join("plan.json")).unwrap();
        let file = PlanFile::read(Cursor::new(&bytes)).unwrap();
        let places: BTreeMap<_, _> = file
            .resource_changes
            .iter()
            .map(|change| (change.address.clone(), change.declared_at.clone()))
            .collect();
        let plan = file.plan().unwrap();
        let place = |change: &Change| places[&change.address().to_string()].clone();
        let mut written = serde_json::to_vec_pretty(&PlanFile::new(&plan, &place)).unwrap();
        written.push(b'\n');
        same(&format!("{name}/plan.json"), &written, &bytes);
        assert!(plan.changes.len() > 3, "{name}");
        let store = store(name);
        is_current(&plan, &State::open(&store).unwrap()).unwrap();
    }
}

/// The field `options` came after the fixtures were frozen. What has none of it is written as it was, which
/// the tests above show; what has some is read back as it was.
#[test]
fn options_of_a_key_are_kept_as_they_are_written() {
    const OPTIONS: &str = r#"restrict,pty,from="10.0.0.0/8,!10.1.2.3",command="say \"a\"""#;
    let store = store("v1-acme");
    let mut recorded = State::open(&store).unwrap().recorded().unwrap();
    let mut home = recorded.projects.pop_first().unwrap().1;
    let text = serde_json::to_string(&ProjectObject::from(&home)).unwrap();
    assert!(!text.contains("options"), "{text}");
    let key = home.keys.values_mut().next().unwrap();
    Arc::make_mut(key).options = KeyOptions::parse(OPTIONS).unwrap().into();
    let with_options = serde_json::to_string(&ProjectObject::from(&home)).unwrap();
    assert!(with_options.contains(&serde_json::to_string(OPTIONS).unwrap()), "{with_options}");
    let read = |text: &str| {
        let object = serde_json::from_str::<ProjectObject>(text).map_err(|error| error.to_string())?;
        RecordedProject::try_from(object).map_err(|error| error.to_string())
    };
    assert_eq!(read(&with_options).as_ref(), Ok(&home));
    // Damage is not taken for what it might mean.
    for damaged in ["restrict,no-such-option", "restrict,pty,no-x11-forwarding", "pty,restrict", ""] {
        let text = with_options.replace(&serde_json::to_string(OPTIONS).unwrap(), &format!("\"{damaged}\""));
        assert_eq!(read(&text), Err(format!("the option list of a key `{damaged}` is not valid")));
    }
}

#[test]
fn a_saved_plan_has_the_options_of_keys() {
    let store = store("v1-acme");
    let recorded = State::open(&store).unwrap().recorded().unwrap();
    let mut desired = Desired::from(&recorded);
    for key in desired.projects.values_mut().flat_map(|home| home.keys.values_mut()) {
        let options = KeyOptions::parse(r#"restrict,from="10.0.0.0/8""#).unwrap().into();
        Arc::make_mut(&mut key.value).options = options;
    }
    let mut changes = diff(&recorded, &desired);
    // A saved plan knows where a change is declared as a text alone.
    for change in &mut changes {
        change.origin = change.origin.is_some().then(|| DeclaredAt::Saved("pay/keys.yaml:7".into()));
    }
    let access = access_changes(&recorded, &desired, &renames(&changes));
    assert!(
        access.iter().any(|one| matches!(one, AccessChange::Cluster { before: Some(_), after: Some(_), .. }))
    );
    let plan = Plan { changes, access, ..Plan::default() };
    let place = |change: &Change| change.origin.as_ref().map(|_| "pay/keys.yaml:7".into());
    let file = PlanFile::new(&plan, &place);
    let bytes = serde_json::to_vec(&file).unwrap();
    assert_eq!(PlanFile::read(Cursor::new(&bytes)).unwrap().plan().unwrap(), plan);
}

#[test]
fn what_was_applied_in_part_is_recorded_with_what_else_may_stand_there() {
    let store = store("v1-acme");
    let recorded = State::open(&store).unwrap().recorded().unwrap();
    let cluster = recorded.projects.values().find_map(|home| home.clusters.values().next()).unwrap();
    let whole = serde_json::to_string(&ClusterV1::from(&**cluster)).unwrap();
    assert!(!whole.contains("partially_applied"), "{whole}");
    let address = Address::parse("cluster/pay/old name").unwrap();
    let stray =
        |login_user: Option<&str>| Stray { address: address.clone(), login_user: login_user.map(Into::into) };
    for strays in [BTreeSet::new(), BTreeSet::from([stray(Some("root"))]), BTreeSet::from([stray(None)])] {
        let mut cluster = (**cluster).clone();
        cluster.metadata.partially_applied = Some(strays.into());
        let stored = serde_json::to_string(&ClusterV1::from(&cluster)).unwrap();
        let read: ClusterV1<'_> = serde_json::from_str(&stored).unwrap();
        assert_eq!(read.of(&cluster.project).unwrap(), cluster, "{stored}");
    }
}

/// As of `options`: what has none is written as it was.
#[test]
fn known_keys_of_a_cluster_are_kept_as_they_are_written() {
    let store = store("v1-acme");
    let recorded = State::open(&store).unwrap().recorded().unwrap();
    let mut home = recorded.projects.into_values().find(|home| !home.clusters.is_empty()).unwrap();
    let known = |byte, until| KnownKey {
        fingerprint: Fingerprint::new([byte; 32]),
        reason: "break-glass: \"Zoë\"".into(),
        until,
    };
    let cluster = home.clusters.values_mut().next().unwrap();
    let before = serde_json::to_string(&ClusterV1::from(&**cluster)).unwrap();
    assert!(!before.contains("known_keys"), "{before}");
    Arc::make_mut(cluster).known_keys = vec![known(1, None), known(2, Some(date(2027, 6, 30)))];
    let text = serde_json::to_string(&ProjectObject::from(&home)).unwrap();
    let read = |text: &str| {
        let object = serde_json::from_str::<ProjectObject>(text).map_err(|error| error.to_string())?;
        RecordedProject::try_from(object).map_err(|error| error.to_string())
    };
    assert_eq!(read(&text).as_ref(), Ok(&home));
    let damaged = text.replace("SHA256:AQ", "SHA256:??");
    assert!(read(&damaged).unwrap_err().starts_with("the fingerprint `SHA256:??"));
    assert_eq!(read(&text.replace("2027-06-30", "soon")).unwrap_err(), "the day `soon` is not valid");
}

/// What is known to a cluster changes nothing of what is there of it.
#[test]
fn a_saved_plan_has_known_keys_and_no_access() {
    let store = store("v1-acme");
    let recorded = State::open(&store).unwrap().recorded().unwrap();
    let mut desired = Desired::from(&recorded);
    let known = KnownKey {
        fingerprint: Fingerprint::new([1; 32]),
        reason: "break-glass".into(),
        until: Some(date(2027, 6, 30)),
    };
    let cluster = desired.projects.values_mut().find_map(|home| home.clusters.values_mut().next()).unwrap();
    Arc::make_mut(&mut cluster.value).known_keys = vec![known.clone()];
    let mut changes = diff(&recorded, &desired);
    for change in &mut changes {
        change.origin = change.origin.is_some().then(|| DeclaredAt::Saved("pay/clusters.yaml:7".into()));
    }
    assert_eq!(access_changes(&recorded, &desired, &renames(&changes)), []);
    let [change] = &changes[..] else { panic!("{changes:?}") };
    let fields: Vec<_> = change.fields().into_iter().map(|change| (change.field, change.after)).collect();
    assert_eq!(fields, [("knownKeys".into(), Some(FieldValue::List(vec![known.to_string()])))]);
    let plan = Plan { changes, ..Plan::default() };
    let place = |change: &Change| change.origin.as_ref().map(|_| "pay/clusters.yaml:7".into());
    let bytes = serde_json::to_vec(&PlanFile::new(&plan, &place)).unwrap();
    assert_eq!(PlanFile::read(Cursor::new(&bytes)).unwrap().plan().unwrap(), plan);
}

/// A fixture that has not all there is proves little.
#[test]
fn one_fixture_has_everything() {
    let store = store("v1-everything");
    let state = State::open(&store).unwrap();
    let recorded = state.recorded().unwrap();
    let homes: Vec<_> = recorded.projects.values().collect();
    for role in Role::ALL {
        assert!(
            homes.iter().any(|home| home.project.members.iter().any(|member| member.role == *role)),
            "{role}"
        );
    }
    for cloud in Cloud::ALL {
        assert!(
            homes.iter().any(|home| home.clusters.values().any(|cluster| cluster.cloud == *cloud)),
            "{cloud}"
        );
    }
    let text: String = files("v1-everything", "store/objects")
        .into_values()
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect();
    for part in [
        "[2001:db8::2]:2222",
        "node2.example.com:65535",
        "当番 🔑",
        "\\\"quoted\\\"",
        "\"owner\":\"team:sre\"",
        "\"owner\":\"ana@example.com\"",
        "\"owner\":null",
        "\"expires\":\"2099-12-31\"",
        "\"ssh_key\":null",
        "\"protected\":true",
        "ssh-rsa ",
        "ecdsa-sha2-nistp256 ",
        "sk-ssh-ed25519@openssh.com ",
    ] {
        assert!(text.contains(part), "there is no {part}");
    }
    let kinds: Vec<_> = state
        .revisions()
        .into_iter()
        .map(|number| state.at(number).unwrap().head.unwrap().entry)
        .map(|entry| (std::mem::discriminant(&entry.kind), entry.open_applies.len()))
        .collect();
    let of = |kind: EntryKind| std::mem::discriminant(&kind);
    assert_eq!(
        kinds,
        [
            (of(EntryKind::Apply { summary: Summary::default() }), 0),
            (of(EntryKind::Begin { plan: Digest::of(b"") }), 1),
            (
                of(EntryKind::End {
                    begin: 2,
                    summary: Summary::default(),
                    unfinished: 0,
                    forgotten_nodes: vec!["n1".into()],
                }),
                0,
            ),
        ]
    );
}
