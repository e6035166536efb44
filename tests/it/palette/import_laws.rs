//! Whatever a tenant has, an import of it is valid, is what Palette has, and takes nothing away.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::fake::{Switches, Tenant};
use super::import::Trial;
use crate::import::key_line;

/// What a tenant may have; numbers that are too large start again from the beginning.
#[derive(Clone, Debug)]
struct World {
    projects: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    mails: Vec<&'static str>,
    teams: Vec<(&'static str, Vec<usize>, bool)>,
    /// Who, where, and which role.
    grants: Vec<(usize, usize, &'static str)>,
    keys: Vec<(usize, &'static str, Text)>,
    clusters: Vec<(usize, &'static str, &'static str, Vec<Text>)>,
}

/// A key by its number, with a comment; or another text.
#[derive(Clone, Debug)]
enum Text {
    Key(u8, &'static str),
    Other(&'static str),
}

impl Text {
    fn text(&self) -> String {
        match self {
            Self::Key(number, comment) => format!("{} {comment}", key_line(*number, "")),
            Self::Other(text) => (*text).to_owned(),
        }
    }
}

const PROJECTS: &[&str] = &["payments", "shop", "no", "Zürich", "a / b", "twice", "\u{1b}[31mred"];
const NAMES: &[&str] = &["ops", "on-call", "prod", "OPS", "0123", "a\nb", "ops/old", "payments-key"];
const LABELS: &[(&str, &str)] =
    &[("plain", "spectro__tag"), ("tier", "no"), ("Big Label", "x"), ("empty", ""), ("a: #b", "\u{85}\n")];
const MAILS: &[&str] =
    &["ben@example.com", "Cleo@Example.com", "cleo@example.com", "dan", "", "é@example.com"];
const TEAMS: &[&str] = &["sre", "SRE", "on call", "idle"];
const ROLES: &[&str] =
    &["Project Admin", "Project Viewer", "Cluster Admin", "Cluster Viewer", "Own", "Tenant Admin"];
const COMMENTS: &[&str] = &["", "ops@laptop", "two  words", "é", "ops "];
const OTHERS: &[&str] =
    &["", " ", "spectro2023", "\u{1b}[2Jx", "ssh-ed25519 AAAA", "restrict ssh-ed25519 AAAA x"];
const CLOUDS: &[&str] = &[
    "vsphere",
    "maas",
    "edge-native",
    "azure",
    "aks",
    "aws",
    "eks",
    "gcp",
    "gke",
    "apache-cloudstack",
    "mars",
];

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        6 => (0_u8..5, select(COMMENTS)).prop_map(|(number, comment)| Text::Key(number, comment)),
        1 => select(OTHERS).prop_map(Text::Other),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let at = || 0_usize..60;
    (
        vec((select(PROJECTS), vec(select(LABELS), 0..3)), 1..5),
        vec(select(MAILS), 0..6),
        vec((select(TEAMS), vec(at(), 0..4), prop::bool::weighted(0.2)), 0..5),
        vec((at(), at(), select(ROLES)), 0..10),
        vec((at(), select(NAMES), text()), 0..8),
        vec((at(), select(NAMES), select(CLOUDS), vec(text(), 0..3)), 0..8),
    )
        .prop_map(|(projects, mails, teams, grants, keys, clusters)| World {
            projects,
            mails,
            teams,
            grants,
            keys,
            clusters,
        })
}

impl World {
    fn fill(&self, tenant: &mut Tenant) {
        tenant.role("Own", "project", "user");
        for (name, labels) in &self.projects {
            let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            tenant.project(name).metadata.labels = labels.collect();
        }
        self.mails.iter().for_each(|mail| drop(tenant.user(mail)));
        let users: Vec<_> = tenant.users.iter().map(|user| user.uid.clone()).collect();
        for (name, members, is_sourced) in &self.teams {
            let team = tenant.team(name, &[]);
            team.users = members.iter().map(|at| users[at % users.len()].clone()).collect();
            team.users.sort();
            team.users.dedup();
            team.sources.extend(is_sourced.then(|| "saml".to_owned()));
        }
        let teams = tenant.teams.iter().map(|team| team.metadata.uid.clone());
        let holders: Vec<_> = users.iter().cloned().chain(teams).collect();
        for (holder, project, role) in &self.grants {
            let project = tenant.projects[project % self.projects.len()].metadata.uid.clone();
            let role = tenant.role_uid(role);
            let holder = holders[holder % holders.len()].clone();
            tenant.grants.entry(holder).or_default().entry(project).or_default().push(role);
        }
        let home = |at: &usize| self.projects[at % self.projects.len()].0;
        for (project, name, text) in &self.keys {
            tenant.key(home(project), name, &text.text());
        }
        for (project, name, cloud, texts) in &self.clusters {
            let texts: Vec<_> = texts.iter().map(Text::text).collect();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            tenant.cluster(home(project), name, cloud, &texts);
        }
    }
}

/// The number before some words.
fn number_before(text: &str, words: &str) -> usize {
    let before = text.split(words).next().unwrap_or_default();
    before
        .rsplit(|letter: char| !letter.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_imported_is_what_is_there(world in world(), switches in select(Switches::pairs())) {
        let trial = Trial::of(switches, &[]);
        trial.fake.tenant(|tenant| world.fill(tenant));
        let (code, told) = trial.tried(&["import", "palette"]);
        if code == Some(1) {
            // Nothing that can be declared is there.
            prop_assert!(told.contains("nothing was written or recorded"), "{}", told);
            return Ok(());
        }
        prop_assert_eq!(code, Some(0), "{}", &told);
        let is_whole = !told.contains("left out");
        trial.told(&["validate"], 0);

        // Keys that only clusters have are all that is left to be made; nothing is taken away.
        let unfinished = trial.files().matches("Palette has no such key in the project").count();
        let plan = trial.told(&["plan"], 0);
        if unfinished == 0 {
            prop_assert!(plan.contains("No changes."), "{}", plan);
        } else {
            let summary = format!("Plan: 0 to create, {unfinished} to update, 0 to delete.");
            prop_assert!(plan.contains(&summary), "{summary}\n{plan}");
        }

        let (code, drift) = trial.tried(&["drift"]);
        prop_assert!(matches!(code, Some(0 | 4)), "{}", &drift);
        let missing = drift.matches("is missing").count();
        prop_assert!(missing <= unfinished, "{}", &drift);
        let drifted = number_before(&drift, " drifted");
        if is_whole {
            prop_assert_eq!(drifted, unfinished, "{}\n{}", &told, &drift);
        }

        let files = trial.files();
        let (code, told) = trial.tried(&["import", "palette"]);
        prop_assert_eq!(code, Some(0), "{}", &told);
        prop_assert!(told.contains("nothing was written or recorded"), "{}", &told);
        prop_assert_eq!(trial.files(), files);
    }
}
