//! What is said of a link that breaks a test, and where.

use jiff::civil::Date;

use crate::access::test::{Breach, Clusters, Fault, Link};
use crate::diagnostics::{Finding, Location, Rule, quoted};
use crate::model::{AccessTest, Address, Declared, Desired, Name, Subject, UserName};
use crate::source::Route;

/// How many people or subjects are named before the others are counted.
const MOST_NAMED: usize = 3;

/// The finding for a link, with the test as the second label.
pub(super) fn finding(
    rule: &'static Rule,
    desired: &Desired,
    test: &Declared<AccessTest>,
    breach: &Breach,
) -> Finding {
    let Breach { link, fault, clusters } = breach;
    let told = Told::of(&test.value, link, fault, clusters);
    let name = quoted(test.value.name.as_str());
    rule
        .finding(told.summary)
        .label(place(desired, link).unwrap_or_else(|| whole(test)), told.label)
        .label(Location::Key(test.origin, told.assertion), format!("test {name} says so here"))
        .help(told.help)
}

/// What a link that breaks a test does.
pub(super) fn sentence(test: &AccessTest, Breach { link, fault, clusters }: &Breach) -> String {
    Told::of(test, link, fault, clusters).summary
}

/// What is said of a link.
struct Told {
    summary: String,
    label: String,
    help: String,
    /// The way to what the test says.
    assertion: Route,
}

impl Told {
    fn of(test: &AccessTest, link: &Link, fault: &Fault, clusters: &Clusters) -> Self {
        let name = quoted(test.name.as_str());
        let clusters = in_words(clusters);
        let spec = |field| Route::fields(["spec"]).field(field);
        let key = |field| Route::fields(["spec", "key"]).field(field);
        let holder = link_in_words(link);
        match fault {
            Fault::NoKey => Self {
                summary: format!("{clusters} has no key, so that nobody opens it, and test {name} needs one"),
                label: "this cluster has no `sshKey`".into(),
                help: "give it a key with `sshKey: NAME`".into(),
                assertion: if test.key.required { key("required") } else { spec(needs_people(test)) },
            },
            Fault::Expired { last } => Self {
                summary: format!(
                    "{holder} was valid until {last}: nobody opens {clusters}, and test {name} needs people who do"
                ),
                label: "this day has passed".into(),
                help: "give the clusters another key, or this one a later day".into(),
                assertion: spec(needs_people(test)),
            },
            Fault::LastDay { last, latest } => {
                last_day(&format!("{holder} of {clusters}"), &name, *last, *latest)
            }
            Fault::KeyType { key_type } => Self {
                summary: format!(
                    "{holder} of {clusters} is an `{key_type}` key, which test {name} does not allow"
                ),
                label: "this is another type".into(),
                help: format!(
                    "use a key of one of the types {}",
                    list(test.key.types.iter().map(|one| format!("`{}`", one.name())))
                ),
                assertion: key("types"),
            },
            Fault::Option { option } => Self {
                summary: format!("{holder} of {clusters} has no option `{option}`, which test {name} wants"),
                label: format!("`{option}` is not among its options"),
                help: format!("add `{option}` to the `options` of the key"),
                assertion: key("options"),
            },
            Fault::NobodyKnown => Self {
                summary: format!(
                    "{holder} has no owner: nobody knows who opens {clusters}, and test {name} is about that"
                ),
                label: "this key has no `owner`".into(),
                help: "write whose key it is, as in `owner: ana@example.com` or `owner: team:sre`".into(),
                assertion: spec(about_people(test)),
            },
            Fault::Opens { people, through } => Self {
                summary: format!(
                    "{} {} {clusters}{}, and test {name} allows {}",
                    people_in_words(people),
                    verb(people, "opens", "open"),
                    way(through.as_ref()),
                    subjects(test.opened_only_by.as_deref().unwrap_or_default()),
                ),
                label: given(link).into(),
                help: taken_back(link, people),
                assertion: spec("openedOnlyBy"),
            },
            Fault::DoesNotOpen { people, of } => Self {
                summary: format!(
                    "{} {} not open {clusters}, and test {name} needs {of} to",
                    people_in_words(people),
                    verb(people, "does", "do"),
                ),
                label: "these are all who hold the key".into(),
                help: let_in(link),
                assertion: spec("openedBy"),
            },
            Fault::TooFew { number } => Self {
                help: "add people to the team that owns the key, or let a larger one own it".into(),
                ..number_of_people(&clusters, &name, *number, ("atLeast", "at least", test.people_at_least))
            },
            Fault::TooMany { number } => Self {
                help: "take people out of the team that owns the key, or let a smaller one own it".into(),
                ..number_of_people(&clusters, &name, *number, ("atMost", "at most", test.people_at_most))
            },
            Fault::Changes { people, role, through } => Self {
                summary: format!(
                    "{} may change the key of {clusters} as {role}{}, and test {name} allows {}",
                    people_in_words(people),
                    way(through.as_ref()),
                    subjects(test.changed_only_by.as_deref().unwrap_or_default()),
                ),
                label: given(link).into(),
                help: taken_back(link, people),
                assertion: spec("changedOnlyBy"),
            },
        }
    }
}

/// Of a key that has no last day, or too late a one.
fn last_day(key: &str, test: &str, last: Option<Date>, latest: Date) -> Told {
    let (summary, label) = match last {
        None => (
            format!("{key} has no last day, and test {test} wants one by {latest}"),
            "this key has no `expires`",
        ),
        Some(last) => (
            format!("{key} is valid until {last}, and test {test} allows {latest} at most"),
            "this is its last day",
        ),
    };
    Told {
        summary,
        label: label.into(),
        help: format!("write `expires: {latest}`, or an earlier day"),
        assertion: Route::fields(["spec", "key", "lastDayWithin"]),
    }
}

/// Of clusters that too few or too many people open.
fn number_of_people(
    clusters: &str,
    test: &str,
    number: usize,
    (field, how, limit): (&'static str, &str, Option<u32>),
) -> Told {
    let open = match number {
        0 => "nobody opens".into(),
        1 => "1 person opens".into(),
        number => format!("{number} people open"),
    };
    Told {
        summary: format!("{open} {clusters}, and test {test} wants {how} {}", limit.unwrap_or_default()),
        label: "these are all who hold the key".into(),
        help: String::new(),
        assertion: Route::fields(["spec", "people"]).field(field),
    }
}

/// The assertion that needs people to open the clusters.
fn needs_people(test: &AccessTest) -> &'static str {
    if test.opened_by.is_empty() { "people" } else { "openedBy" }
}

/// The first assertion about people.
fn about_people(test: &AccessTest) -> &'static str {
    match test.opened_only_by {
        Some(_) => "openedOnlyBy",
        None => needs_people(test),
    }
}

fn link_in_words(link: &Link) -> String {
    match link {
        Link::Cluster(address)
        | Link::Owner(address)
        | Link::LastDay(address)
        | Link::PublicKey(address)
        | Link::Options(address) => address.to_string(),
        Link::Team(team) | Link::TeamMember(team, _) => format!("team/{team}"),
        Link::ProjectMember(project, _) => format!("project/{project}"),
    }
}

/// What a link gives.
fn given(link: &Link) -> &'static str {
    match link {
        Link::TeamMember(..) => "this makes them a member of the team",
        Link::ProjectMember(..) => "this gives the role",
        Link::Owner(_) => "this is the owner of the key",
        Link::Cluster(_) | Link::LastDay(_) | Link::PublicKey(_) | Link::Options(_) | Link::Team(_) => {
            "this gives the access"
        }
    }
}

/// How to let people in who do not hold a key.
fn let_in(link: &Link) -> String {
    match link {
        Link::Team(team) => format!("add them to team/{team}, or give the cluster a key that they hold"),
        Link::Owner(_)
        | Link::Cluster(_)
        | Link::LastDay(_)
        | Link::PublicKey(_)
        | Link::Options(_)
        | Link::TeamMember(..)
        | Link::ProjectMember(..) => "give the cluster a key that they hold".into(),
    }
}

/// How to take back what a link gives.
fn taken_back(link: &Link, people: &[UserName]) -> String {
    let people = people_in_words(people);
    match link {
        Link::TeamMember(team, _) => format!("take {people} out of team/{team}, or allow it in the test"),
        Link::ProjectMember(..) => "delete this member, or allow it in the test".into(),
        Link::Cluster(_)
        | Link::Owner(_)
        | Link::LastDay(_)
        | Link::PublicKey(_)
        | Link::Options(_)
        | Link::Team(_) => "give the cluster another key, or the key another owner, or allow it in the test".into(),
    }
}

fn way(through: Option<&Name>) -> String {
    through.map(|team| format!(" through team/{team}")).unwrap_or_default()
}

fn verb<'a>(people: &[UserName], one: &'a str, several: &'a str) -> &'a str {
    if people.len() == 1 { one } else { several }
}

fn people_in_words(people: &[UserName]) -> String {
    list(people.iter().map(ToString::to_string))
}

fn subjects(subjects: &[Subject]) -> String {
    if subjects.is_empty() { "nobody".into() } else { list(subjects.iter().map(ToString::to_string)) }
}

/// "a, b and c", or "a, b, c and 4 more".
fn list(words: impl ExactSizeIterator<Item = String>) -> String {
    let number = words.len();
    let most = if number == MOST_NAMED + 1 { number } else { MOST_NAMED };
    let mut named: Vec<_> = words.take(most).collect();
    let last = if number > most { Some(format!("{} more", number - most)) } else { named.pop() };
    match (named.is_empty(), last) {
        (true, last) => last.unwrap_or_default(),
        (false, None) => named.join(", "),
        (false, Some(last)) => format!("{} and {last}", named.join(", ")),
    }
}

fn in_words(clusters: &Clusters) -> String {
    let Some(first) = &clusters.first else { return "no cluster".into() };
    match clusters.number {
        0 | 1 => first.to_string(),
        number => format!("{first} and {} more", number - 1),
    }
}

fn whole(test: &Declared<AccessTest>) -> Location {
    Location::Value(test.origin, Route::fields(["metadata", "name"]))
}

/// Where a link is declared.
fn place(desired: &Desired, link: &Link) -> Option<Location> {
    let value = |origin, fields: [&'static str; 2]| Location::Value(origin, Route::fields(fields));
    let name = ["metadata", "name"];
    let key = |address: &Address| match address {
        Address::Key(project, name) => desired.projects.get(project)?.keys.get(name),
        Address::Team(_) | Address::Project(_) | Address::Cluster(..) => None,
    };
    Some(match link {
        Link::Cluster(Address::Cluster(project, cluster)) => {
            value(desired.projects.get(project)?.clusters.get(cluster)?.origin, name)
        }
        Link::Cluster(_) => return None,
        Link::Owner(address) => {
            let key = key(address)?;
            value(key.origin, if key.value.owner.is_some() { ["spec", "owner"] } else { name })
        }
        Link::LastDay(address) => {
            let key = key(address)?;
            value(key.origin, if key.value.expires.is_some() { ["spec", "expires"] } else { name })
        }
        Link::PublicKey(address) => value(key(address)?.origin, name),
        Link::Options(address) => {
            let key = key(address)?;
            value(key.origin, if key.value.options.is_none() { name } else { ["spec", "options"] })
        }
        Link::Team(team) => Location::Key(desired.teams.get(team)?.origin, Route::fields(["spec", "members"])),
        Link::TeamMember(team, user) => {
            Location::Member(desired.teams.get(team)?.origin, Subject::User(user.clone()))
        }
        Link::ProjectMember(project, subject) => {
            Location::Member(desired.projects.get(project)?.project.origin, subject.clone())
        }
    })
}
