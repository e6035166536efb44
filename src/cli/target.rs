//! The target of a workspace, by its settings.

use std::collections::BTreeSet;

use super::Failure;
use crate::diagnostics::quoted;
use crate::model::{Address, Settings, TargetKind};
use crate::target::Target;
use crate::target::record::Record;
use crate::target::ssh::Ssh;

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

/// Keys by their addresses.
fn keys(texts: &[String]) -> Result<BTreeSet<Address>, Failure> {
    let key = |text: &String| {
        let address = Address::parse(text).filter(|address| matches!(address, Address::Key(..)));
        address.ok_or_else(|| Failure::Usage {
            problem: format!("{} is no address of a key", quoted(text)),
            help: "write one as in `key/payments/ops`; `keyplan state list` prints them".into(),
        })
    };
    texts.iter().map(key).collect()
}
