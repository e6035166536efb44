//! How many large RSA keys are proven in one run: the time of a proof grows with the third power of their size, so
//! that few of them could stop every check.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::proof::prove;
use crate::diagnostics::{Finding, Location};
use crate::model::DocumentId;
use crate::openssh::{Fingerprint, KeyType, PublicKey};
use crate::rules::{rsa_size, unproven_key};

/// Keys up to here are proven, however many they are.
const COMMON: usize = 4096;

/// What may be spent on the others, where one of 1024 bits costs 1: eight of 16384 bits.
const BUDGET: usize = 8 * cost(16384);

const fn cost(bits: usize) -> usize {
    bits.div_ceil(1024).pow(3)
}

/// A key that is to be proven when all are known.
#[derive(Debug)]
pub struct Costly {
    pub origin: DocumentId,
    pub key: PublicKey,
    pub at: Location,
}

/// Whether a key is proven within the budget only.
#[must_use]
pub fn is_costly(key: &PublicKey) -> bool {
    key.key_type() == KeyType::Rsa && key.bits() > COMMON && rsa_size::USABLE.contains(&key.bits())
}

/// Proves keys, each once, in the order of their declarations, until the budget is spent. Those that passed are
/// returned; the others are found.
pub fn prove_costly(mut keys: Vec<Costly>, findings: &mut Vec<Finding>) -> Vec<Fingerprint> {
    keys.sort_by_key(|costly| costly.origin);
    let (mut left, mut first) = (BUDGET, BTreeMap::new());
    let mut unproven = Vec::new();
    for costly in &keys {
        if first.contains_key(costly.key.fingerprint()) {
            continue;
        }
        match left.checked_sub(cost(costly.key.bits())) {
            Some(rest) => {
                left = rest;
                first.insert(*costly.key.fingerprint(), &costly.key);
            }
            None => unproven.push(unproven_key::finding(costly.key.bits(), costly.at.clone())),
        }
    }
    let judged: BTreeMap<_, bool> = first
        .into_par_iter()
        .map(|(fingerprint, key)| {
            let at = keys.iter().find(|costly| costly.key == *key).map(|costly| costly.at.clone());
            (fingerprint, at.is_some_and(|at| prove(key, &at, &mut Vec::new())))
        })
        .collect();
    findings.extend(unproven);
    for costly in &keys {
        if judged.get(costly.key.fingerprint()) == Some(&false) {
            prove(&costly.key, &costly.at, findings);
        }
    }
    judged.into_iter().filter_map(|(fingerprint, is_proven)| is_proven.then_some(fingerprint)).collect()
}
