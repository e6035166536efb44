//! The target of a workspace, by its settings.

use std::collections::BTreeSet;

use super::Failure;
use crate::diagnostics::quoted;
use crate::model::{Settings, TargetKind};
use crate::target::Target;
use crate::target::record::Record;
use crate::target::ssh::{OwnName, Ssh};

/// The target that a workspace names.
pub(super) fn target(settings: &Settings, own_keys: &[String]) -> Result<Box<dyn Target>, Failure> {
    let may_go = keys(own_keys)?;
    Ok(match settings.target {
        TargetKind::Record => Box::new(Record),
        TargetKind::Ssh => Box::new(
            Ssh::new(settings.ssh, may_go).map_err(Failure::io("cannot make ready to connect to nodes"))?,
        ),
    })
}

/// Keys by what they are called.
fn keys(texts: &[String]) -> Result<BTreeSet<OwnName>, Failure> {
    let key = |text: &String| {
        OwnName::parse(text).ok_or_else(|| Failure::Usage {
            problem: format!("{} is no key", quoted(text)),
            help: "write its address, as in `key/payments/ops`, or its fingerprint, as in `SHA256:...`"
                .into(),
        })
    };
    texts.iter().map(key).collect()
}
