//! The laws of `plan`, on generated worlds and on one small world that is enumerated whole. Names and
//! public keys are few, so that renames, rekeys, swaps, shared keys, deletions and re-creations are common.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::LazyLock;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use jiff::civil::{Date, date};
use keyplan::access::{
    AccessChange, FormerHolder, FormerHolders, Holder, KeyGrant, StillHeld, access_changes, former_holders,
    still_held,
};
use keyplan::model::{
    Address, Cloud, Cluster, Declared, Desired, DesiredProject, DocumentId, KnownKey, Member, Metadata, Name,
    NodeAddress, Project, Recorded, RecordedProject, ResourceKind, Role, Settings, SshKey, Subject, Team,
    UserName,
};
use keyplan::openssh::{Fingerprint, KeyOptions, PublicKey, SharedOptions};
use keyplan::plan::{
    Action, Allowed, Change, GuardInput, GuardRule, Reason, Resource, access_gains, diff, guards,
    newly_shared_nodes, projects_left_without, renames,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const TEAMS: &[&str] = &["ops", "sre", "web"];
const USERS: &[&str] = &["ana", "ben", "eva"];
const PROJECTS: &[&str] = &["p", "q", "r", "s"];
const KEYS: &[&str] = &["a", "b", "c", "d", "e"];
const CLUSTERS: &[&str] = &["v", "w", "x", "y", "z"];

// Worlds

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn user(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// One of four public keys.
fn public_key(number: usize, comment: &str) -> PublicKey {
    static BLOBS: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
        [2_u8, 3, 5, 7].map(|scalar| {
            let point = EdwardsPoint::mul_base(&Scalar::from(scalar)).compress();
            [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], point.as_bytes()].concat()
        })
    });
    PublicKey::new(BLOBS[number].clone(), comment).unwrap()
}

fn declared<T>(value: T) -> Declared<T> {
    Declared { origin: DocumentId { file: 0, document: 0 }, previous_name: None, value }
}

fn a_name(alphabet: &'static [&'static str]) -> impl Strategy<Value = Name> + Clone {
    select(alphabet).prop_map(name)
}

fn subject() -> impl Strategy<Value = Subject> {
    let user = select(USERS).prop_map(|text| Subject::User(user(text)));
    prop_oneof![user, a_name(TEAMS).prop_map(Subject::Team)]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let some = (option::of(Just("for people".into())), any::<bool>(), any::<bool>());
    let some = some.prop_map(|(description, labelled, protected)| Metadata {
        description,
        labels: labelled.then(|| ("tier".into(), "gold".into())).into_iter().collect(),
        protected,
        partially_applied: None,
    });
    prop_oneof![4 => Just(Metadata::default()), 1 => some]
}

fn a_team() -> impl Strategy<Value = Team> {
    (metadata(), subsequence(USERS, 0..=USERS.len())).prop_map(|(metadata, users)| Team {
        name: name(TEAMS[0]),
        metadata,
        members: users.into_iter().map(user).collect(),
    })
}

fn a_key() -> impl Strategy<Value = SshKey> {
    let public_key = (0..4_usize, prop_oneof![3 => Just(""), 1 => Just("laptop")])
        .prop_map(|(number, comment)| public_key(number, comment));
    let expires = prop_oneof![4 => Just(None), 1 => Just(Some(date(2027, 6, 30)))];
    (metadata(), public_key, option::weighted(0.3, subject()), expires, options()).prop_map(
        |(metadata, public_key, owner, expires, options)| SshKey {
            project: name(PROJECTS[0]),
            name: name(KEYS[0]),
            metadata,
            public_key,
            owner,
            expires,
            options,
        },
    )
}

/// Often none; else some that differ little or much.
fn options() -> impl Strategy<Value = SharedOptions> {
    const SOME: &[&str] = &[
        "restrict",
        "restrict,pty",
        r#"from="10.0.0.0/8,!10.1.2.3""#,
        r#"restrict,command="/usr/bin/backup \"daily\"",environment="A=b c",tunnel="1""#,
        r#"permitopen="db:1",permitlisten="*:8080""#,
    ];
    prop_oneof![3 => Just(""), 1 => select(SOME)].prop_map(|text| KeyOptions::parse(text).unwrap().into())
}

fn a_cluster() -> impl Strategy<Value = Declared<Arc<Cluster>>> {
    let cloud = prop_oneof![4 => Just(Cloud::Generic), 1 => Just(Cloud::Aws)];
    let login_user = prop_oneof![4 => Just("spectro"), 1 => Just("root")];
    let nodes = prop_oneof![4 => Just(vec!["10.0.0.1"]), 1 => Just(vec!["10.0.0.1", "node2"])];
    let previous_name = option::of(a_name(CLUSTERS));
    let known_keys = prop_oneof![4 => Just(vec![]), 1 => Just(vec![KnownKey {
        fingerprint: Fingerprint::new([7; 32]),
        reason: "break-glass".into(),
        until: None,
    }])];
    let key = option::weighted(0.8, a_name(KEYS));
    (metadata(), key, cloud, login_user, nodes, known_keys, previous_name).prop_map(
        |(metadata, ssh_key, cloud, login_user, nodes, known_keys, previous_name)| Declared {
            previous_name,
            ..declared(Arc::new(Cluster {
                project: name(PROJECTS[0]),
                name: name(CLUSTERS[0]),
                metadata,
                ssh_key,
                cloud,
                login_user: login_user.into(),
                nodes: nodes.into_iter().map(|node| NodeAddress::parse(node).unwrap()).collect(),
                sshd: None,
                known_keys,
            }))
        },
    )
}

fn a_project() -> impl Strategy<Value = DesiredProject> {
    let role = select(&[Role::ProjectAdmin, Role::ClusterViewer][..]);
    let members = vec((subject(), role).prop_map(|(subject, role)| Member { subject, role }), 0..4);
    let keys = btree_map(a_name(KEYS), a_key().prop_map(|key| declared(Arc::new(key))), 0..=4);
    let clusters = btree_map(a_name(CLUSTERS), a_cluster(), 0..=4);
    (metadata(), members, option::of(a_name(PROJECTS)), keys, clusters).prop_map(
        |(metadata, members, previous_name, keys, clusters)| DesiredProject {
            project: Declared {
                previous_name,
                ..declared(Project { name: name(PROJECTS[0]), metadata, members })
            },
            keys,
            clusters,
        },
    )
}

/// Keeps a previous name that is no other one's, and not the name itself.
fn unclaimed(previous: &mut Option<Name>, name: &Name, claimed: &mut BTreeSet<Name>) {
    previous.take_if(|previous| *previous == *name || !claimed.insert(previous.clone()));
}

/// Makes of any world one that passes the gate: names are those of the maps, references exist, each previous
/// name is claimed once, lists are sorted.
fn gated(mut world: Desired) -> Desired {
    let teams: BTreeSet<_> = world.teams.keys().cloned().collect();
    let mut claimed_projects = BTreeSet::new();
    let exists = |subject: &Subject| match subject {
        Subject::User(_) => true,
        Subject::Team(team) => teams.contains(team),
    };
    for (name, team) in &mut world.teams {
        team.value.name = name.clone();
    }
    for (home, DesiredProject { project, keys, clusters }) in &mut world.projects {
        project.value.name = home.clone();
        unclaimed(&mut project.previous_name, home, &mut claimed_projects);
        project.value.members.retain(|member| exists(&member.subject));
        project.value.members.sort();
        project.value.members.dedup();
        for (name, key) in keys.iter_mut() {
            let key = Arc::make_mut(&mut key.value);
            (key.project, key.name) = (home.clone(), name.clone());
            key.owner.take_if(|owner| !exists(owner));
        }
        let mut claimed = BTreeSet::new();
        for (name, Declared { previous_name, value, .. }) in clusters {
            let cluster = Arc::make_mut(value);
            (cluster.project, cluster.name) = (home.clone(), name.clone());
            // Another key rather than none, so that most clusters have one.
            if let Some(key) = cluster.ssh_key.take_if(|key| !keys.contains_key(key)) {
                cluster.ssh_key = keys.range(key..).map(|(name, _)| name.clone()).next();
            }
            unclaimed(previous_name, name, &mut claimed);
        }
    }
    world
}

pub(crate) fn world() -> impl Strategy<Value = Desired> {
    let teams = btree_map(a_name(TEAMS), a_team().prop_map(declared), 0..=3);
    let projects = btree_map(a_name(PROJECTS), a_project(), 0..=3);
    (teams, projects).prop_map(|(teams, projects)| gated(Desired { teams, projects }))
}

/// New names by old ones: each name has one, often its own.
type NewNames = BTreeMap<Name, Name>;

fn new_names(alphabet: &'static [&'static str]) -> impl Strategy<Value = NewNames> {
    let shuffled = Just(alphabet.to_vec()).prop_shuffle();
    prop_oneof![Just(alphabet.to_vec()), shuffled]
        .prop_map(|new| alphabet.iter().copied().map(name).zip(new.into_iter().map(name)).collect())
}

/// The same world under other names, so that there are swaps, chains and renames that are followed.
fn renamed(world: &Desired, projects: &NewNames, keys: &NewNames, clusters: &NewNames) -> Desired {
    let home = |(old, home): (&Name, &DesiredProject)| {
        let mut project = home.project.clone();
        project.previous_name = Some(old.clone());
        let key = |(old, key): (&Name, &Declared<Arc<SshKey>>)| (keys[old].clone(), key.clone());
        let cluster = |(old, cluster): (&Name, &Declared<Arc<Cluster>>)| {
            let mut cluster = Declared { previous_name: Some(old.clone()), ..cluster.clone() };
            let value = Arc::make_mut(&mut cluster.value);
            value.ssh_key = value.ssh_key.take().map(|key| keys[&key].clone());
            (clusters[old].clone(), cluster)
        };
        let (keys, clusters) = (home.keys.iter().map(key), home.clusters.iter().map(cluster));
        let renamed = DesiredProject { project, keys: keys.collect(), clusters: clusters.collect() };
        (projects[old].clone(), renamed)
    };
    gated(Desired { teams: world.teams.clone(), projects: world.projects.iter().map(home).collect() })
}

/// Puts up to so many of one map into another, which does not grow past its most.
fn mix<T: Clone>(into: &mut BTreeMap<Name, T>, from: &BTreeMap<Name, T>, number: usize, most: usize) {
    into.extend(from.iter().take(number).map(|(name, one)| (name.clone(), one.clone())));
    while into.len() > most {
        into.pop_last();
    }
}

/// Takes a cluster to another project, with its key.
fn moved(world: &mut Desired) {
    let Some(from) = world.projects.first_entry() else { return };
    let mut from = from.remove();
    let Some(to) = world.projects.values_mut().next() else { return };
    if let Some((name, cluster)) = from.clusters.pop_first() {
        let key = cluster.value.ssh_key.as_ref().and_then(|key| from.keys.get_key_value(key));
        to.keys.extend(key.map(|(name, key)| (name.clone(), key.clone())));
        to.clusters.insert(name, cluster);
    }
    let name = from.project.value.name.clone();
    world.projects.insert(name, from);
}

/// The worlds of a history: some have nothing to do with the one before, and some are the same under other names.
pub(crate) fn successive_worlds() -> impl Strategy<Value = Vec<Desired>> {
    let names = (new_names(PROJECTS), new_names(KEYS), new_names(CLUSTERS));
    vec((world(), prop_oneof![1 => Just(None), 3 => names.prop_map(Some)]), 2..6).prop_map(|steps| {
        let mut worlds: Vec<Desired> = Vec::new();
        for (world, names) in steps {
            let next = match (worlds.last(), names) {
                (Some(last), Some((projects, keys, clusters))) => {
                    let mut next = renamed(last, &projects, &keys, &clusters);
                    for (home, other) in next.projects.values_mut().zip(world.projects.values()) {
                        mix(&mut home.clusters, &other.clusters, 1, 4);
                    }
                    gated(next)
                }
                _ => world,
            };
            worlds.push(next);
        }
        worlds
    })
}

/// What is recorded and what is desired: two worlds without relation, or the second made from the first.
pub(crate) fn worlds() -> impl Strategy<Value = (Recorded, Desired)> {
    let unrelated = (world(), world());
    let names = (new_names(PROJECTS), new_names(KEYS), new_names(CLUSTERS));
    let expires = option::of(option::of(Just(date(2099, 1, 1))));
    let login = option::of(select(&["root", "admin"][..]));
    let access = (option::of(option::of(subject())), option::of(options()), expires, login, any::<bool>());
    let related = (world(), names, world(), 0..=1_usize, 0..=1_usize, access);
    let related = related.prop_map(|(before, names, other, homes, parts, access)| {
        let (projects, keys, clusters) = names;
        let (owner, options, expires, login, is_moved) = access;
        let mut after = renamed(&before, &projects, &keys, &clusters);
        for (home, other) in after.projects.values_mut().zip(other.projects.values()) {
            mix(&mut home.keys, &other.keys, parts, 4);
            mix(&mut home.clusters, &other.clusters, parts, 4);
            // Perhaps the same key is somebody else's.
            if let (Some(owner), Some(mut key)) = (&owner, home.keys.first_entry()) {
                Arc::make_mut(&mut key.get_mut().value).owner.clone_from(owner);
            }
            // Or it may do something else.
            if let (Some(options), Some(mut key)) = (&options, home.keys.first_entry()) {
                Arc::make_mut(&mut key.get_mut().value).options.clone_from(options);
            }
            // Or until another day.
            if let (Some(expires), Some(mut key)) = (&expires, home.keys.last_entry()) {
                Arc::make_mut(&mut key.get_mut().value).expires.clone_from(expires);
            }
            // Or it is the key of another user there.
            if let (Some(login), Some(mut cluster)) = (&login, home.clusters.first_entry()) {
                Arc::make_mut(&mut cluster.get_mut().value).login_user = (*login).into();
            }
        }
        if is_moved {
            moved(&mut after);
        }
        mix(&mut after.projects, &other.projects, homes, 3);
        mix(&mut after.teams, &other.teams, homes, 3);
        (before, gated(after))
    });
    prop_oneof![1 => unrelated, 3 => related].prop_map(|(before, after)| (Recorded::from(&before), after))
}

// Equality that sees the comments of keys

fn line(resource: &Resource) -> Option<String> {
    match resource {
        Resource::Key(key) => Some(key.public_key.line_with_comment()),
        Resource::Team(_) | Resource::Project(_) | Resource::Cluster(_) => None,
    }
}

fn lines(recorded: &Recorded) -> Vec<String> {
    let keys = recorded.projects.values().flat_map(|home| home.keys.values());
    keys.map(|key| key.public_key.line_with_comment()).collect()
}

#[track_caller]
fn assert_same(one: &Recorded, other: &Recorded) {
    assert_eq!(one, other);
    assert_eq!(lines(one), lines(other), "comments of keys");
}

type StrictChange = (Change, [Option<String>; 2]);

fn strict(changes: &[Change]) -> Vec<StrictChange> {
    let lines = |change: &Change| [change.before().and_then(line), change.after().and_then(line)];
    changes.iter().map(|change| (change.clone(), lines(change))).collect()
}

// What the laws know of worlds, found the naive way

fn found(recorded: &Recorded, address: &Address) -> Option<Resource> {
    let home = |project| recorded.projects.get(project);
    match address {
        Address::Team(name) => recorded.teams.get(name).cloned().map(Resource::from),
        Address::Project(name) => home(name).map(|home| home.project.clone().into()),
        Address::Key(project, name) => home(project)?.keys.get(name).cloned().map(Resource::Key),
        Address::Cluster(project, name) => home(project)?.clusters.get(name).cloned().map(Resource::Cluster),
    }
}

/// Everything that is recorded.
fn all(recorded: &Recorded) -> Vec<Resource> {
    let mut all: Vec<_> = recorded.teams.values().cloned().map(Resource::from).collect();
    for RecordedProject { project, keys, clusters } in recorded.projects.values() {
        all.push(project.clone().into());
        all.extend(keys.values().cloned().map(Resource::Key));
        all.extend(clusters.values().cloned().map(Resource::Cluster));
    }
    all
}

/// What a resource names and cannot be without.
fn references(resource: &Resource) -> Vec<Address> {
    let team = |subject: &Subject| match subject {
        Subject::User(_) => None,
        Subject::Team(team) => Some(Address::Team(team.clone())),
    };
    match resource {
        Resource::Team(_) => Vec::new(),
        Resource::Project(project) => {
            project.members.iter().filter_map(|member| team(&member.subject)).collect()
        }
        Resource::Key(key) => {
            let SshKey { project, owner, .. } = &**key;
            owner.iter().filter_map(team).chain([Address::Project(project.clone())]).collect()
        }
        Resource::Cluster(cluster) => {
            let Cluster { project, ssh_key, .. } = &**cluster;
            let key = ssh_key.iter().map(|key| Address::Key(project.clone(), key.clone()));
            key.chain([Address::Project(project.clone())]).collect()
        }
    }
}

/// Nothing names what is not there, and everything is where its name says.
fn assert_sound(recorded: &Recorded) {
    for resource in all(recorded) {
        assert_eq!(found(recorded, &resource.address()).as_ref(), Some(&resource));
        for reference in references(&resource) {
            assert!(
                found(recorded, &reference).is_some(),
                "{} names {reference}, which is not there",
                resource.address()
            );
        }
    }
}

/// The recorded names, by the desired ones, of what is on both sides: the same name, or the previous one of a name
/// that is free, or that its own resource has given up.
fn old_names<'a, T, U: 'a>(
    recorded: &BTreeMap<Name, T>,
    desired: impl Iterator<Item = (&'a Name, &'a Declared<U>)>,
) -> BTreeMap<Name, Name> {
    let mut old: BTreeMap<Name, Name> = BTreeMap::new();
    let desired: Vec<_> = desired.collect();
    // As often as a chain can be long.
    for (name, Declared { previous_name, .. }) in desired.iter().cycle().take(desired.len() * desired.len()) {
        let is_claimed = |name: &Name| old.values().any(|claimed| claimed == name);
        if let Some(previous) = previous_name
            && recorded.contains_key(previous)
            && (!recorded.contains_key(*name) || is_claimed(name))
            && !is_claimed(previous)
            && !old.contains_key(*name)
        {
            old.insert((*name).clone(), previous.clone());
        }
    }
    for (name, _) in desired {
        let is_free = !old.contains_key(name) && !old.values().any(|claimed| claimed == name);
        if is_free && recorded.contains_key(name) {
            old.insert(name.clone(), name.clone());
        }
    }
    old
}

/// A resource before and after, or on one side only.
pub(crate) type Pair<T> = (Option<T>, Option<T>);

fn pairs<T: Clone>(
    before: &BTreeMap<Name, T>,
    after: &BTreeMap<Name, T>,
    old: &BTreeMap<Name, Name>,
) -> Vec<Pair<T>> {
    let gone = before.iter().filter(|(name, _)| !old.values().any(|kept| kept == *name));
    let gone = gone.map(|(_, one)| (Some(one.clone()), None));
    let kept =
        after.iter().map(|(name, one)| (old.get(name).map(|old| before[old].clone()), Some(one.clone())));
    gone.chain(kept).collect()
}

/// A project before and after. What belongs to it bears the project's new name on both sides, and what a
/// cluster had before is called by the new name of that key.
pub(crate) struct ProjectView {
    pub(crate) project: Pair<Project>,
    pub(crate) keys: Vec<Pair<Arc<SshKey>>>,
    pub(crate) clusters: Vec<Pair<Arc<Cluster>>>,
}

pub(crate) fn homes(recorded: &Recorded, desired: &Desired) -> Vec<ProjectView> {
    let declared = desired.projects.iter().map(|(name, home)| (name, &home.project));
    let old = old_names(&recorded.projects, declared);
    let pairs = pairs(&recorded.projects, &Recorded::from(desired).projects, &old);
    pairs.into_iter().map(|(before, after)| home(before, after, desired)).collect()
}

fn home(before: Option<RecordedProject>, after: Option<RecordedProject>, desired: &Desired) -> ProjectView {
    let project = |home: &Option<RecordedProject>| home.as_ref().map(|home| home.project.clone());
    let project = (project(&before), project(&after));
    let name = &project.1.as_ref().or(project.0.as_ref()).unwrap().name;
    let parts = |home: RecordedProject| (home.keys, home.clusters);
    let (keys_before, mut clusters_before) = before.map(|home| parts(home.renamed(name))).unwrap_or_default();
    let (keys_after, clusters_after) = after.map(parts).unwrap_or_default();

    let kept = keys_after.keys().filter(|name| keys_before.contains_key(*name));
    let mut old: BTreeMap<_, _> = kept.map(|name| (name.clone(), name.clone())).collect();
    for gone in keys_before.values().filter(|key| !keys_after.contains_key(&key.name)) {
        let is_it = |key: &&Arc<SshKey>| key.public_key == gone.public_key && !old.contains_key(&key.name);
        let new = keys_after.values().find(is_it).map(|new| new.name.clone());
        old.extend(new.map(|new| (new, gone.name.clone())));
    }
    for key in clusters_before.values_mut().filter_map(|cluster| Arc::make_mut(cluster).ssh_key.as_mut()) {
        if let Some((new, _)) = old.iter().find(|(_, old)| *old == key) {
            *key = new.clone();
        }
    }

    let declared = desired.projects.get(name).into_iter().flat_map(|home| &home.clusters);
    let old_clusters = old_names(&clusters_before, declared);
    let clusters = pairs(&clusters_before, &clusters_after, &old_clusters);
    ProjectView { keys: pairs(&keys_before, &keys_after, &old), clusters, project }
}

// The laws

/// Nothing changes when everything desired is recorded, whatever it was once called.
fn unchanged_is_empty(desired: &Desired) {
    assert_eq!(diff(&Recorded::from(desired), desired), []);
}

/// The changes lead to what is desired. On the way each finds what it says, and nothing dangles.
fn leads_there(recorded: &Recorded, desired: &Desired) {
    let mut state = recorded.clone();
    for change in diff(recorded, desired) {
        let address = change.previous_address().unwrap_or_else(|| change.address());
        let found = found(&state, &address);
        assert_eq!(found.as_ref(), change.before(), "what is there before {change:?}");
        assert_eq!(found.as_ref().and_then(line), change.before().and_then(line));
        change.apply_to(&mut state);
        assert_sound(&state);
    }
    assert_same(&state, &Recorded::from(desired));
    assert_eq!(diff(&state, desired), []);
}

/// Whether one change must wait for an earlier one: it names what that one makes or renames, takes a name that
/// that one gives up, or removes what that one named.
fn waits_for(change: &Change, earlier: &Change) -> bool {
    let names = |change: &Change, address: &Address| {
        let resources = [change.before(), change.after()];
        resources.into_iter().flatten().any(|resource| references(resource).contains(address))
    };
    match (earlier.action(), change.action()) {
        (_, Action::Create | Action::Update) if earlier.previous_address() == Some(change.address()) => true,
        (Action::Create | Action::Update, _) if names(change, &earlier.address()) => true,
        (_, Action::Delete) => names(earlier, &change.address()),
        _ => false,
    }
}

/// Changes that do not wait for one another may come in any order, also of different projects.
fn any_order_leads_there(recorded: &Recorded, desired: &Desired, priorities: &[u8]) {
    let mut left: Vec<_> = diff(recorded, desired).into_iter().zip(priorities.iter().cycle()).collect();
    let mut state = recorded.clone();
    while !left.is_empty() {
        let is_ready = |at: &usize| !left.iter().any(|(other, _)| waits_for(&left[*at].0, other));
        let next = (0..left.len()).filter(is_ready).min_by_key(|at| left[*at].1);
        let (change, _) = left.remove(next.expect("no change waits for itself"));
        change.apply_to(&mut state);
        assert_sound(&state);
    }
    assert_same(&state, &Recorded::from(desired));
}

/// Each change has an address and action of its own, and there is none without a difference.
fn changes_are_told_apart(recorded: &Recorded, desired: &Desired) {
    let changes = diff(recorded, desired);
    let told: BTreeSet<_> = changes.iter().map(|change| (change.address(), change.action())).collect();
    assert_eq!(told.len(), changes.len());
    for change in &changes {
        let fields = change.fields();
        assert!(!fields.is_empty(), "{change:?} says what differs");
        assert!(fields.iter().all(|field| field.before != field.after));
        assert_eq!(change.origin.is_none(), change.action() == Action::Delete);
    }
}

/// Creating goes down from teams and projects to clusters; deleting comes back up.
fn is_in_order(recorded: &Recorded, desired: &Desired) {
    let changes = diff(recorded, desired);
    let phase = |change: &Change| match (change.action() == Action::Delete, change.address().kind()) {
        (false, ResourceKind::Team) => "1 team",
        (false, ResourceKind::Project) => "2 project",
        (false, ResourceKind::Key) => "3 key",
        (false, ResourceKind::Cluster) => "4 cluster",
        (true, ResourceKind::Cluster) => "5 cluster",
        (true, ResourceKind::Key) => "6 key",
        (true, ResourceKind::Project) => "7 project",
        (true, ResourceKind::Team) => "8 team",
    };
    assert!(changes.iter().map(phase).is_sorted());
    for (at, change) in changes.iter().enumerate() {
        let (Some(Resource::Cluster(before)), Some(Resource::Cluster(after))) =
            (change.before(), change.after())
        else {
            continue;
        };
        let place = |action, key: &Option<Name>| {
            let key = Address::Key(after.project.clone(), key.clone()?);
            changes.iter().position(|change| change.action() == action && change.address() == key)
        };
        assert!(place(Action::Create, &after.ssh_key).is_none_or(|new| new < at), "the new key comes first");
        assert!(place(Action::Delete, &before.ssh_key).is_none_or(|old| old > at), "the old key goes last");
    }
}

/// Address, action, previous address, reason and reach of a change.
type Outline = (Address, Action, Option<Address>, Reason, Vec<Address>);

fn outline(
    before: Option<Resource>,
    after: Option<Resource>,
    why: Reason,
    reach: Vec<Address>,
) -> Option<Outline> {
    match (before.map(|before| (before.address(), before)), after.map(|after| (after.address(), after))) {
        (None, None) => None,
        (None, Some((new, _))) => Some((new, Action::Create, None, Reason::Declared, reach)),
        (Some((old, _)), None) => Some((old, Action::Delete, None, Reason::NotDeclared, reach)),
        (Some((old, before)), Some((new, after))) => {
            let is_same = before == after && line(&before) == line(&after);
            let why = if old != new && why == Reason::Changed { Reason::Renamed } else { why };
            (!is_same).then(|| (new.clone(), Action::Update, Some(old).filter(|old| *old != new), why, reach))
        }
    }
}

fn reached<'a>(clusters: impl Iterator<Item = Option<&'a Cluster>>, key: &SshKey) -> Vec<Address> {
    let has_it = |cluster: &&Cluster| cluster.ssh_key.as_ref() == Some(&key.name);
    sorted(clusters.flatten().filter(has_it).map(Cluster::address))
}

/// Exactly the changes that a naive comparison finds: a rename is one update, and what follows a rename
/// is not changed.
fn is_what_differs(recorded: &Recorded, desired: &Desired) {
    let mut expected = Vec::new();
    let after = Recorded::from(desired);
    for name in TEAMS.iter().copied().map(name) {
        let team = |world: &Recorded| world.teams.get(&name).cloned().map(Resource::from);
        expected.extend(outline(team(recorded), team(&after), Reason::Changed, Vec::new()));
    }
    for ProjectView { project, keys, clusters } in homes(recorded, desired) {
        let (before, after) = project;
        let (before, after) = (before.map(Resource::from), after.map(Resource::from));
        expected.extend(outline(before, after, Reason::Changed, Vec::new()));
        for (before, after) in keys {
            let is_other = |(one, other): (&Arc<SshKey>, &Arc<SshKey>)| one.public_key != other.public_key;
            let is_replaced = before.as_ref().zip(after.as_ref()).is_some_and(is_other);
            let why = if is_replaced { Reason::Replaced } else { Reason::Changed };
            let reach = match (&before, &after) {
                (_, Some(after)) => reached(clusters.iter().map(|(_, after)| after.as_deref()), after),
                (Some(before), None) => reached(clusters.iter().map(|(before, _)| before.as_deref()), before),
                (None, None) => Vec::new(),
            };
            expected.extend(outline(before.map(Resource::Key), after.map(Resource::Key), why, reach));
        }
        for (before, after) in clusters {
            let is_other = |(one, other): (&Arc<Cluster>, &Arc<Cluster>)| one.ssh_key != other.ssh_key;
            let is_rekeyed = before.as_ref().zip(after.as_ref()).is_some_and(is_other);
            let why = if is_rekeyed { Reason::Rekey } else { Reason::Changed };
            let reach =
                after.as_ref().filter(|_| is_rekeyed).map(|cluster| cluster.address()).into_iter().collect();
            expected.extend(outline(before.map(Resource::Cluster), after.map(Resource::Cluster), why, reach));
        }
    }
    let found = diff(recorded, desired).into_iter().map(|change| {
        (change.address(), change.action(), change.previous_address(), change.reason(), change.reach.clone())
    });
    assert_eq!(sorted(found), sorted(expected));
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort();
    items
}

/// A way for a person, if they are known, to log in: with which key, where, as whom, on which node if nodes are known,
/// and within which limits.
type Path =
    (Option<UserName>, Fingerprint, Address, Box<str>, Option<NodeAddress>, SharedOptions, Option<Date>);

/// Those who hold a key of this owner; nobody known where it has none, or where its team has no members.
fn holders(teams: &BTreeMap<Name, Team>, owner: Option<&Subject>) -> Vec<Option<UserName>> {
    let users = match owner {
        None => Vec::new(),
        Some(Subject::User(user)) => vec![user.clone()],
        Some(Subject::Team(team)) => teams[team].members.clone(),
    };
    if users.is_empty() { vec![None] } else { users.into_iter().map(Some).collect() }
}

/// Every path to a cluster of this address.
fn paths(
    cluster: &Cluster,
    address: &Address,
    key: &SshKey,
    users: impl IntoIterator<Item = Option<UserName>>,
) -> BTreeSet<Path> {
    let nodes: Vec<_> = cluster.nodes.iter().cloned().map(Some).collect();
    let nodes = if nodes.is_empty() { vec![None] } else { nodes };
    let to_node = |(user, node): (Option<UserName>, &Option<NodeAddress>)| {
        let fingerprint = *key.public_key.fingerprint();
        let (login_user, options) = (cluster.login_user.clone(), key.options.clone());
        (user, fingerprint, address.clone(), login_user, node.clone(), options, key.expires)
    };
    users
        .into_iter()
        .flat_map(|user| nodes.iter().map(move |node| (user.clone(), node)))
        .map(to_node)
        .collect()
}

/// Every path on both sides, by the new names of clusters.
fn all_paths(recorded: &Recorded, desired: &Desired) -> (BTreeSet<Path>, BTreeSet<Path>) {
    let after = Recorded::from(desired);
    let (mut had, mut has) = (BTreeSet::new(), BTreeSet::new());
    for home in homes(recorded, desired) {
        for (old, new) in &home.clusters {
            let address = new.as_ref().or(old.as_ref()).unwrap().address();
            let key_before = |wanted: &Name| {
                let is_it = |(before, after): &&Pair<Arc<SshKey>>| {
                    after.as_ref().or(before.as_ref()).is_some_and(|key| key.name == *wanted)
                };
                home.keys.iter().find(is_it).and_then(|(before, _)| before.as_ref())
            };
            let key_after = |wanted: &Name| {
                home.keys.iter().filter_map(|(_, after)| after.as_ref()).find(|key| key.name == *wanted)
            };
            if let Some(old) = old
                && let Some(key) = old.ssh_key.as_ref().and_then(key_before)
            {
                had.extend(paths(old, &address, key, holders(&recorded.teams, key.owner.as_ref())));
            }
            if let Some(new) = new
                && let Some(key) = new.ssh_key.as_ref().and_then(key_after)
            {
                has.extend(paths(new, &address, key, holders(&after.teams, key.owner.as_ref())));
            }
        }
    }
    (had, has)
}

/// What a grant comes to on a cluster of this address.
fn granted(grant: &KeyGrant, address: &Address, teams: &BTreeMap<Name, Team>) -> BTreeSet<Path> {
    let users = holders(teams, grant.owner.as_ref());
    let nodes: Vec<_> = grant.nodes.iter().cloned().map(Some).collect();
    let nodes = if nodes.is_empty() { vec![None] } else { nodes };
    let mut paths = BTreeSet::new();
    for (user, node) in users.iter().flat_map(|user| nodes.iter().map(move |node| (user, node))) {
        let KeyGrant { key: _, fingerprint, owner: _, options, expires, login_user, nodes: _ } =
            grant.clone();
        paths.insert((
            user.clone(),
            fingerprint,
            address.clone(),
            login_user,
            node.clone(),
            options,
            expires,
        ));
    }
    paths
}

/// Of a cluster that keeps its key, those are told who hold it on one side only.
fn people_are_told(
    grants: Option<(&KeyGrant, &KeyGrant)>,
    (lost, gained): (&[Holder], &[Holder]),
    before: &Recorded,
    after: &Recorded,
) {
    let same = grants.filter(|(had, has)| had.fingerprint == has.fingerprint);
    let (had, has) = same.map_or_else(Default::default, |(had, has)| {
        let had: BTreeSet<_> = holders(&before.teams, had.owner.as_ref()).into_iter().collect();
        (had, holders(&after.teams, has.owner.as_ref()).into_iter().collect::<BTreeSet<_>>())
    });
    let users = |told: &[Holder]| told.iter().map(|holder| holder.user.clone()).collect::<Vec<_>>();
    assert_eq!(users(lost), had.difference(&has).cloned().collect::<Vec<_>>());
    assert_eq!(users(gained), has.difference(&had).cloned().collect::<Vec<_>>());
}

/// The paths that changes tell as lost and as gained.
fn told_paths(access: &[AccessChange], recorded: &Recorded, desired: &Desired) -> (Vec<Path>, Vec<Path>) {
    let after = Recorded::from(desired);
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    for change in access {
        match change {
            AccessChange::Cluster { cluster, before, after: grant, gained: more, lost: fewer } => {
                people_are_told(before.as_ref().zip(grant.as_ref()), (fewer, more), recorded, &after);
                let had = before.as_ref().map(|grant| granted(grant, cluster, &recorded.teams));
                let has = grant.as_ref().map(|grant| granted(grant, cluster, &after.teams));
                let (had, has) = (had.unwrap_or_default(), has.unwrap_or_default());
                lost.extend(had.difference(&has).cloned());
                gained.extend(has.difference(&had).cloned());
            }
            AccessChange::Moved { from, to, grant } => {
                lost.extend(granted(grant, from, &after.teams));
                gained.extend(granted(grant, to, &after.teams));
            }
            AccessChange::Holders { key, fingerprint: _, gained: more, lost: fewer, clusters } => {
                let Some(Resource::Key(key)) = found(&after, key) else { panic!("{key} is not desired") };
                for address in clusters {
                    let Some(Resource::Cluster(cluster)) = found(&after, address) else {
                        panic!("{address} is not desired")
                    };
                    lost.extend(paths(&cluster, address, &key, fewer.iter().map(|one| one.user.clone())));
                    gained.extend(paths(&cluster, address, &key, more.iter().map(|one| one.user.clone())));
                }
            }
            AccessChange::Forgotten { cluster, .. } => panic!("{cluster} is in no target"),
            AccessChange::Role { .. } => {}
        }
    }
    (sorted(lost), sorted(gained))
}

/// The teams through which a user has a role: none when it is their own; nothing when they have it not.
fn through(
    teams: &BTreeMap<Name, Team>,
    project: Option<&Project>,
    user: &UserName,
    role: Role,
) -> Option<Vec<Name>> {
    let members = project?.members.iter().filter(|member| member.role == role);
    let subjects: BTreeSet<_> = members.map(|member| &member.subject).collect();
    if subjects.contains(&Subject::User(user.clone())) {
        return Some(Vec::new());
    }
    let teams = teams
        .values()
        .filter(|team| subjects.contains(&Subject::Team(team.name.clone())) && team.members.contains(user));
    let teams: Vec<_> = teams.map(|team| team.name.clone()).collect();
    (!teams.is_empty()).then_some(teams)
}

type RoleChange = (UserName, Role, Address, bool, Vec<Name>);

fn roles(recorded: &Recorded, desired: &Desired) -> Vec<RoleChange> {
    let after = Recorded::from(desired);
    let mut changed = Vec::new();
    for ProjectView { project: (old, new), .. } in homes(recorded, desired) {
        let address = new.as_ref().or(old.as_ref()).unwrap().address();
        for (user, role) in USERS.iter().flat_map(|text| Role::ALL.iter().map(|role| (user(text), *role))) {
            let had = through(&recorded.teams, old.as_ref(), &user, role);
            let has = through(&after.teams, new.as_ref(), &user, role);
            let (is_gained, through) = match (had, has) {
                (None, Some(through)) => (true, through),
                (Some(through), None) => (false, through),
                (None, None) | (Some(_), Some(_)) => continue,
            };
            changed.push((user, role, address.clone(), is_gained, through));
        }
    }
    sorted(changed)
}

/// Exactly the paths and the roles are told that are gained and lost, each once. So nothing is told where nothing is.
fn access_is_what_differs(recorded: &Recorded, desired: &Desired) {
    let access = changes_of_access(recorded, desired, &diff(recorded, desired));
    let (had, has) = all_paths(recorded, desired);
    let (lost, gained) = told_paths(&access, recorded, desired);
    assert_eq!(lost, had.difference(&has).cloned().collect::<Vec<_>>(), "lost");
    assert_eq!(gained, has.difference(&had).cloned().collect::<Vec<_>>(), "gained");
    let users = access.iter().filter_map(|change| match change {
        AccessChange::Role { user, role, project, gained, through } => {
            Some((user.clone(), *role, project.clone(), *gained, through.clone()))
        }
        _ => None,
    });
    assert_eq!(sorted(users), roles(recorded, desired));
    let differs = had != has || !roles(recorded, desired).is_empty();
    assert_eq!(access.is_empty(), !differs);
    gains_are_what_was_not_allowed(recorded, desired, (&had, &has), &access);
}

/// Access is gained where a path is there that none of before allowed as much as, or a role; what moved is not new.
fn gains_are_what_was_not_allowed(
    recorded: &Recorded,
    desired: &Desired,
    (had, has): (&BTreeSet<Path>, &BTreeSet<Path>),
    access: &[AccessChange],
) {
    let moved: BTreeSet<_> = access
        .iter()
        .filter_map(|change| match change {
            AccessChange::Moved { to, .. } => Some(to),
            AccessChange::Cluster { .. }
            | AccessChange::Forgotten { .. }
            | AccessChange::Holders { .. }
            | AccessChange::Role { .. } => None,
        })
        .collect();
    let allowed = |(user, key, cluster, login, node, options, last): &Path, before: &Path| {
        (user, key, cluster, login, node) == (&before.0, &before.1, &before.2, &before.3, &before.4)
            && options.is_within(&before.5)
            && before.6.is_none_or(|before| last.is_some_and(|last| last <= before))
    };
    let is_new = |path: &&Path| !moved.contains(&path.2) && !had.iter().any(|before| allowed(path, before));
    let mut expected: BTreeSet<_> = has.iter().filter(is_new).map(|path| path.2.clone()).collect();
    let gains = roles(recorded, desired).into_iter().filter(|(.., gained, _)| *gained);
    expected.extend(gains.map(|(_, _, project, ..)| project));
    let told = access_gains(access).into_iter().map(|gain| gain.address);
    let of_key = |key: &Address| {
        let clusters = access.iter().filter_map(move |change| match change {
            AccessChange::Holders { key: held, clusters, .. } if held == key => Some(clusters.clone()),
            _ => None,
        });
        clusters.flatten().collect::<Vec<_>>()
    };
    let told =
        told.flat_map(|told| if told.kind() == ResourceKind::Key { of_key(&told) } else { vec![told] });
    assert_eq!(told.collect::<BTreeSet<_>>(), expected);
}

pub(crate) fn changes_of_access(
    recorded: &Recorded,
    desired: &Desired,
    changes: &[Change],
) -> Vec<AccessChange> {
    access_changes(recorded, desired, &renames(changes))
}

/// A former holder held the material before, holds it under no key afterwards, and it is still there.
fn former_holders_are_who_held(recorded: &Recorded, desired: &Desired) {
    let after = Recorded::from(desired);
    let held = |world: &Recorded| {
        let mut held = BTreeSet::new();
        for key in world.projects.values().flat_map(|home| home.keys.values()) {
            let users = holders(&world.teams, key.owner.as_ref()).into_iter().flatten();
            held.extend(users.map(|user| (user, *key.public_key.fingerprint())));
        }
        held
    };
    let is_kept = |fingerprint: &Fingerprint| {
        let mut keys = after.projects.values().flat_map(|home| home.keys.values());
        keys.any(|key| key.public_key.fingerprint() == fingerprint)
    };
    let (before, now) = (held(recorded), held(&after));
    let expected = before.difference(&now).filter(|(_, fingerprint)| is_kept(fingerprint)).cloned();
    let changes = diff(recorded, desired);
    let former = former_holders(recorded, desired, &renames(&changes));
    let told = former.iter().map(|former| (former.user.clone(), former.fingerprint));
    assert_eq!(sorted(told), sorted(expected));
    for FormerHolder { user, team, left_team, clusters, .. } in &former {
        let is_member = |team: &Name| after.teams.get(team).is_some_and(|team| team.members.contains(user));
        assert_eq!(*left_team, team.as_ref().is_some_and(|team| !is_member(team)));
        assert!(clusters.iter().all(|cluster| found(&after, cluster).is_some()));
    }
    // Once it is recorded, each later plan tells of those whose key opens clusters, and of nobody when they have another.
    let mut all = FormerHolders::default();
    for former in &former {
        all.add(former, 2);
    }
    let opening = former.iter().filter(|former| !former.clusters.is_empty());
    let later = told_later(desired, &all);
    assert_eq!(
        later,
        sorted(opening.map(|former| (former.user.clone(), former.fingerprint, former.clusters.len())))
    );
    assert_eq!(told_later(&rekeyed(desired), &all), []);
}

/// Who may still hold which material, and how many clusters have it.
fn told_later(desired: &Desired, all: &FormerHolders) -> Vec<(UserName, Fingerprint, usize)> {
    let each = |StillHeld { fingerprint, keys, clusters, people }: StillHeld| {
        assert!(!keys.is_empty() && people.iter().all(|(_, revision)| *revision == 2));
        people.into_iter().map(move |(user, _)| (user, fingerprint, clusters))
    };
    sorted(still_held(desired, all).into_iter().flat_map(each))
}

/// The same with a public key that no world has.
fn rekeyed(desired: &Desired) -> Desired {
    let blob = [&[0, 0, 0, 11], b"ssh-ed25519".as_slice(), &[0, 0, 0, 32], &[9; 32]].concat();
    let mut desired = desired.clone();
    for key in desired.projects.values_mut().flat_map(|home| home.keys.values_mut()) {
        Arc::make_mut(&mut key.value).public_key = PublicKey::new(blob.clone(), "").unwrap();
    }
    desired
}

/// A login of several clusters is told of when one of them has it that had not.
fn shared_nodes_are_those_that_a_cluster_comes_to(recorded: &Recorded, desired: &Desired) {
    let logins = |cluster: &Option<Arc<Cluster>>| -> BTreeSet<(NodeAddress, Box<str>)> {
        let cluster = cluster.iter();
        cluster.flat_map(|one| one.nodes.iter().map(|node| (node.clone(), one.login_user.clone()))).collect()
    };
    let mut having = BTreeMap::<_, (BTreeSet<Address>, bool)>::new();
    for (before, after) in homes(recorded, desired).iter().flat_map(|home| &home.clusters) {
        for login in logins(after) {
            let comes = !logins(before).contains(&login);
            let (clusters, is_new) = having.entry(login).or_default();
            clusters.extend(after.as_ref().map(|cluster| cluster.address()));
            *is_new |= comes;
        }
    }
    let expected = having.into_iter().filter(|(_, (clusters, is_new))| clusters.len() > 1 && *is_new);
    let clusters = desired.projects.values().flat_map(|home| home.clusters.values());
    let told = newly_shared_nodes(&diff(recorded, desired), clusters.map(|cluster| &*cluster.value));
    let told = told.into_iter().map(|shared| ((shared.node, shared.login_user), shared.clusters));
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected.map(|(login, (clusters, _))| (login, clusters.into_iter().collect())).collect::<Vec<_>>()
    );
}

/// Projects that are the same on both sides, and name no team that changes, may be left out.
fn equal_projects_say_nothing(recorded: &Recorded, desired: &Desired) {
    let changes = diff(recorded, desired);
    let access = changes_of_access(recorded, desired, &changes);
    let touched: BTreeSet<_> = changes.iter().map(Change::address).collect();
    let is_touched = |resource: &Resource| {
        touched.contains(&resource.address())
            || references(resource).iter().any(|named| touched.contains(named))
    };
    let after = Recorded::from(desired);
    let (mut few_recorded, mut few_desired) = (recorded.clone(), desired.clone());
    for (name, home) in &after.projects {
        let alone = Recorded { teams: BTreeMap::new(), projects: [(name.clone(), home.clone())].into() };
        if recorded.projects.get(name) == Some(home) && !all(&alone).iter().any(is_touched) {
            few_recorded.projects.remove(name);
            few_desired.projects.remove(name);
        }
    }
    assert_eq!(strict(&diff(&few_recorded, &few_desired)), strict(&changes));
    assert_eq!(changes_of_access(&few_recorded, &few_desired, &changes), access);
}

/// The same map, filled in another order.
fn refilled<T: Clone>(map: &BTreeMap<Name, T>) -> BTreeMap<Name, T> {
    map.iter().rev().fold(BTreeMap::new(), |mut map, (name, one)| {
        map.insert(name.clone(), one.clone());
        map
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_changes_between_equal_worlds((_, desired) in worlds()) {
        unchanged_is_empty(&desired);
    }

    #[test]
    fn changes_lead_to_what_is_desired((recorded, desired) in worlds()) {
        leads_there(&recorded, &desired);
    }

    #[test]
    fn independent_changes_come_in_any_order(
        (recorded, desired) in worlds(),
        priorities in vec(any::<u8>(), 40),
    ) {
        any_order_leads_there(&recorded, &desired, &priorities);
    }

    #[test]
    fn the_same_input_gives_the_same_plan((recorded, desired) in worlds()) {
        changes_are_told_apart(&recorded, &desired);
        let mut other = Desired { teams: refilled(&desired.teams), projects: refilled(&desired.projects) };
        for home in other.projects.values_mut() {
            (home.keys, home.clusters) = (refilled(&home.keys), refilled(&home.clusters));
        }
        let other_recorded =
            Recorded { teams: refilled(&recorded.teams), projects: refilled(&recorded.projects) };
        assert_eq!(strict(&diff(&recorded, &desired)), strict(&diff(&other_recorded, &other)));
    }

    #[test]
    fn access_changes_are_exactly_what_differs((recorded, desired) in worlds()) {
        access_is_what_differs(&recorded, &desired);
        former_holders_are_who_held(&recorded, &desired);
        shared_nodes_are_those_that_a_cluster_comes_to(&recorded, &desired);
        equal_projects_say_nothing(&recorded, &desired);
    }

    #[test]
    fn changes_are_in_the_order_of_the_specification((recorded, desired) in worlds()) {
        is_in_order(&recorded, &desired);
    }

    #[test]
    fn changes_are_exactly_what_differs((recorded, desired) in worlds()) {
        is_what_differs(&recorded, &desired);
    }
}

// One small world, whole

fn key(name: &str, public_key: PublicKey) -> Declared<Arc<SshKey>> {
    let (project, metadata) = (self::name("p"), Metadata::default());
    let (owner, expires, options) = (None, None, SharedOptions::default());
    declared(Arc::new(SshKey {
        project,
        name: self::name(name),
        metadata,
        public_key,
        owner,
        expires,
        options,
    }))
}

fn cluster(name: &str, ssh_key: Option<&str>, previous_name: Option<&str>) -> Declared<Arc<Cluster>> {
    Declared {
        previous_name: previous_name.map(self::name),
        ..declared(Arc::new(Cluster {
            project: self::name("p"),
            name: self::name(name),
            metadata: Metadata::default(),
            ssh_key: ssh_key.map(self::name),
            cloud: Cloud::Generic,
            login_user: "spectro".into(),
            nodes: Vec::new(),
            sshd: None,
            known_keys: Vec::new(),
        }))
    }
}

/// A world of one project.
fn one_project<const K: usize, const C: usize>(
    (name, previous_name): (&str, Option<&str>),
    keys: [Declared<Arc<SshKey>>; K],
    clusters: [Declared<Arc<Cluster>>; C],
) -> Desired {
    let project = Project { name: self::name(name), metadata: Metadata::default(), members: Vec::new() };
    let home = DesiredProject {
        project: Declared { previous_name: previous_name.map(self::name), ..declared(project) },
        keys: keys.into_iter().map(|key| (key.value.name.clone(), key)).collect(),
        clusters: clusters.into_iter().map(|one| (one.value.name.clone(), one)).collect(),
    };
    gated(Desired { teams: BTreeMap::new(), projects: [(self::name(name), home)].into() })
}

/// Every world of at most one project, of two names, with up to two keys of two materials and up to one
/// cluster of two names. All that is desired says which other name it had before.
fn small_worlds() -> Vec<Desired> {
    let mut worlds = vec![Desired::default()];
    let materials = [None, Some(0), Some(1)];
    for project in [("p", Some("q")), ("q", Some("p"))] {
        for (a, b) in materials.into_iter().flat_map(|a| materials.map(|b| (a, b))) {
            let mut world = one_project(project, [], []);
            let home = world.projects.values_mut().next().unwrap();
            for (name, number) in [("a", a), ("b", b)] {
                let key = number.map(|number| key(name, public_key(number, "")));
                home.keys.extend(key.map(|key| (self::name(name), key)));
            }
            let keys: Vec<_> = home.keys.keys().cloned().map(Some).chain([None]).collect();
            worlds.push(gated(world.clone()));
            for (name, previous) in [("x", "y"), ("y", "x")] {
                for key in &keys {
                    let mut world = world.clone();
                    let home = world.projects.values_mut().next().unwrap();
                    home.clusters.insert(
                        self::name(name),
                        cluster(name, key.as_ref().map(Name::as_str), Some(previous)),
                    );
                    worlds.push(gated(world));
                }
            }
        }
    }
    worlds
}

#[test]
fn every_small_world_keeps_the_laws() {
    let worlds = small_worlds();
    assert_eq!(worlds.len(), 103);
    worlds.iter().for_each(unchanged_is_empty);
    // It is enough to rename projects one way: the names mean nothing.
    for recorded in worlds.iter().filter(|world| !world.projects.contains_key("q")).map(Recorded::from) {
        for desired in &worlds {
            leads_there(&recorded, desired);
            is_what_differs(&recorded, desired);
            access_is_what_differs(&recorded, desired);
        }
    }
}

// Examples

#[test]
fn a_rename_of_what_is_not_recorded_is_a_create() {
    let desired = one_project(("p", Some("q")), [], [cluster("x", None, Some("y"))]);
    let changes = diff(&Recorded::default(), &desired);
    let told: Vec<_> = changes.iter().map(|one| (one.address().to_string(), one.action())).collect();
    assert_eq!(told, [("project/p".into(), Action::Create), ("cluster/p/x".into(), Action::Create)]);
    assert!(changes.iter().all(|change| change.previous_address().is_none()));
}

#[test]
fn of_two_projects_with_one_previous_name_the_first_is_renamed() {
    let recorded = Recorded::from(&one_project(("r", None), [], []));
    let mut desired = one_project(("p", Some("r")), [], []);
    desired.projects.extend(one_project(("q", Some("r")), [], []).projects);
    let changes = diff(&recorded, &desired);
    let told: Vec<_> = changes.iter().map(|one| (one.address().to_string(), one.action())).collect();
    assert_eq!(told, [("project/p".into(), Action::Update), ("project/q".into(), Action::Create)]);
}

/// As when a row of clusters is numbered anew.
#[test]
fn a_chain_of_renames_begins_with_the_name_that_is_free() {
    const LENGTH: usize = 2_000;
    let numbered = |number: usize| format!("n{number:04}");
    let mut recorded = one_project(("p", None), [], []);
    let mut desired = recorded.clone();
    for number in 0..LENGTH {
        let (old, new) = (numbered(number), numbered(number + 1));
        let clusters = &mut recorded.projects.get_mut(&name("p")).unwrap().clusters;
        clusters.insert(name(&old), cluster(&old, None, None));
        let clusters = &mut desired.projects.get_mut(&name("p")).unwrap().clusters;
        clusters.insert(name(&new), cluster(&new, None, Some(&old)));
    }
    let changes = diff(&Recorded::from(&recorded), &desired);
    let renamed: Vec<_> = changes.iter().map(Change::address).collect();
    let of = |number| Address::Cluster(name("p"), name(&numbered(number)));
    assert_eq!(renamed, (1..=LENGTH).rev().map(of).collect::<Vec<_>>());
}

#[test]
fn keys_of_one_material_are_each_renamed() {
    let both = |one, other| {
        one_project(("p", None), [key(one, public_key(0, "")), key(other, public_key(0, ""))], [])
    };
    let changes = diff(&Recorded::from(&both("a", "b")), &both("c", "d"));
    let told: Vec<_> = changes.iter().map(|one| (one.previous_address(), one.address())).collect();
    let address = |text| Address::Key(name("p"), name(text));
    assert_eq!(told, [(Some(address("a")), address("c")), (Some(address("b")), address("d"))]);
}

#[test]
fn a_cluster_that_is_renamed_and_rekeyed_is_rekeyed() {
    let keys = || [key("a", public_key(0, "")), key("b", public_key(1, ""))];
    let recorded = Recorded::from(&one_project(("p", None), keys(), [cluster("x", Some("a"), None)]));
    let desired = one_project(("p", None), keys(), [cluster("y", Some("b"), Some("x"))]);
    let [change] = &diff(&recorded, &desired)[..] else { panic!("one change") };
    assert_eq!(change.previous_address(), Some(Address::Cluster(name("p"), name("x"))));
    assert_eq!(change.reason(), Reason::Rekey);
}

#[test]
fn a_key_of_a_new_project_reaches_its_clusters() {
    let desired = one_project(("p", None), [key("a", public_key(0, ""))], [cluster("x", Some("a"), None)]);
    let changes = diff(&Recorded::default(), &desired);
    let key = changes.iter().find(|change| change.address().kind() == ResourceKind::Key).unwrap();
    assert_eq!(key.reach, [Address::Cluster(name("p"), name("x"))]);
}

#[test]
fn a_deletion_shows_the_key_by_the_name_that_it_has_by_then() {
    let recorded = one_project(("p", None), [key("a", public_key(0, ""))], [cluster("x", Some("a"), None)]);
    let desired = one_project(("p", None), [key("b", public_key(0, ""))], []);
    let changes = diff(&Recorded::from(&recorded), &desired);
    let Some(Resource::Cluster(deleted)) = changes.last().and_then(Change::before) else {
        panic!("a cluster goes last")
    };
    assert_eq!(deleted.ssh_key, Some(name("b")));
}

// Guards

const KINDS: [ResourceKind; 4] =
    [ResourceKind::Team, ResourceKind::Project, ResourceKind::Key, ResourceKind::Cluster];

/// So many deletions of each kind, of which the first may be protected.
fn deletions(numbers: [usize; 4], is_protected: bool) -> Vec<Change> {
    let one = |kind, number: usize| {
        let metadata = Metadata { protected: is_protected && number == 0, ..Metadata::default() };
        let (project, name) = (name("p"), name(&format!("n{number}")));
        match kind {
            ResourceKind::Team => Team { name, metadata, members: Vec::new() }.into(),
            ResourceKind::Project => Project { name, metadata, members: Vec::new() }.into(),
            ResourceKind::Key => {
                let key = (*key(name.as_str(), public_key(0, "")).value).clone();
                SshKey { project, metadata, ..key }.into()
            }
            ResourceKind::Cluster => {
                let cluster = (*cluster(name.as_str(), None, None).value).clone();
                Cluster { metadata, ..cluster }.into()
            }
        }
    };
    let of_kind = |(kind, number)| (0..number).map(move |number| Change::delete(one(kind, number)));
    KINDS.into_iter().zip(numbers).flat_map(of_kind).collect()
}

fn rules(changes: &[Change], input: &GuardInput) -> BTreeSet<GuardRule> {
    guards(changes, &Settings::default(), input).into_iter().map(|guard| guard.rule).collect()
}

/// Deletions and further recorded resources of each kind, both often next to the limits.
fn budgets() -> impl Strategy<Value = ([usize; 4], [usize; 4])> {
    let deleted = prop_oneof![0..=4_usize, Just(0)];
    let others = prop_oneof![0..=4_usize, 5..=14_usize];
    (proptest::array::uniform4(deleted), proptest::array::uniform4(others))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn guards_follow_the_arithmetic_of_the_specification(
        (deleted, others) in budgets(),
        is_protected in any::<bool>(),
        nothing_declared in any::<bool>(),
    ) {
        let changes = deletions(deleted, is_protected);
        let total: usize = deleted.iter().sum();
        let recorded: BTreeMap<_, _> =
            (0..4).map(|kind| (KINDS[kind], deleted[kind] + others[kind])).collect();
        let is_much_of_a_kind = (0..4).any(|kind| {
            let recorded = deleted[kind] + others[kind];
            recorded >= 4 && 10 * deleted[kind] > 3 * recorded
        });
        let mut expected = BTreeSet::new();
        expected.extend((total > 0 && is_protected).then_some(GuardRule::ProtectedResource));
        let lifted = expected.clone();
        expected.extend((total > 10 || is_much_of_a_kind).then_some(GuardRule::TooManyDeletes));
        expected.extend((total > 0 && nothing_declared).then_some(GuardRule::EmptyWorkspace));

        let input = |deletes| GuardInput {
            recorded: recorded.clone(),
            nothing_declared,
            allowed: Allowed { deletes, ..Allowed::default() },
            ..GuardInput::default()
        };
        assert_eq!(rules(&changes, &input(None)), expected);
        assert_eq!(rules(&changes, &input(Some(total + 1))), expected);
        assert_eq!(rules(&changes, &input(total.checked_sub(1))), expected);
        assert_eq!(rules(&changes, &input(Some(total))), lifted);
    }

    #[test]
    fn guards_look_at_deletions_and_at_what_is_left_empty((recorded, desired) in worlds()) {
        let changes = diff(&recorded, &desired);
        let deletes: Vec<_> = changes.iter().filter(|one| one.action() == Action::Delete).cloned().collect();
        let mut counts = BTreeMap::new();
        for resource in all(&recorded) {
            *counts.entry(resource.address().kind()).or_default() += 1;
        }
        let nothing_declared = desired.teams.is_empty() && desired.projects.is_empty();
        let input = GuardInput { recorded: counts, nothing_declared, ..GuardInput::default() };
        let found = rules(&changes, &input);
        let others = |rules: &BTreeSet<GuardRule>| -> BTreeSet<_> {
            rules.iter().filter(|rule| **rule != GuardRule::ProtectedResource).copied().collect()
        };
        assert_eq!(others(&found), others(&rules(&deletes, &input)));
        let is_emptied = nothing_declared && recorded != Recorded::default();
        assert_eq!(found.contains(&GuardRule::EmptyWorkspace), is_emptied);
        let is_left = |change: &Change| match (change.before(), change.after()) {
            (Some(before), None) => before.is_protected(),
            (Some(Resource::Cluster(before)), Some(Resource::Cluster(after))) => {
                before.metadata.protected && before.ssh_key.is_some() && after.ssh_key.is_none()
            }
            (Some(Resource::Team(before)), Some(Resource::Team(after))) => {
                before.metadata.protected && !before.members.is_empty() && after.members.is_empty()
            }
            _ => false,
        };
        assert_eq!(found.contains(&GuardRule::ProtectedResource), changes.iter().any(is_left));
    }

    #[test]
    fn protected_projects_keep_members_and_an_admin((recorded, desired) in worlds()) {
        let changes = diff(&recorded, &desired);
        let left = projects_left_without((&recorded, &desired), &changes, &renames(&changes));
        let mut after = recorded.clone();
        for change in &changes {
        change.apply_to(&mut after);
    }
        let roles = |side: &Recorded, name: &Name| -> Vec<Role> {
            let members = side.projects[name].project.members.iter();
            let people = |member: &Member| match &member.subject {
                Subject::User(_) => 1,
                Subject::Team(team) => side.teams.get(team).map_or(0, |team| team.members.len()),
            };
            members.filter(|member| people(member) > 0).map(|member| member.role).collect()
        };
        let old_names: BTreeMap<_, _> = changes
            .iter()
            .filter_map(|change| match (change.before()?, change.after()?) {
                (Resource::Project(before), Resource::Project(after)) => {
                    Some((after.name.clone(), before.name.clone()))
                }
                _ => None,
            })
            .collect();
        let created: BTreeSet<_> = changes
            .iter()
            .filter(|change| change.action() == Action::Create)
            .map(Change::address)
            .collect();
        let expected = after.projects.keys().filter(|name| {
            let old = old_names.get(*name).unwrap_or(*name);
            if created.contains(&Address::Project((*name).clone())) || !recorded.projects[old].project.metadata.protected {
                return false;
            }
            let (had, has) = (roles(&recorded, old), roles(&after, name));
            let is_admin = |role: &Role| *role == Role::ProjectAdmin;
            (!had.is_empty() && has.is_empty()) || (had.iter().any(is_admin) && !has.iter().any(is_admin))
        });
        let expected: BTreeSet<_> = expected.map(|name| Address::Project(name.clone())).collect();
        let is_guarded = !expected.is_empty();
        assert_eq!(left.iter().map(|left| left.address.clone()).collect::<BTreeSet<_>>(), expected);
        let input = GuardInput { projects_left_without: left, ..GuardInput::default() };
        assert_eq!(rules(&[], &input).contains(&GuardRule::ProtectedResource), is_guarded);
    }
}
