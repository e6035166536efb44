//! Access that is gained: by people, keys and roles, on more nodes, as another login user, for longer or with fewer
//! limits.

use jiff::civil::Date;

use crate::access::{AccessChange, GrantDifference, KeyGrant};
use crate::model::Address;

/// Access that is gained somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGain {
    /// The cluster, key or project, by its new name.
    pub address: Address,
    /// What is gained, as in "IT GAINS another key, more nodes".
    pub what: String,
}

/// What is gained by these changes of access from one side to the other. What is moved is not gained.
#[must_use]
pub fn access_gains(access: &[AccessChange]) -> Vec<AccessGain> {
    let gain = |change: &AccessChange| {
        let (address, what) = match change {
            AccessChange::Cluster { cluster, before: None, after: Some(_), .. } => (cluster, "a key".into()),
            AccessChange::Cluster { cluster, before: Some(had), after: Some(has), gained, lost: _ } => {
                (cluster, wider(had, has, !gained.is_empty()).join(", "))
            }
            AccessChange::Holders { key, gained, .. } if !gained.is_empty() => {
                (key, "people who hold it".into())
            }
            AccessChange::Role { user, role, project, gained: true, .. } => {
                (project, format!("{user} as {role}"))
            }
            AccessChange::Cluster { .. }
            | AccessChange::Moved { .. }
            | AccessChange::Forgotten { .. }
            | AccessChange::Holders { .. }
            | AccessChange::Role { .. } => return None,
        };
        (!what.is_empty()).then(|| AccessGain { address: address.clone(), what })
    };
    access.iter().filter_map(gain).collect()
}

/// In what a grant allows more than another one did.
fn wider(had: &KeyGrant, has: &KeyGrant, has_more_people: bool) -> Vec<&'static str> {
    let differences = has.differences(had);
    if differences.contains(&GrantDifference::Key) {
        return vec!["another key"];
    }
    let wider = differences.into_iter().filter_map(|difference| match difference {
        GrantDifference::Key => None,
        GrantDifference::LoginUser => Some("another login user"),
        GrantDifference::Nodes => has_more_nodes(had, has).then_some("nodes"),
        GrantDifference::Options => (!has.options.is_within(&had.options)).then_some("wider options"),
        GrantDifference::LastDay => is_later(had.expires, has.expires).then_some("a later last day"),
    });
    wider.chain(has_more_people.then_some("people who hold its key")).collect()
}

/// Nodes that are not known may be any.
fn has_more_nodes(had: &KeyGrant, has: &KeyGrant) -> bool {
    has.nodes.is_empty() || has.nodes.iter().any(|node| !had.nodes.contains(node))
}

/// Without a last day a key is valid for ever.
fn is_later(had: Option<Date>, has: Option<Date>) -> bool {
    had.is_some_and(|had| has.is_none_or(|has| has > had))
}
