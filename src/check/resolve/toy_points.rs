//! The public keys of private halves that anyone can count up to, by one coordinate: a point and its negative
//! have the same one, and the private half of one is that of the other.

use std::collections::HashMap;
use std::sync::LazyLock;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use data_encoding::HEXLOWER;
use num_bigint::BigUint;
use sha2::{Digest as _, Sha512};

use crate::openssh::wire::Fields;
use crate::openssh::{KeyType, PublicKey, bits_of};
use crate::rules::toy_key::Toy;

/// Private halves up to here are found.
const LARGEST: usize = 1000;

/// The largest prime of a DSA key, in bits, whose group is counted through: sshd takes 1024 bits alone.
const LARGEST_DSA: usize = 4096;

/// Points by a coordinate, in as many bytes as their curve has.
type Points = HashMap<Vec<u8>, Toy>;

/// How the private half of a key can be guessed, if it can.
pub(super) fn toy(key: &PublicKey) -> Option<Toy> {
    match key.fields()? {
        Fields::Ed25519 { point } | Fields::SkEd25519 { point, .. } | Fields::MlDsa44Ed25519 { point } => {
            EDWARDS.get(without_sign(*point).as_slice()).copied()
        }
        Fields::Ecdsa { point } | Fields::SkEcdsa { point, .. } => {
            let points = match key.key_type() {
                KeyType::EcdsaP384 => &P384,
                KeyType::EcdsaP521 => &P521,
                _ => &P256,
            };
            // Behind the byte that says uncompressed, x comes first.
            points.get(point.get(1..=(point.len() / 2))?).copied()
        }
        Fields::Dsa { prime, generator, power } => is_small_power(prime, generator, power),
        Fields::Rsa { .. } => None,
    }
}

fn is_small_power(prime: &[u8], generator: &[u8], power: &[u8]) -> Option<Toy> {
    if bits_of(prime) > LARGEST_DSA {
        return None;
    }
    let [prime, generator, power] = [prime, generator, power].map(BigUint::from_bytes_be);
    let (power, mut product) = (power % &prime, BigUint::from(1_u8));
    (0..=LARGEST)
        .any(|_| {
            let is_it = product == power;
            product = &product * &generator % &prime;
            is_it
        })
        .then_some(Toy::SmallNumber)
}

/// The bytes of an Ed25519 point without the sign of its x.
const fn without_sign(mut bytes: [u8; 32]) -> [u8; 32] {
    bytes[31] &= 0x7f;
    bytes
}

static EDWARDS: LazyLock<Points> = LazyLock::new(|| {
    let mut points = Points::new();
    let mut add = |point: EdwardsPoint, toy| {
        points.insert(without_sign(point.compress().to_bytes()).into(), toy);
    };
    let mut multiple = ED25519_BASEPOINT_POINT;
    for _ in 0..LARGEST {
        add(multiple, Toy::SmallNumber);
        multiple += ED25519_BASEPOINT_POINT;
    }
    for byte in 0..=u8::MAX {
        add(of_seed(&[byte; 32]), Toy::PlainSeed);
    }
    for first in [0, 1] {
        let mut seed = [0; 32];
        for (number, byte) in (first..).zip(&mut seed) {
            *byte = number;
        }
        add(of_seed(&seed), Toy::PlainSeed);
        seed.reverse();
        add(of_seed(&seed), Toy::PlainSeed);
    }
    for seed in ED25519_EXAMPLES {
        add(of_seed(&bytes_of(seed)), Toy::Example);
    }
    points
});

/// The public key of an Ed25519 private key: RFC 8032, section 5.1.5.
fn of_seed(seed: &[u8]) -> EdwardsPoint {
    let digest: [u8; 64] = Sha512::digest(seed).into();
    let mut scalar = [0; 32];
    scalar.copy_from_slice(&digest[..32]);
    EdwardsPoint::mul_base_clamped(scalar)
}

/// Makes the table of a NIST curve from the crate that has it.
macro_rules! points {
    ($curve:ident, $examples:expr) => {
        LazyLock::new(|| {
            use $curve::elliptic_curve::point::AffineCoordinates as _;
            use $curve::{NonZeroScalar, ProjectivePoint};

            let mut multiple = ProjectivePoint::GENERATOR;
            let mut points = Points::new();
            for _ in 0..LARGEST {
                points.insert(multiple.to_affine().x().to_vec(), Toy::SmallNumber);
                multiple += ProjectivePoint::GENERATOR;
            }
            let examples =
                $examples.iter().filter_map(|number| NonZeroScalar::try_from(&bytes_of(number)[..]).ok());
            points.extend(examples.map(|scalar| {
                ((ProjectivePoint::GENERATOR * *scalar).to_affine().x().to_vec(), Toy::Example)
            }));
            points
        })
    };
}

static P256: LazyLock<Points> = points!(p256, P256_EXAMPLES);
static P384: LazyLock<Points> = points!(p384, P384_EXAMPLES);
static P521: LazyLock<Points> = points!(p521, P521_EXAMPLES);

/// The private keys of RFC 8032, section 7.1, of which RFC 8037 has the first too.
const ED25519_EXAMPLES: [&str; 5] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
];

/// The private keys of RFC 6979 (A.2.5), RFC 4754 (8.1), RFC 7515 (A.3), RFC 7517 (A.2) and RFC 9500 (2.3).
const P256_EXAMPLES: [&str; 5] = [
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    "dc51d3866a15bacde33d96f992fca99da7e6ef0934e7097559c27f1614c88a7f",
    "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2",
    "f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801",
    "e6cb5bdd80aa45ae9c95e8c15476679ffec953c16851e711e743939589c64fc1",
];

/// The private keys of RFC 6979 (A.2.6), RFC 4754 (8.2) and RFC 9500 (2.3).
const P384_EXAMPLES: [&str; 3] = [
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
    "0beb646634ba87735d77ae4809a0ebea865535de4c1e1dcb692e84708e81a5af62e528c38b2a81b35309668d73524d9f",
    "e2563328dfabf68188606b91324281c1d58a4456431b09d510b35fecc9f307ca1822846fa2671371a9a81bac0e35749d",
];

/// The private keys of RFC 6979 (A.2.7), RFC 4754 (8.3), RFC 7515 (A.4) and RFC 9500 (2.3).
const P521_EXAMPLES: [&str; 4] = [
    "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc14\
     66f6d8fbec67db89ec0c08b0e996b83538",
    "0065fda3409451dcab0a0ead45495112a3d813c17bfd34bdf8c1209d7df5849120597779060a7ff9d704adf78b570ffad6\
     f062e95c7e0c5d5481c5b153b48b375fa1",
    "018e696fb034505881dd110b483eb87d32ce495fe36b3745edf2d8cae4f0f2539f4615a0e98eab52b3c0c5eac4ce075185\
     a8e7bb47deac1d1de77bccf66135e63d82",
    "01d924dcca0a887f8d99767a37d874e637a12ccb477d6e08665356694d68b7655e5069638fde7b45c854013dc77a35b186\
     55b84c966a60220d40f91ed9f5145802ea",
];

/// The bytes of a number in hexadecimal digits, two for each.
fn bytes_of(digits: &str) -> Vec<u8> {
    HEXLOWER.decode(digits.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::scalar::Scalar;
    use num_bigint::BigUint;

    use super::{ED25519_BASEPOINT_POINT, LARGEST, P256, P384, P521, Points, bytes_of, of_seed, toy};
    use crate::openssh::PublicKey;
    use crate::openssh::wire::{encode, integer};
    use crate::rules::toy_key::Toy;

    fn ed25519(point: &[u8]) -> [Option<Toy>; 2] {
        let plain = encode(&[b"ssh-ed25519", point]);
        let sk = encode(&[b"sk-ssh-ed25519@openssh.com", point, b"ssh:"]);
        [plain, sk].map(|blob| toy(&PublicKey::new(blob, "").unwrap()))
    }

    #[test]
    fn every_small_multiple_of_the_ed25519_base_point_is_found_and_its_negative() {
        for number in [1_u64, 2, 3, 999, 1000] {
            let point = ED25519_BASEPOINT_POINT * Scalar::from(number);
            for point in [point, -point] {
                assert_eq!(ed25519(point.compress().as_bytes()), [Some(Toy::SmallNumber); 2], "{number}");
            }
        }
        let next = ED25519_BASEPOINT_POINT * Scalar::from(1001_u64);
        assert_eq!(ed25519(next.compress().as_bytes()), [None; 2]);
    }

    /// What RFC 8032 gives as the public keys of its examples, and what anyone gets for a seed of zeros.
    #[test]
    fn seeds_give_the_keys_that_others_give() {
        for (public, expected) in [
            ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Toy::Example),
            ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Toy::Example),
            ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", Toy::Example),
            ("278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e", Toy::Example),
            ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", Toy::Example),
            ("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29", Toy::PlainSeed),
        ] {
            assert_eq!(ed25519(&bytes_of(public)), [Some(expected); 2]);
        }
        let counting: Vec<u8> = (0..32).collect();
        for seed in [vec![0xff; 32], vec![0x42; 32], counting] {
            assert_eq!(ed25519(of_seed(&seed).compress().as_bytes()), [Some(Toy::PlainSeed); 2]);
        }
        assert_eq!(ed25519(of_seed(b"32 bytes that nobody else counts").compress().as_bytes()), [None; 2]);
    }

    fn kinds(points: &Points) -> [usize; 2] {
        [Toy::SmallNumber, Toy::Example].map(|toy| points.values().filter(|found| **found == toy).count())
    }

    #[test]
    fn nist_points_are_found_and_their_negatives() {
        macro_rules! check {
            ($curve:ident, $name:literal) => {{
                use $curve::{ProjectivePoint, Scalar};
                let of = |point: ProjectivePoint| {
                    let point = $curve::EncodedPoint::from(point.to_affine());
                    let name = concat!("ecdsa-sha2-", $name).as_bytes();
                    toy(&PublicKey::new(encode(&[name, $name.as_bytes(), point.as_bytes()]), "").unwrap())
                };
                for number in [1_u64, 2, 999, 1000] {
                    let point = ProjectivePoint::GENERATOR * Scalar::from(number);
                    assert_eq!([of(point), of(-point)], [Some(Toy::SmallNumber); 2], "{number}");
                }
                assert_eq!(of(ProjectivePoint::GENERATOR * Scalar::from(1001_u64)), None);
            }};
        }
        check!(p256, "nistp256");
        check!(p384, "nistp384");
        check!(p521, "nistp521");
        assert_eq!(kinds(&P256), [LARGEST, 5]);
        assert_eq!(kinds(&P384), [LARGEST, 3]);
        assert_eq!(kinds(&P521), [LARGEST, 4]);
    }

    /// The x that the RFCs print beside the private keys.
    #[test]
    fn examples_have_the_points_that_are_printed() {
        let is_example = |points: &Points, x: &str| points.get(&bytes_of(x)) == Some(&Toy::Example);
        for x in [
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
            "2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e970",
            "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445",
            "30a0424cd21c2944838a2d75c92b37e76ea20d9f00893a3b4eee8a3c0aafec3e",
            "422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5b1",
        ] {
            assert!(is_example(&P256, x), "{x}");
        }
        for x in [
            "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
            "96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea5ce10c9dfec21797415710721f437922",
            "5b0901b88523296eb919d50ffa1a9cb374bc4d409586282bfeca11b1d95adbb54734af570bf82b7228cf226bcf4c25dd",
        ] {
            assert!(is_example(&P384, x), "{x}");
        }
        for x in [
            "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d5370a7f20fb63315\
             5d38ffa16d2bd761dcac474b9a2f5023a4",
            "0151518f1af0f563517edd5485190df95a4bf57b5cba4cf2a9a3f6474725a35f7afe0a6ddeb8bedbcd6a197e592d401889\
             01cecd650699c9b5e456aea5add19052a8",
            "01e929050f124fc6bc55c7d5393365df9def4ab0c22cb25798f934eb04e3c6bae3701a57a7910e9d81bf363159e8ebcb15\
             5d6349f4bdb6ccf8a94c5c59c7aac101a4",
            "01d0fd7257a84c747f562575c07385dbebf2f52bea58083db82fdd1531d8aae3cc875ff02ff7fa2da260d8eb62d6d2f5d6\
             49278e321736a0628cbbb30308b6e618db",
        ] {
            assert!(is_example(&P521, x), "{x}");
        }
    }

    #[test]
    fn a_dsa_key_that_is_a_small_power_is_found() {
        // What is prime and what the order is makes no difference to that.
        let prime = (BigUint::from(1_u8) << 1023_u32) + 1155_u32;
        let dsa = |power: u32| {
            let generator = BigUint::from(0x1234_5678_u32).pow(20);
            let number = |number: &BigUint| integer(&number.to_bytes_be());
            let key = generator.modpow(&power.into(), &prime);
            let fields = [number(&prime), vec![101], number(&generator), number(&key)];
            let [p, q, g, y] = fields.each_ref().map(Vec::as_slice);
            toy(&PublicKey::new(encode(&[b"ssh-dss", p, q, g, y]), "").unwrap())
        };
        assert_eq!(
            [0, 1, 2, 1000, 1001].map(dsa),
            [
                Some(Toy::SmallNumber),
                Some(Toy::SmallNumber),
                Some(Toy::SmallNumber),
                Some(Toy::SmallNumber),
                None
            ]
        );
    }
}
