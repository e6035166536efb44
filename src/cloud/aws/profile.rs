//! Credentials of a profile.

use super::credentials::Credentials;
use super::found::Found;
use super::profile_file::Profile;
use super::sender::Senders;
use super::{program, web_identity};
use crate::cloud::Machine;

pub(super) fn credentials(machine: &dyn Machine, senders: &Senders) -> Found {
    let profile = match Profile::read(machine) {
        Ok(profile) => profile,
        Err(why) => return Found::Failed(why),
    };
    let name = &profile.name;
    if !profile.is_there {
        let why = format!("there is no profile `{name}` in `~/.aws/config` and `~/.aws/credentials`");
        return if profile.is_named { Found::Failed(why) } else { Found::Nothing(why) };
    }
    let found = of(&profile, machine, senders);
    let why = || format!("the profile `{name}` names no credentials");
    match found {
        None if profile.is_named => Found::Failed(why()),
        None => Found::Nothing(why()),
        Some(found) => found.map_err(|why| format!("profile `{name}`: {why}")).into(),
    }
}

/// What the profile says to do; nothing where it says nothing of credentials.
fn of(profile: &Profile, machine: &dyn Machine, senders: &Senders) -> Option<Result<Credentials, String>> {
    let role = profile.get("role_arn");
    if let (Some(role), Some(file)) = (role, profile.get("web_identity_token_file")) {
        let session = profile.get("role_session_name");
        return Some(web_identity::assume(machine, senders, (role, file.as_ref(), session)));
    }
    let needs_aws = role.is_some()
        || ["sso_session", "sso_start_url", "login_session"].iter().any(|key| profile.get(key).is_some());
    if needs_aws {
        let args = ["configure", "export-credentials", "--format", "process", "--profile", &profile.name];
        return Some(program::printed(machine, "aws", &args).map_err(|why| {
            format!("its role or its sign-in is what the command line of AWS can do: {why}")
        }));
    }
    match (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
        (Some(key), Some(secret)) => {
            return Some(Credentials::new(key, secret, profile.get("aws_session_token")));
        }
        (None, None) => {}
        _ => return Some(Err("it has half of a key".into())),
    }
    let line = profile.get("credential_process")?;
    Some(program::words(line).and_then(|words| {
        let (program, args) = words.split_first().ok_or("`credential_process` names no program")?;
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        program::printed(machine, program, &args)
    }))
}
