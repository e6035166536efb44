//! Addresses: what a resource is called everywhere, as in `cluster/payments/prod-eu`.

use std::fmt;

use super::Name;
use crate::words::words;

words! {
    /// The word is the first part of an address.
    pub enum ResourceKind {
        /// A name for several users.
        Team = "team",
        /// Clusters, the keys that they may have, and who has which role.
        Project = "project",
        Key = "key",
        Cluster = "cluster",
    }
}

/// The address of a resource: `kind/name`, or `kind/project/name` for what belongs to a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `team/sre`
    Team(Name),
    /// `project/payments`
    Project(Name),
    /// `key/payments/ops`
    Key(Name, Name),
    /// `cluster/payments/prod-eu`
    Cluster(Name, Name),
}

impl Address {
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        match self {
            Self::Team(_) => ResourceKind::Team,
            Self::Project(_) => ResourceKind::Project,
            Self::Key(..) => ResourceKind::Key,
            Self::Cluster(..) => ResourceKind::Cluster,
        }
    }
}

impl Address {
    /// The last part.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::Team(name) | Self::Project(name) | Self::Key(_, name) | Self::Cluster(_, name) => name,
        }
    }

    /// The address that the same thing has by another name.
    #[must_use]
    pub fn with_name(&self, name: Name) -> Self {
        match self {
            Self::Team(_) => Self::Team(name),
            Self::Project(_) => Self::Project(name),
            Self::Key(project, _) => Self::Key(project.clone(), name),
            Self::Cluster(project, _) => Self::Cluster(project.clone(), name),
        }
    }

    /// Reads an address back; nothing when the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = |text| Name::parse(text).ok();
        let mut parts = text.split('/');
        let address = match (parts.next()?, name(parts.next()?)?, parts.next()) {
            ("team", team, None) => Self::Team(team),
            ("project", project, None) => Self::Project(project),
            ("key", project, Some(key)) => Self::Key(project, name(key)?),
            ("cluster", project, Some(cluster)) => Self::Cluster(project, name(cluster)?),
            _ => return None,
        };
        parts.next().is_none().then_some(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind().word();
        match self {
            Self::Team(name) | Self::Project(name) => write!(f, "{kind}/{name}"),
            Self::Key(project, name) | Self::Cluster(project, name) => write!(f, "{kind}/{project}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;
    use crate::model::Name;

    #[test]
    fn reads_as_kind_project_name() {
        let name = |text| Name::parse(text).unwrap();
        assert_eq!(Address::Team(name("sre")).to_string(), "team/sre");
        assert_eq!(
            Address::Cluster(name("payments"), name("prod-eu")).to_string(),
            "cluster/payments/prod-eu"
        );
    }
}
