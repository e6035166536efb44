//! Why a person gets into a cluster, or does not, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::{AccessFormerHolder, AccessKey, AccessRole, AsOf, access_former, access_key, access_role, as_of};
use crate::access::query::{Missing, Why};
use crate::diagnostics::visible;
use crate::model::UserName;
use crate::report::access::{AccessOf, DeclaredPlaces};
use crate::report::json_v1::FORMAT_VERSION;

/// What `keyplan why --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "keyplan why")]
pub struct WhyAnswer {
    /// The version of this shape.
    pub format_version: &'static str,
    /// Of what it is answered.
    pub as_of: AsOf,
    /// The person.
    pub user: String,
    /// The cluster, by its address.
    pub cluster: String,
    /// Whether the person opens the cluster.
    pub opens: bool,
    /// The key that the cluster has.
    pub key: Option<AccessKey>,
    /// The team through which the person holds it.
    pub team: Option<String>,
    /// The first link that is missing; nothing where the person opens the cluster.
    pub missing: Option<MissingLink>,
    /// How they held the key, where they may still have its private half.
    pub may_still_hold: Option<AccessFormerHolder>,
    /// The roles by which they may give the cluster another key.
    pub roles: Vec<AccessRole>,
}

/// A link that is missing between a cluster and a person.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingLink {
    /// The cluster has no key.
    NoKey,
    /// Its key is past its last day.
    ExpiredKey,
    /// Its key has no owner: who holds it is not known.
    NoOwner,
    /// Its key is another person's.
    OtherOwner,
    /// Its key is a team's in which the person is not.
    NotAMember,
}

impl WhyAnswer {
    /// An answer.
    #[must_use]
    pub fn new(
        of: &AccessOf,
        (user, why): (&UserName, &Why<'_>),
        places: Option<&DeclaredPlaces<'_>>,
    ) -> Self {
        let project = &why.cluster.project;
        Self {
            format_version: FORMAT_VERSION,
            as_of: as_of(of),
            user: visible(user.as_str()),
            cluster: why.cluster.address().to_string(),
            opens: why.missing.is_none(),
            key: why.key.map(|key| access_key(key, of, places)),
            team: why.team.map(ToString::to_string),
            missing: why.missing.map(|missing| match missing {
                Missing::Key => MissingLink::NoKey,
                Missing::Valid(_) => MissingLink::ExpiredKey,
                Missing::Owner => MissingLink::NoOwner,
                Missing::OwnKey(_) => MissingLink::OtherOwner,
                Missing::Membership(_) => MissingLink::NotAMember,
            }),
            may_still_hold: why.may_still.map(|past| access_former(user, past)),
            roles: why.may_change.iter().map(|holder| access_role(project, holder)).collect(),
        }
    }
}
