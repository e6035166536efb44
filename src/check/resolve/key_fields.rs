//! The fields of a key: whether there can be such a key at all.
//!
//! What costs more than some microseconds is in [`proof`](super::proof).

use super::key_line::Draft;
use crate::diagnostics::{Finding, Location};
use crate::openssh::wire::Fields;
use crate::openssh::{KeyType, bits_of};
use crate::rules::broken_rsa_key::BrokenModulus;
use crate::rules::skeleton_key::Skeleton;
use crate::rules::{
    broken_rsa_key, dsa_key, invalid_point, rsa_exponent, rsa_size, sk_application, skeleton_key,
};

/// Whether there can be such a key at all, as far as that is cheap to say.
pub(super) fn judge(
    draft: &Draft<'_>,
    key_type: KeyType,
    fields: &Fields<'_>,
    is_known: bool,
    findings: &mut Vec<Finding>,
) {
    let at = || draft.encoded_at();
    let edwards = |point| if is_known { None } else { judge_edwards(key_type, point, at()) };
    let nist = |point| if is_known { None } else { judge_nist(key_type, point, at()) };
    let application = |application: &[u8]| sk_application::check(application, at());
    match fields {
        Fields::Ed25519 { point } | Fields::MlDsa44Ed25519 { point } => {
            findings.extend(edwards(point));
        }
        Fields::SkEd25519 { point, application: name } => {
            findings.extend(edwards(point));
            findings.extend(application(name));
        }
        Fields::Ecdsa { point } => findings.extend(nist(point)),
        Fields::SkEcdsa { point, application: name } => {
            findings.extend(nist(point));
            findings.extend(application(name));
        }
        Fields::Dsa { prime, .. } => findings.push(dsa_key::finding(bits_of(prime), draft.name_at())),
        Fields::Rsa { exponent, modulus } => judge_rsa(exponent, modulus, &at(), findings),
    }
}

fn judge_edwards(key_type: KeyType, bytes: &[u8; 32], at: Location) -> Option<Finding> {
    let point = invalid_point::edwards(bytes);
    if point.as_ref().is_some_and(skeleton_key::is_small_order) {
        return Some(skeleton_key::finding(Skeleton::SmallOrder, at));
    }
    invalid_point::check_edwards(bytes, point.as_ref())
        .map(|fault| invalid_point::finding(key_type, fault, at))
}

fn judge_nist(key_type: KeyType, point: &[u8], at: Location) -> Option<Finding> {
    invalid_point::check_nist(key_type, point).map(|fault| invalid_point::finding(key_type, fault, at))
}

fn judge_rsa(exponent: &[u8], modulus: &[u8], at: &Location, findings: &mut Vec<Finding>) {
    let before = findings.len();
    let had_errors = !findings.iter().all(Finding::is_warning);
    let size = rsa_size::check(bits_of(modulus), bits_of(exponent), at);
    let is_swapped = bits_of(modulus) < *rsa_size::USABLE.start() && bits_of(exponent) > bits_of(modulus);
    if exponent == [1] {
        findings.push(skeleton_key::finding(Skeleton::ExponentOne, at.clone()));
    }
    if broken_rsa_key::is_even(modulus) {
        findings.push(broken_rsa_key::finding(BrokenModulus::Even, at.clone()));
    }
    if !is_swapped {
        findings.extend(rsa_exponent::check(exponent, modulus, at.clone()));
    }
    // A key that has to be replaced anyway gets no remark on its size.
    let is_remark = size.as_ref().is_some_and(Finding::is_warning);
    findings.extend(size.filter(|_| !is_remark || (findings.len() == before && !had_errors)));
}
