//! Users by their mail.

use std::collections::BTreeMap;

use super::super::Uid;
use super::super::observed::folded;
use crate::model::UserName;
use crate::targets::TargetError;

/// The uid of a user, by mail, whatever its case; nothing where there is none.
pub(super) fn uid_of<'a>(
    users: &'a BTreeMap<Uid, UserName>,
    user: &UserName,
) -> Result<Option<&'a Uid>, TargetError> {
    let wanted = folded(user);
    let mut found = users.iter().filter(|(_, one)| folded(one) == wanted);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((uid, _)), None) => Ok(Some(uid)),
        (Some(_), Some(_)) => {
            Err(TargetError::conflict(format!("the tenant has two users of the mail `{user}`")))
        }
    }
}

pub(super) fn no_such_user(user: &UserName) -> TargetError {
    TargetError::refused(format!("there is no user `{user}` in the tenant: invite them in Palette first"))
}
