//! Credentials in variables of the environment.

use super::credentials::Credentials;
use super::found::Found;
use crate::cloud::Machine;

pub(super) fn credentials(machine: &dyn Machine) -> Found {
    const KEY: &str = "AWS_ACCESS_KEY_ID";
    const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    let token = machine.variable("AWS_SESSION_TOKEN");
    match (machine.variable(KEY), machine.variable(SECRET)) {
        (Some(key), Some(secret)) => Credentials::new(&key, &secret, token.as_deref()).into(),
        (None, None) => Found::Nothing(format!("`{KEY}` is not set")),
        (Some(_), None) => Found::Failed(format!("`{KEY}` is set, and `{SECRET}` is not")),
        (None, Some(_)) => Found::Failed(format!("`{SECRET}` is set, and `{KEY}` is not")),
    }
}
