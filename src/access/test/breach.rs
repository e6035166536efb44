//! A link of a chain of access that breaks a test.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::{Address, LimitingOption, Name, Role, Subject, UserName};

/// A link that breaks a test, how, and for which clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub link: Link,
    pub fault: Fault,
    pub clusters: Clusters,
}

/// A link of a chain from a person to a cluster, or to a role: what to change so that the test holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// A cluster.
    Cluster(Address),
    /// The owner of a key, or that it has none.
    Owner(Address),
    /// The last day of a key, or that it has none.
    LastDay(Address),
    /// The public key of a key.
    PublicKey(Address),
    /// The options of a key.
    Options(Address),
    /// The members of a team.
    Team(Name),
    /// A member of a team.
    TeamMember(Name, UserName),
    /// A member of a project.
    ProjectMember(Name, Subject),
}

/// How a link breaks a test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nobody opens a cluster without a key.
    NoKey,
    /// Nobody opens it any more.
    Expired {
        last: Date,
    },
    /// The last day is none, or later than the latest that is allowed.
    LastDay {
        last: Option<Date>,
        latest: Date,
    },
    KeyType {
        key_type: &'static str,
    },
    /// It has not this option.
    Option {
        option: LimitingOption,
    },
    /// Nobody knows who opens what the key opens.
    NobodyKnown,
    /// People open it who are none of those allowed.
    Opens {
        people: Vec<UserName>,
        through: Option<Name>,
    },
    /// People do not open it who must: those of one subject.
    DoesNotOpen {
        people: Vec<UserName>,
        of: Subject,
    },
    /// Fewer people than this open it.
    TooFew {
        number: usize,
    },
    /// More people than this open it.
    TooMany {
        number: usize,
    },
    /// People may change its key who are none of those allowed.
    Changes {
        people: Vec<UserName>,
        role: Role,
        through: Option<Name>,
    },
}

/// Some clusters: the first of them, and how many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    pub first: Option<Address>,
    pub number: usize,
}

impl Clusters {
    pub(super) const fn one(cluster: Address) -> Self {
        Self { first: Some(cluster), number: 1 }
    }

    pub(super) fn add(&mut self, address: impl FnOnce() -> Address) {
        self.first.get_or_insert_with(address);
        self.number += 1;
    }

    pub(super) fn join(&mut self, other: &Self) {
        if self.first.is_none() {
            self.first.clone_from(&other.first);
        }
        self.number += other.number;
    }
}

/// Breaches with the clusters that they are of.
#[derive(Default)]
pub(super) struct Found(BTreeMap<(Link, Fault), Clusters>);

impl Found {
    pub(super) fn add(&mut self, link: Link, fault: Fault, clusters: &Clusters) {
        self.0.entry((link, fault)).or_default().join(clusters);
    }

    pub(super) fn into_breaches(self) -> Vec<Breach> {
        let breach = |((link, fault), clusters)| Breach { link, fault, clusters };
        self.0.into_iter().map(breach).collect()
    }
}
