//! How many keys a tenant may have. Palette refuses one more, and it is not known in which words.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::super::Uid;
use super::super::client::{Created, Scope, Session};
use super::super::read::{self, KEYS};
use super::super::wire::{self, Item};
use crate::targets::{TargetError, TargetErrorKind};

/// The kind of limit, in Palette's words.
const KIND: &str = "sshkey";

/// The most keys of a tenant, looked at once in an apply, when a key was refused.
pub(super) struct KeyLimit {
    tenant: Uid,
    /// What is said where it is reached.
    reached: OnceLock<Option<String>>,
}

impl KeyLimit {
    pub(super) const fn of(tenant: Uid) -> Self {
        Self { tenant, reached: OnceLock::new() }
    }

    /// The same with why, where a key was refused because of the limit.
    pub(super) fn explained(
        &self,
        session: &Session<'_>,
        created: Result<Created, TargetError>,
    ) -> Result<Created, TargetError> {
        match created {
            Ok(Created::Unknown(error)) => Ok(Created::Unknown(self.explain(session, error))),
            Err(error) => Err(self.explain(session, error)),
            created => created,
        }
    }

    fn explain(&self, session: &Session<'_>, error: TargetError) -> TargetError {
        if error.kind == TargetErrorKind::Unreachable {
            return error;
        }
        let reached = self.reached.get_or_init(|| self.reached(session));
        reached
            .iter()
            .fold(error, |error, reached| TargetError { why: format!("{}: {reached}", error.why), ..error })
    }

    /// Nothing where there is room, or Palette does not tell.
    fn reached(&self, session: &Session<'_>) -> Option<String> {
        let path = ["v1", "tenants", self.tenant.as_str(), "resourceLimits"];
        let limits: wire::ResourceLimits = session.get(&Scope::Tenant, &path).ok()?;
        let limit = limits.resources.iter().find(|limit| limit.kind == KIND)?.limit;
        let keys = keys(session).ok()?.len();
        (i64::try_from(keys).ok()? >= limit).then(|| {
            format!("the tenant has {keys} keys and may have {limit}; delete some there, or let Palette allow more")
        })
    }
}

/// All keys that can be seen. Those of the whole tenant may be missing.
fn keys(session: &Session<'_>) -> Result<BTreeSet<Uid>, TargetError> {
    let projects = read::projects(session)?;
    let of_project = |project: wire::Named| {
        session.all::<wire::Key>(&Scope::Project(project.uid), &KEYS).unwrap_or_default()
    };
    Ok(projects.into_iter().flat_map(of_project).map(|key| key.uid().clone()).collect())
}
