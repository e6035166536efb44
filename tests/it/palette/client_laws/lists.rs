//! A list is whole, or it is an error.

use keyplan::targets::TargetError;
use keyplan::targets::palette::client::{Listing, Scope};
use keyplan::targets::palette::wire::Team;

use super::super::fake::{Fake, Fault, On, PageTokens, Switches, Tenant};
use super::caller::Caller;

const TEAMS: &str = "/v1/teams";

/// A tenant with the teams a to e, in pages of two.
fn five_teams() -> Fake {
    five_teams_by(PageTokens::Numbers)
}

fn five_teams_by(page_tokens: PageTokens) -> Fake {
    let fake = Fake::with(Switches { page_tokens, page: 2, ..Switches::default() });
    fake.tenant(|tenant| {
        for name in ["a", "b", "c", "d", "e"] {
            tenant.team(name, &[]);
        }
    });
    fake
}

fn names(fake: &Fake) -> Result<String, TargetError> {
    let listing = Listing { scope: &Scope::Tenant, path: &["v1", "teams"], search: None };
    let teams: Vec<Team> = Caller::of(fake).session().list(&listing)?;
    Ok(teams.iter().map(|team| &*team.metadata.name).collect())
}

#[test]
fn all_pages_are_read() {
    let fake = five_teams();
    assert_eq!(names(&fake).unwrap(), "abcde");
    assert_eq!(fake.exchanges().len(), 3);
}

#[test]
fn pages_that_lead_back_are_an_error() {
    for page in 0..3 {
        let fake = five_teams();
        fake.plant(Fault::RepeatedToken, On::the("GET", TEAMS).after(page).always());
        assert!(names(&fake).is_err());
        assert!(fake.exchanges().len() <= 6);
    }
}

#[test]
fn a_count_that_is_wrong_is_read_once_more() {
    let fake = five_teams();
    fake.plant(Fault::WrongCount, On::the("GET", TEAMS).after(2));
    assert_eq!(names(&fake).unwrap(), "abcde");
    fake.plant(Fault::WrongCount, On::the("GET", TEAMS).always());
    assert!(names(&fake).is_err());
}

#[test]
fn a_list_that_others_change_meanwhile_is_as_it_is_in_the_end() {
    let add = |tenant: &mut Tenant| drop(tenant.team("f", &[]).users.pop());
    // Where pages begin at a number, `c` is then on the page that was read before.
    let take = |tenant: &mut Tenant| drop(tenant.teams.remove(0));
    for (page, tokens) in
        [1, 2].into_iter().flat_map(|page| [(page, PageTokens::Numbers), (page, PageTokens::Cursors)])
    {
        let fake = five_teams_by(tokens);
        fake.before(On::the("GET", TEAMS).after(page), add);
        assert_eq!(names(&fake).unwrap(), "abcdef");
        let fake = five_teams_by(tokens);
        fake.before(On::the("GET", TEAMS).after(page), take);
        assert_eq!(names(&fake).unwrap(), "bcde");
    }
}
