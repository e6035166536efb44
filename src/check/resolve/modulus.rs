//! The arithmetic of an RSA modulus: small factors, powers, and whether it is a prime.

use std::sync::LazyLock;

use num_bigint::BigUint;
use num_integer::Integer as _;

/// Prime factors up to here are found.
const LARGEST_FACTOR: usize = 65537;

/// An odd number of many bits.
pub(super) struct Modulus(BigUint);

impl Modulus {
    /// The number of these big-endian bytes, if it is odd and above 1.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let number = BigUint::from_bytes_be(bytes);
        (number.bit(0) && number.bits() > 1).then_some(Self(number))
    }

    pub(super) const fn number(&self) -> &BigUint {
        &self.0
    }

    /// Its smallest odd prime factor up to 65537, other than itself.
    pub(super) fn small_factor(&self) -> Option<u32> {
        let SmallPrimes { primes, product } = &*SMALL_PRIMES;
        let divides = |prime: &u32| &self.0 % *prime == BigUint::ZERO && self.0 != BigUint::from(*prime);
        if (product % &self.0).gcd(&self.0) == BigUint::from(1_u8) {
            return None;
        }
        primes.iter().copied().find(divides)
    }

    /// The prime exponent that it is a power with, for a base without small factors.
    pub(super) fn power(&self) -> Option<u32> {
        let largest = usize::try_from(self.0.bits() / 16).unwrap_or(usize::MAX);
        SMALL_PRIMES
            .primes
            .iter()
            .copied()
            .take_while(|exponent| *exponent as usize <= largest)
            .chain([2])
            .filter(|exponent| self.may_be_power(*exponent))
            .find(|exponent| self.0.nth_root(*exponent).pow(*exponent) == self.0)
    }

    /// Whether it is a power with this exponent modulo some primes, as every power is, and few others are.
    fn may_be_power(&self, exponent: u32) -> bool {
        let moduli = (1..).map(|factor| factor * exponent + 1).take_while(|modulus| *modulus < 65537);
        moduli.filter(|modulus| SMALL_PRIMES.primes.binary_search(modulus).is_ok()).take(6).all(|modulus| {
            let residue = (&self.0 % modulus).to_u32_digits().first().copied().unwrap_or(0);
            residue == 0 || power_modulo(residue, (modulus - 1) / exponent, modulus) == 1
        })
    }

    /// Whether it passes Fermat's test with the base 2, as every prime does.
    pub(super) fn is_probably_prime(&self) -> bool {
        BigUint::from(2_u8).modpow(&(&self.0 - 1_u8), &self.0) == BigUint::from(1_u8)
    }
}

/// The odd primes up to the largest factor, and their product.
struct SmallPrimes {
    primes: Vec<u32>,
    product: BigUint,
}

static SMALL_PRIMES: LazyLock<SmallPrimes> = LazyLock::new(|| {
    let mut is_composite = vec![false; LARGEST_FACTOR + 1];
    let mut primes = Vec::new();
    for (number, prime) in (0_u32..).zip(0..=LARGEST_FACTOR).skip(3).step_by(2) {
        if !is_composite[prime] {
            primes.push(number);
            (prime * prime..=LARGEST_FACTOR)
                .step_by(prime)
                .for_each(|multiple| is_composite[multiple] = true);
        }
    }
    let product = primes.iter().map(|prime| BigUint::from(*prime)).product();
    SmallPrimes { primes, product }
});

fn power_modulo(base: u32, exponent: u32, modulus: u32) -> u64 {
    let modulus = u64::from(modulus);
    let (mut base, mut exponent, mut power) = (u64::from(base), exponent, 1_u64);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::{LARGEST_FACTOR, Modulus, SMALL_PRIMES};

    fn modulus(number: &BigUint) -> Modulus {
        Modulus::new(&number.to_bytes_be()).unwrap()
    }

    /// 2^127 - 1 and 2^89 - 1 are primes.
    fn primes() -> [BigUint; 2] {
        [127, 89].map(|exponent| (BigUint::from(1_u8) << exponent) - 1_u8)
    }

    #[test]
    fn knows_the_small_primes() {
        assert_eq!(SMALL_PRIMES.primes.len(), 6542);
        assert_eq!(SMALL_PRIMES.primes.last().map(|prime| *prime as usize), Some(LARGEST_FACTOR));
    }

    #[test]
    fn is_silent_on_a_product_of_two_primes() {
        let [one, other] = primes();
        let product = modulus(&(one * other));
        assert_eq!(product.small_factor(), None);
        assert_eq!(product.power(), None);
        assert!(!product.is_probably_prime());
    }

    #[test]
    fn finds_every_small_factor() {
        let [one, _] = primes();
        for prime in SMALL_PRIMES.primes.iter().step_by(97).chain([&65537]) {
            assert_eq!(modulus(&(&one * *prime)).small_factor(), Some(*prime));
        }
    }

    #[test]
    fn finds_primes_and_powers() {
        for prime in primes() {
            assert!(modulus(&prime).is_probably_prime());
            for exponent in [2, 3, 5, 7, 13] {
                assert_eq!(modulus(&prime.pow(exponent)).power(), Some(exponent));
            }
        }
        assert!(Modulus::new(&[4]).is_none());
    }

    proptest! {
        #[test]
        fn finds_the_smallest_factor(bytes in proptest::collection::vec(any::<u8>(), 2..80)) {
            let number = BigUint::from_bytes_be(&bytes) * 2_u8 + 3_u8;
            let zero = BigUint::ZERO;
            let factor = SMALL_PRIMES.primes.iter().find(|prime| {
                &number % **prime == zero && number != BigUint::from(**prime)
            });
            prop_assert_eq!(modulus(&number).small_factor(), factor.copied());
        }
    }
}
