//! What is checked: one file per rule, with its documentation inside it, and the registry of all.
//! Rules see resources and texts, never bytes of a file.

mod repeats;
pub mod unknown;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::diagnostics::{Check, Finding, Rule};
use crate::model::{AccessTest, Declared, Desired, Resources};

/// Declares the modules of the rules, and the registry with them: a file that is not listed here is
/// found by a test.
macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+

        /// Every rule, in the order of their names.
        pub static ALL: &[&Rule] = &[$(&$name::RULE),+];
    };
}

rules!(
    access_test_failed,
    bad_base64,
    broken_rsa_key,
    certificate_as_key,
    close_primes,
    dsa_key,
    duplicate_access_test,
    duplicate_cluster,
    duplicate_field,
    duplicate_key_name,
    duplicate_member,
    duplicate_project,
    duplicate_team,
    empty_key,
    empty_workspace,
    expired_key,
    expiring_key,
    fingerprint_mismatch,
    fixed_key,
    former_holder,
    from_host_name,
    hidden_character,
    invalid_name,
    invalid_point,
    invalid_value,
    key_not_allowed,
    key_options,
    key_out_of_scope,
    key_refused_by_cloud,
    key_type_mismatch,
    listed_key,
    long_comment,
    malformed_key,
    misplaced_workspace,
    missing_field,
    missing_last_day,
    missing_owner,
    needs_approval,
    needs_newer_sshd,
    new_access,
    new_key_type,
    not_an_ssh_key,
    nothing_read,
    owner_without_role,
    path_outside_workspace,
    previous_name_taken,
    private_key,
    protected_resource,
    published_key,
    refused_by_format,
    refused_by_target,
    repaves_clusters,
    roca_key,
    rsa_exponent,
    rsa_size,
    second_key,
    several_keys,
    shared_key,
    shared_node,
    signature_algorithm,
    similar_name,
    sk_application,
    skeleton_key,
    team_as_user,
    too_many_deletes,
    too_much_access_lost,
    toy_key,
    unknown_api_version,
    unknown_field,
    unknown_key,
    unknown_key_type,
    unknown_kind,
    unknown_project,
    unknown_role,
    unknown_team,
    unproven_key,
    unread_file,
    unreadable_file,
    unrestricted_command,
    untidy_key,
    unused_key,
    wrong_type,
    yaml_syntax,
);

/// Checks everything that only shows when all resources are seen together: rule beside rule, on every
/// core. A rule that is off is not asked.
pub fn check(resources: &Resources, is_on: impl Fn(&Rule) -> bool + Sync, findings: &mut Vec<Finding>) {
    let found: Vec<_> = ALL
        .par_iter()
        .filter(|rule| is_on(rule))
        .map(|rule| {
            let mut findings = Vec::new();
            match rule.check {
                Check::Whole(check) => check(resources, &mut findings),
                Check::Desired(_) | Check::Value | Check::Plan => {}
            }
            findings
        })
        .collect();
    findings.extend(found.into_iter().flatten());
}

/// Checks what is valid as a whole, beside the access tests.
pub fn check_desired(
    desired: &Desired,
    tests: &[Declared<AccessTest>],
    today: Date,
    is_on: impl Fn(&Rule) -> bool,
    findings: &mut Vec<Finding>,
) {
    for rule in ALL.iter().filter(|rule| is_on(rule)) {
        match rule.check {
            Check::Desired(check) => check(desired, tests, today, findings),
            Check::Whole(_) | Check::Value | Check::Plan => {}
        }
    }
}
