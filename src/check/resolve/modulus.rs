//! The arithmetic of an RSA modulus: small factors, powers, and whether it is a prime.

use std::sync::LazyLock;

use num_bigint::BigUint;

/// Prime factors up to here are found.
const LARGEST_FACTOR: usize = 65537;

/// An odd number of many bits.
pub(super) struct Modulus {
    limbs: Vec<u64>,
    number: BigUint,
}

impl Modulus {
    /// The number of these big-endian bytes, if it is odd and above 1.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let number = BigUint::from_bytes_be(bytes);
        (number.bit(0) && number.bits() > 1).then(|| Self { limbs: number.to_u64_digits(), number })
    }

    pub(super) const fn number(&self) -> &BigUint {
        &self.number
    }

    /// Its smallest odd prime factor up to 65537, other than itself.
    pub(super) fn small_factor(&self) -> Option<u32> {
        for group in &SMALL_PRIMES.groups {
            let residue = self.residue(group);
            for prime in &SMALL_PRIMES.primes[group.first..group.end] {
                if residue.is_multiple_of(u64::from(*prime)) && self.number != BigUint::from(*prime) {
                    return Some(*prime);
                }
            }
        }
        None
    }

    /// A number that the primes of a group divide exactly when they divide this one. Divisions are made exact
    /// by taking from each limb what is left of those below it, which needs products only.
    fn residue(&self, group: &PrimeGroup) -> u64 {
        let mut left = 0_u64;
        for limb in &self.limbs {
            let (difference, borrow) = limb.overflowing_sub(left);
            let quotient = difference.wrapping_mul(group.inverse);
            left = high(quotient, group.product) + u64::from(borrow);
        }
        left
    }

    /// The prime exponent that it is a power with, for a base without small factors.
    pub(super) fn power(&self) -> Option<u32> {
        let largest = usize::try_from(self.number.bits() / 16).unwrap_or(usize::MAX);
        SMALL_PRIMES
            .primes
            .iter()
            .copied()
            .take_while(|exponent| *exponent as usize <= largest)
            .chain([2])
            .filter(|exponent| self.may_be_power(*exponent))
            .find(|exponent| self.number.nth_root(*exponent).pow(*exponent) == self.number)
    }

    /// Whether it is a power with this exponent modulo some primes, as every power is, and few others are.
    fn may_be_power(&self, exponent: u32) -> bool {
        let moduli = (1..).map(|factor| factor * exponent + 1).take_while(|modulus| *modulus < 65537);
        moduli.filter(|modulus| SMALL_PRIMES.primes.binary_search(modulus).is_ok()).take(6).all(|modulus| {
            let residue = (&self.number % modulus).to_u32_digits().first().copied().unwrap_or(0);
            residue == 0 || power_modulo(residue, (modulus - 1) / exponent, modulus) == 1
        })
    }

    /// Whether it passes Fermat's test with the base 2, as every prime does. Squarings are all it takes, in
    /// Montgomery's form.
    pub(super) fn is_probably_prime(&self) -> bool {
        let width = self.limbs.len();
        let one = padded(&((BigUint::from(1_u8) << (64 * width)) % &self.number), width);
        let negative_inverse = inverse(self.limbs[0]).wrapping_neg();
        let mut power = one.clone();
        let mut square = vec![0; 2 * width];
        // From the top: square, and double where the exponent has a bit. The exponent is one less than the
        // number: its lowest bit is not set.
        for bit in (0..self.number.bits()).rev() {
            square_into(&power, &mut square);
            reduce(&mut square, &self.limbs, negative_inverse, &mut power);
            if bit > 0 && self.number.bit(bit) {
                double(&mut power, &self.limbs);
            }
        }
        power == one
    }
}

/// A product of primes that fits into a limb.
struct PrimeGroup {
    product: u64,
    /// The inverse of the product modulo 2^64.
    inverse: u64,
    first: usize,
    end: usize,
}

struct SmallPrimes {
    primes: Vec<u32>,
    groups: Vec<PrimeGroup>,
}

/// The odd primes up to the largest factor.
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
    let mut groups = Vec::new();
    let mut first = 0;
    while first < primes.len() {
        let (mut product, mut end) = (1_u64, first);
        while let Some(more) = primes.get(end).and_then(|prime| product.checked_mul(u64::from(*prime))) {
            product = more;
            end += 1;
        }
        groups.push(PrimeGroup { product, inverse: inverse(product), first, end });
        first = end;
    }
    SmallPrimes { primes, groups }
});

/// The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

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

fn padded(number: &BigUint, width: usize) -> Vec<u64> {
    let mut limbs = number.to_u64_digits();
    limbs.resize(width, 0);
    limbs
}

const fn high(one: u64, other: u64) -> u64 {
    ((one as u128 * other as u128) >> 64) as u64
}

/// `addend + one * other + carry` as two limbs, lower first: it cannot overflow.
#[expect(clippy::cast_possible_truncation, reason = "both halves of a double limb are limbs")]
const fn multiply_add(addend: u64, one: u64, other: u64, carry: u64) -> (u64, u64) {
    let sum = one as u128 * other as u128 + addend as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// Adds `factor * number` to the limbs of `sum`, which are as many; returns what is carried.
///
/// All the time of a proof is spent here: it is written so that it is not slow without optimisation either.
#[expect(clippy::cast_possible_truncation, reason = "both halves of a double limb are limbs")]
fn add_product(sum: &mut [u64], number: &[u64], factor: u64) -> u64 {
    let number = &number[..sum.len()];
    let factor = u128::from(factor);
    let (mut place, mut carry) = (0, 0_u64);
    while place < number.len() {
        let product = u128::from(number[place]) * factor + u128::from(sum[place]) + u128::from(carry);
        sum[place] = product as u64;
        carry = (product >> 64) as u64;
        place += 1;
    }
    carry
}

/// The square of a number: each mixed product once, all of them doubled, and the squares of the limbs added.
fn square_into(number: &[u64], square: &mut [u64]) {
    square.fill(0);
    let width = number.len();
    for (place, digit) in number.iter().enumerate() {
        let carry = add_product(&mut square[2 * place + 1..place + width], &number[place + 1..], *digit);
        square[place + width] = carry;
    }
    let (mut shifted, mut carry) = (0, 0);
    for (digit, pair) in number.iter().zip(square.chunks_exact_mut(2)) {
        let doubled = [pair[0] << 1 | shifted, pair[1] << 1 | pair[0] >> 63];
        shifted = pair[1] >> 63;
        let (low, upper) = multiply_add(doubled[0], *digit, *digit, carry);
        let (high, overflow) = doubled[1].overflowing_add(upper);
        (pair[0], pair[1], carry) = (low, high, u64::from(overflow));
    }
}

/// Montgomery's reduction: `wide / 2^(64 * width)` modulo the modulus.
fn reduce(wide: &mut [u64], modulus: &[u64], negative_inverse: u64, reduced: &mut [u64]) {
    let width = modulus.len();
    let mut overflow = 0;
    for place in 0..width {
        let factor = wide[place].wrapping_mul(negative_inverse);
        let carry = add_product(&mut wide[place..place + width], modulus, factor);
        let (sum, first) = wide[place + width].overflowing_add(carry);
        let (sum, second) = sum.overflowing_add(overflow);
        (wide[place + width], overflow) = (sum, u64::from(first) + u64::from(second));
    }
    reduced.copy_from_slice(&wide[width..]);
    if overflow > 0 || !is_below(reduced, modulus) {
        subtract(reduced, modulus);
    }
}

fn double(number: &mut [u64], modulus: &[u64]) {
    let mut carry = 0;
    for limb in number.iter_mut() {
        (*limb, carry) = (*limb << 1 | carry, *limb >> 63);
    }
    if carry > 0 || !is_below(number, modulus) {
        subtract(number, modulus);
    }
}

fn is_below(number: &[u64], other: &[u64]) -> bool {
    number.iter().rev().lt(other.iter().rev())
}

fn subtract(number: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (limb, digit) in number.iter_mut().zip(other) {
        let (difference, first) = limb.overflowing_sub(*digit);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (difference, first || second);
    }
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
        fn agrees_with_another_way(bytes in proptest::collection::vec(any::<u8>(), 2..80)) {
            let number = BigUint::from_bytes_be(&bytes) * 2_u8 + 3_u8;
            let two = BigUint::from(2_u8);
            let expected = two.modpow(&(&number - 1_u8), &number) == BigUint::from(1_u8);
            prop_assert_eq!(modulus(&number).is_probably_prime(), expected);
            let zero = BigUint::ZERO;
            let factor = SMALL_PRIMES.primes.iter().find(|prime| {
                &number % **prime == zero && number != BigUint::from(**prime)
            });
            prop_assert_eq!(modulus(&number).small_factor(), factor.copied());
        }
    }
}
