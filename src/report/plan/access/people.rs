//! People who gain or lose keys and roles, and who may still hold a key.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::iter;

use crate::access::{AccessChange, FormerHolder, Holder};
use crate::model::{Address, Name, Role, UserName};
use crate::report::page::{self, Page, Piece, Tint, words};
use crate::report::view::plural;

/// Keys and the clusters that they open.
type Keys<'a> = (BTreeSet<&'a Address>, BTreeSet<&'a Address>);

pub(super) fn draw_holders(page: &mut Page<'_>, access: &[AccessChange]) -> io::Result<()> {
    let mut by_person = BTreeMap::<(bool, &Holder), Keys<'_>>::new();
    for change in access {
        if let AccessChange::Holders { key, fingerprint: _, gained, lost, clusters } = change {
            let people = lost.iter().map(|holder| (false, holder));
            for person in people.chain(gained.iter().map(|holder| (true, holder))) {
                let (keys, opened) = by_person.entry(person).or_default();
                keys.insert(key);
                opened.extend(clusters);
            }
        }
    }
    let mut together = BTreeMap::<(bool, bool, Option<&Name>, Keys<'_>), Vec<&Holder>>::new();
    for ((gained, holder), keys) in by_person {
        let is_known = holder.user.is_some();
        together.entry((gained, is_known, holder.team.as_ref(), keys)).or_default().push(holder);
    }
    for ((gained, _, team, (keys, clusters)), holders) in together {
        let users: Vec<_> = holders.iter().filter_map(|holder| holder.user.as_ref()).collect();
        let users: Vec<_> = users.into_iter().map(UserName::as_str).collect();
        let through = team.map(|team| format!("through team/{team}"));
        let keys = page::listed(keys.into_iter().map(Piece::of)).collect::<Vec<_>>();
        if users.is_empty() {
            draw_nobody(page, gained, keys)?;
        } else {
            draw_people(page, gained, &users, keys, through.as_deref())?;
        }
        let on = Piece::of(format_args!("on {}:", plural(clusters.len(), "cluster")));
        page.flow(4, 6, iter::once(on).chain(page::listed(clusters.into_iter().map(Piece::of))))?;
    }
    Ok(())
}

/// That it is not known who holds keys, now or before.
fn draw_nobody(page: &mut Page<'_>, gained: bool, keys: Vec<Piece<'_>>) -> io::Result<()> {
    let (before, after) = if gained {
        ("nobody who is known holds", "any more")
    } else {
        ("nobody was known to hold", "before")
    };
    page.flow(2, 4, words(before).chain(keys).chain(words(after)))
}

/// What a person who holds a key is called.
pub(super) fn holder_name(holder: &Holder) -> &str {
    holder.user.as_ref().map_or("people not known", UserName::as_str)
}

/// Users by the project, whether they gain, the role, and the teams through which they have it.
type Roles<'a> = BTreeMap<(&'a Address, bool, Role, &'a [Name]), Vec<&'a str>>;

pub(super) fn draw_roles(page: &mut Page<'_>, access: &[AccessChange]) -> io::Result<()> {
    let mut roles = Roles::new();
    for change in access {
        if let AccessChange::Role { user, role, project, gained, through } = change {
            roles.entry((project, *gained, *role, through.as_slice())).or_default().push(user.as_str());
        }
    }
    for ((project, gained, role, through), users) in roles {
        let what = format!("{role} in {project}");
        let teams: Vec<_> = through.iter().map(|team| format!("team/{team}")).collect();
        let through = (!teams.is_empty()).then(|| format!("through {}", teams.join(", ")));
        draw_people(page, gained, &users, words(&what).collect(), through.as_deref())?;
    }
    Ok(())
}

/// That people gain or lose something. Who they are is never cut.
fn draw_people(
    page: &mut Page<'_>,
    gained: bool,
    users: &[&str],
    what: Vec<Piece<'_>>,
    through: Option<&str>,
) -> io::Result<()> {
    let (verb, tint) = match (gained, users.len()) {
        (true, 1) => ("gains", Tint::Green),
        (true, _) => ("gain", Tint::Green),
        (false, 1) => ("loses", Tint::Red),
        (false, _) => ("lose", Tint::Red),
    };
    let who = match users {
        [user] => Piece::new(*user),
        users => Piece::of(format_args!("{} users", users.len())),
    };
    let mut sentence = vec![who, Piece::new(verb).tint(tint)];
    sentence.extend(what);
    sentence.extend(through.into_iter().flat_map(words));
    if users.len() > 1 {
        sentence = sentence_with_colon(sentence);
    }
    page.flow(2, 4, sentence)?;
    if users.len() > 1 {
        page.flow(4, 4, page::all(users.iter().map(|user| Piece::new(*user))))?;
    }
    Ok(())
}

fn sentence_with_colon(mut sentence: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    if let Some(last) = sentence.pop() {
        sentence.push(last.tail(":"));
    }
    sentence
}

/// Who may still have the private half of a key that opens clusters.
pub(super) fn draw_former(page: &mut Page<'_>, former: &[FormerHolder]) -> io::Result<()> {
    let mut by_person = BTreeMap::<(&UserName, Option<&Name>, bool), Keys<'_>>::new();
    for FormerHolder { user, team, left_team, fingerprint: _, keys, clusters } in former {
        if !clusters.is_empty() {
            let (all, opened) = by_person.entry((user, team.as_ref(), *left_team)).or_default();
            all.extend(keys);
            opened.extend(clusters);
        }
    }
    let mut together = BTreeMap::<(Option<&Name>, bool, Keys<'_>), Vec<&str>>::new();
    for ((user, team, left_team), keys) in by_person {
        together.entry((team, left_team, keys)).or_default().push(user.as_str());
    }
    for ((team, left_team, (keys, clusters)), users) in together {
        let leaves = if users.len() == 1 { "leaves" } else { "leave" };
        let before = match team {
            Some(team) if left_team => format!("{leaves} team:{team}, and may still hold"),
            Some(team) => format!("held through team:{team}, and may still hold,"),
            None => "owned, and may still hold,".into(),
        };
        let after = format!(
            "({} {} {}): give {} another key",
            plural(clusters.len(), "cluster"),
            if clusters.len() == 1 { "keeps" } else { "keep" },
            if keys.len() == 1 { "it" } else { "them" },
            if clusters.len() == 1 { "it" } else { "them" },
        );
        let who = match users[..] {
            [user] => Piece::new(user),
            _ => Piece::of(format_args!("{} people", users.len())),
        };
        let keys = page::listed(keys.into_iter().map(Piece::of));
        let who = who.tint(Tint::Yellow);
        page.flow(2, 4, iter::once(who).chain(words(&before)).chain(keys).chain(words(&after)))?;
        // Who they are is never cut.
        if users.len() > 1 {
            page.flow(4, 4, page::all(users.into_iter().map(Piece::new)))?;
        }
    }
    Ok(())
}
