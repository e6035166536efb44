//! What people, teams and keys reach, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::{AccessFormerHolder, AccessKey, AccessRole, AsOf, access_former, access_key, access_role, as_of};
use crate::access::query::{HeldKey, MayStillHold, Reach};
use crate::diagnostics::visible;
use crate::report::access::{AccessOf, DeclaredPlaces};
use crate::report::json_v1::FORMAT_VERSION;

/// What `keyplan reach --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan reach")]
pub struct Reached {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Of what it is answered.
    pub as_of: AsOf,
    /// An answer for each that was asked about, in the order of the question.
    pub answers: Vec<ReachAnswer>,
}

/// What one of those reaches.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReachAnswer {
    /// What was asked about: a user, `team:NAME`, the address of a key, or a fingerprint.
    pub who: String,
    /// The people whom that is: the user, the members, or those who hold the key.
    pub people: Vec<String>,
    /// The keys that they hold, or that it is, in the order of their addresses.
    pub keys: Vec<ReachKey>,
    /// Keys that were held, and that those who held them may still have.
    pub may_still_hold: Vec<ReachFormer>,
    /// The roles that they have; of a key, those by which it may be changed.
    pub roles: Vec<AccessRole>,
}

/// A key and the clusters that have it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReachKey {
    /// The key.
    #[serde(flatten)]
    pub key: AccessKey,
    /// Whether no other person is known to hold it.
    pub alone: bool,
    /// The clusters that have it.
    pub clusters: Vec<String>,
}

/// A key that somebody may still hold.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReachFormer {
    /// Who held it.
    #[serde(flatten)]
    pub holder: AccessFormerHolder,
    /// The SHA-256 fingerprint of its public key.
    pub fingerprint: String,
    /// The keys with this material, by their addresses.
    pub keys: Vec<String>,
    /// The clusters that have them.
    pub clusters: Vec<String>,
}

impl Reached {
    /// Answers in their order.
    #[must_use]
    pub fn new(of: &AccessOf, reached: &[Reach<'_>], places: Option<&DeclaredPlaces<'_>>) -> Self {
        let answer = |one: &Reach<'_>| ReachAnswer {
            who: visible(&one.asked.to_string()),
            people: one.people.iter().map(|user| visible(user.as_str())).collect(),
            keys: one.keys.iter().map(|held| key(held, of, places)).collect(),
            may_still_hold: one.may_still_hold.iter().map(former).collect(),
            roles: one.roles.iter().map(|role| access_role(role.project, &role.holder)).collect(),
        };
        Self {
            format_version: FORMAT_VERSION,
            as_of: as_of(of),
            answers: reached.iter().map(answer).collect(),
        }
    }
}

fn clusters(held: &HeldKey<'_>) -> impl Iterator<Item = String> {
    held.clusters.iter().map(|cluster| cluster.address().to_string())
}

fn key(held: &HeldKey<'_>, of: &AccessOf, places: Option<&DeclaredPlaces<'_>>) -> ReachKey {
    ReachKey {
        key: access_key(held.key, of, places),
        alone: held.is_alone,
        clusters: clusters(held).collect(),
    }
}

fn former(still: &MayStillHold<'_>) -> ReachFormer {
    ReachFormer {
        holder: access_former(still.user, still.past),
        fingerprint: still.fingerprint.to_string(),
        keys: still.keys.iter().map(|held| held.key.address().to_string()).collect(),
        clusters: still.keys.iter().flat_map(clusters).collect(),
    }
}
