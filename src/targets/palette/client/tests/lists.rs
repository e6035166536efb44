//! Lists, whole or not at all, and how fast they come.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::super::wire::{Cluster, Team, TenantRoles, User, search_of_clusters};
use super::super::super::{Uid, wire::Item};
use super::super::{Listing, Scope};
use super::table::{Answer, World, header, json_answer};
use crate::targets::TargetErrorKind;

const TEAMS: Listing<'static> = Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None };

fn page(uids: &[String], token: &str, count: usize) -> Answer {
    let item = |uid| json!({"metadata": {"uid": uid, "name": uid}, "spec": {"users": []}});
    let items: Vec<Value> = uids.iter().map(item).collect();
    json_answer(200, &json!({"items": items, "listmeta": {"continue": token, "count": count}}))
}

fn uids(world: &World) -> Result<Vec<String>, crate::targets::TargetError> {
    let teams = world.session().list::<Team>(&TEAMS)?;
    Ok(teams.iter().map(|team| team.uid().to_string()).collect())
}

/// The lines that ask for pages behind the first.
fn line(token: &str) -> String {
    let escaped = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("GET /v1/teams?limit=50&continue={escaped}")
}

proptest! {
    #[test]
    fn all_pages_are_read_in_their_order(number in 0_usize..40, size in 1_usize..9) {
        let all: Vec<_> = (0..number).map(|at| format!("u{at}")).collect();
        let starts: Vec<_> = (0..number.max(1)).step_by(size).collect();
        let token = |start: usize| if start < number { format!("+/{start}=") } else { String::new() };
        let pages: BTreeMap<_, _> = starts.iter().map(|start| {
            let asked = if *start == 0 { "GET /v1/teams?limit=50".to_owned() } else { line(&token(*start)) };
            let end = number.min(start + size);
            (asked, [page(&all[*start..end], &token(end), number)])
        }).collect();
        let answers: Vec<_> = pages.iter().map(|(line, page)| (line.as_str(), &page[..])).collect();
        let world = World::with(&answers);
        prop_assert_eq!(uids(&world), Ok(all));
        prop_assert_eq!(world.asked().len(), starts.len());
    }
}

#[test]
fn a_list_that_changes_is_read_once_more_and_then_is_no_list() {
    let (short, whole) = (page(&["a".into()], "", 2), page(&["a".into(), "b".into()], "", 2));
    let asked = "GET /v1/teams?limit=50";
    let world = World::with(&[(asked, &[short.clone(), whole])]);
    assert_eq!(uids(&world).unwrap(), ["a", "b"]);
    let world = World::with(&[(asked, &[short])]);
    let error = uids(&world).unwrap_err();
    assert_eq!(error.why, "GET /v1/teams: 1 items came, and there are said to be 2");
    assert_eq!((error.kind, world.asked().len()), (TargetErrorKind::Unreachable, 2));
    // The same twice is one.
    let twice = page(&["a".into(), "a".into()], "", 2);
    assert!(uids(&World::with(&[(asked, &[twice])])).is_err());
}

#[test]
fn a_list_whose_count_changes_between_pages_may_have_lost_an_item() {
    // `a` went after the first page, and with it `c` onto that page.
    let (first, last) = (page(&["a".into(), "b".into()], "x", 4), page(&["d".into()], "", 3));
    let world = World::with(&[("GET /v1/teams?limit=50", &[first]), (&line("x"), &[last])]);
    assert_eq!(uids(&world).unwrap_err().why, "GET /v1/teams: it changes while it is read");
    assert_eq!(world.asked().len(), 4);
}

#[test]
fn a_page_that_leads_back_is_an_error() {
    let (first, second) = (page(&["a".into()], "x", 9), page(&["b".into()], "x", 9));
    let world = World::with(&[("GET /v1/teams?limit=50", &[first]), (&line("x"), &[second])]);
    assert_eq!(uids(&world).unwrap_err().why, "GET /v1/teams: a page leads back to one that was read");
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn a_list_that_is_not_there_is_an_error_and_not_an_empty_one() {
    let error = uids(&World::with(&[])).unwrap_err();
    assert_eq!(error.kind, TargetErrorKind::Refused);
    assert!(error.why.starts_with("GET /v1/teams: 404: "), "{}", error.why);
}

#[test]
fn a_list_in_one_answer_has_to_be_whole() {
    let path = ["v1", "users", "meta"];
    let all = |body: Value| {
        let world = World::with(&[("GET /v1/users/meta", &[json_answer(200, &body)])]);
        world.session().all::<User>(&Scope::Tenant, &path)
    };
    assert_eq!(all(json!({"items": [{"uid": "u", "emailId": null}]})).unwrap()[0].email_id, "");
    assert_eq!(all(json!({"items": null})), Ok(Vec::new()));
    for meta in [json!({"continue": "x"}), json!({"continue": "", "count": 1})] {
        let error = all(json!({"items": [], "listmeta": meta})).unwrap_err();
        assert_eq!(error.why, "GET /v1/users/meta: the list has not come whole");
    }
}

#[test]
fn clusters_are_searched_in_their_project_and_the_search_is_repeated_as_a_reading() {
    let path = ["v1", "dashboard", "spectroclusters", "search"];
    let found = json!({"items": [], "listmeta": {"continue": "", "count": 0}});
    let lost = Err(crate::http::TransportError::Lost("reset".into()));
    let asked = "POST /v1/dashboard/spectroclusters/search?limit=50 @p1";
    let world = World::with(&[(asked, &[lost, json_answer(200, &found)])]);
    let (scope, search) = (Scope::Project(Uid::parse("p1").unwrap()), search_of_clusters());
    let listing = Listing { scope: &scope, path: &path, search: Some(&search) };
    assert_eq!(world.session().list::<Cluster>(&listing), Ok(Vec::new()));
    assert_eq!(world.asked(), [asked, asked]);
    let request = &world.requests()[0];
    assert_eq!(header(request, "Content-Type"), Some("application/json"));
    assert_eq!(serde_json::from_slice::<Value>(request.body.as_ref().unwrap()).unwrap(), search);
}

#[test]
fn each_part_of_the_api_is_asked_at_its_own_rate() {
    let config = json_answer(200, &json!({"roles": []}));
    let teams: Vec<_> = (0..286).map(|at| format!("a{at}")).collect();
    let [lines_of_teams, lines_of_clouds] = ["GET /v1/teams/", "GET /v1/cloudconfigs/maas/"]
        .map(|start| teams.iter().map(|uid| format!("{start}{uid}")).collect::<Vec<_>>());
    let answers: Vec<_> = lines_of_teams
        .iter()
        .chain(&lines_of_clouds)
        .map(|line| (line.as_str(), std::slice::from_ref(&config)))
        .collect();
    let time = |path: &[&str]| {
        let world = World::with_parallel(4, &answers);
        world.session().each(&teams, |uid| {
            world.session().get::<TenantRoles>(&Scope::Tenant, &[path, &[uid.as_str()]].concat()).unwrap();
        });
        crate::http::Clock::monotonic(&*world.clock)
    };
    // 236 and 36 behind what may come at once: 9 and 45 a second.
    let (slow, fast) = (time(&["v1", "teams"]), time(&["v1", "cloudconfigs", "maas"]));
    let range = |least: u64| Duration::from_millis(least)..=Duration::from_millis(least + 300);
    assert!(range(26_222).contains(&slow) && range(800).contains(&fast), "{slow:?} {fast:?}");
}
