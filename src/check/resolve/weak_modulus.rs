//! RSA moduli of two primes that can be found: those of CVE-2017-15361, and those close to each other.

use std::sync::LazyLock;

use num_bigint::BigUint;

/// The generator of the subgroups that the primes of CVE-2017-15361 are taken from.
const GENERATOR: u32 = 65537;

/// The largest of the 38 primes that tell such a modulus.
const LARGEST_PRIME: u32 = 167;

const ROUNDS: usize = 100;

/// The odd primes up to the largest, each with its residues that are powers of the generator.
static SUBGROUPS: LazyLock<Vec<(u32, Vec<bool>)>> = LazyLock::new(|| {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    let subgroup = |prime: u32| {
        let mut is_power = vec![false; prime as usize];
        let mut power = 1;
        while !is_power[power as usize] {
            is_power[power as usize] = true;
            power = power * (GENERATOR % prime) % prime;
        }
        (prime, is_power)
    };
    (3..=LARGEST_PRIME).filter(is_prime).map(subgroup).collect()
});

/// Whether a modulus is a power of 65537 modulo each of the primes, as are those of CVE-2017-15361 and one in 2^28
/// of the others: M. Nemec and others, The Return of Coppersmith's Attack, section 3.
pub(super) fn has_roca_mark(modulus: &BigUint) -> bool {
    SUBGROUPS.iter().all(|(prime, is_power)| {
        let residue = (modulus % *prime).to_u32_digits().first().copied().unwrap_or(0);
        is_power[residue as usize]
    })
}

/// Whether an odd modulus is the product of two numbers beside its root: it is a square less a small square.
pub(super) fn has_close_factors(modulus: &BigUint) -> bool {
    let mut middle = modulus.sqrt();
    if &middle * &middle < *modulus {
        middle += 1_u8;
    }
    let mut rest = &middle * &middle - modulus;
    for _ in 0..ROUNDS {
        if is_square(&rest) {
            return true;
        }
        // (m + 1)^2 = m^2 + 2 m + 1.
        rest += &middle;
        middle += 1_u8;
        rest += &middle;
    }
    false
}

/// Whether a number is a square. Most that are not are none modulo 64, 63, 65 or 11 either.
fn is_square(number: &BigUint) -> bool {
    let low = number.iter_u64_digits().next().unwrap_or(0) % 64;
    if !is_square_modulo(low, 64) {
        return false;
    }
    let rest = (number % 45_045_u32).iter_u64_digits().next().unwrap_or(0);
    [63, 65, 11].into_iter().all(|modulus| is_square_modulo(rest % modulus, modulus))
        && number.sqrt().pow(2) == *number
}

fn is_square_modulo(residue: u64, modulus: u64) -> bool {
    (0..modulus).any(|root| root * root % modulus == residue)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::{GENERATOR, ROUNDS, SUBGROUPS, has_close_factors, has_roca_mark, is_square};

    #[test]
    fn has_the_published_primes() {
        assert_eq!(SUBGROUPS.len(), 38);
        assert_eq!((SUBGROUPS[0].0, SUBGROUPS[37].0), (3, 167));
        // 65537 is 2 modulo 5, and so gives all residues but 0; modulo 11 it is 10, and gives two.
        let powers = |number: usize| SUBGROUPS[number].1.iter().filter(|is_power| **is_power).count();
        assert_eq!((SUBGROUPS[1].0, powers(1), SUBGROUPS[3].0, powers(3)), (5, 4, 11, 2));
    }

    /// A number of the form that the library of CVE-2017-15361 takes its primes from: k * M + 65537^a modulo M,
    /// where M is the product of the first 126 primes for keys of 2048 bits. Whether it is prime changes nothing.
    fn of_that_form(k: u64, power: u32) -> BigUint {
        let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
        let product: BigUint = (2_u32..).filter(is_prime).take(126).map(BigUint::from).product();
        BigUint::from(k) * &product + BigUint::from(GENERATOR).modpow(&power.into(), &product)
    }

    #[test]
    fn tells_every_modulus_of_that_form() {
        for seed in 1..50_u32 {
            let [one, other] = [(1_u64 << 50, 7919), (3_u64 << 49, 104_729)]
                .map(|(k, power)| of_that_form(k + u64::from(seed), power * seed));
            assert!((2000..2100).contains(&(&one * &other).bits()));
            assert!(has_roca_mark(&(one * other)));
        }
    }

    proptest! {
        #[test]
        fn is_silent_on_any_other_number(bytes in proptest::collection::vec(any::<u8>(), 256)) {
            let number = BigUint::from_bytes_be(&bytes) | BigUint::from(1_u8);
            prop_assert!(!has_roca_mark(&number));
            prop_assert!(!has_close_factors(&number));
        }

        #[test]
        fn finds_factors_beside_the_root(bytes in proptest::collection::vec(any::<u8>(), 128), apart in 0_u64..=u64::MAX) {
            let one = (BigUint::from_bytes_be(&bytes) << 1_u8) | (BigUint::from(1_u8) << 1024_u32) | BigUint::from(1_u8);
            let other = &one + (BigUint::from(apart) << 1_u8);
            prop_assert!(has_close_factors(&(&one * other)));
        }

        #[test]
        fn knows_squares(root in any::<u64>(), apart in 1_u64..1000) {
            let square = BigUint::from(root).pow(2);
            prop_assert!(is_square(&square));
            prop_assert_eq!(is_square(&(square + apart)), root < 500 && {
                let number = u128::from(root).pow(2) + u128::from(apart);
                number.isqrt().pow(2) == number
            });
        }
    }

    /// The last round that is made finds its factors, and what lies one further is not found.
    #[test]
    fn goes_exactly_so_many_rounds() {
        let root = (BigUint::from(1_u8) << 1024_u32) + 1_u8;
        let found = |rounds: usize| {
            // With the middle m and half the distance d: m^2 - d^2 is the modulus, whose root rounds up to
            // m - d^2 / 2m.
            let middle = &root + BigUint::from(rounds);
            let half = (BigUint::from(2_u8) * &root * BigUint::from(rounds)).sqrt();
            let modulus = &middle * &middle - &half * &half;
            (has_close_factors(&modulus), {
                let first = modulus.sqrt();
                let first = if &first * &first < modulus { first + 1_u8 } else { first };
                middle - first
            })
        };
        for rounds in [1, 50, ROUNDS - 1, ROUNDS, ROUNDS + 1, 2 * ROUNDS] {
            let (is_found, needed) = found(rounds);
            assert_eq!(is_found, needed < BigUint::from(ROUNDS), "{rounds} {needed}");
        }
    }
}
