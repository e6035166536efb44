//! Who acts on a state, when, why and where, for its log.

use data_encoding::HEXLOWER;

use super::ci_run::ci_run;
use super::environment::variable;
use super::failure::Failure;
use super::interrupt::SystemClock;
use crate::diagnostics::visible;
use crate::state::{ApplyContext, Clock};

/// How much is kept of who and of where, in characters.
const LONGEST_ACTOR: usize = 80;
const LONGEST_URL: usize = 500;

/// The time, who acts and where, their message, and a random text.
pub(super) fn moment(message: Option<&str>) -> Result<ApplyContext, Failure> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| Failure::from(std::io::Error::other(error)))?;
    let run = ci_run(variable);
    let actor = run.actor.or_else(|| variable("USER")).or_else(|| variable("LOGNAME"));
    Ok(ApplyContext {
        time: SystemClock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        actor: bounded(&actor.unwrap_or_else(|| "unknown".into()), LONGEST_ACTOR),
        message: message.map(str::to_owned),
        run: run.url.map(|url| bounded(&url, LONGEST_URL)),
        commit: run.commit,
        nonce: HEXLOWER.encode(&random),
    })
}

fn bounded(text: &str, most: usize) -> String {
    visible(text).chars().take(most).collect()
}
