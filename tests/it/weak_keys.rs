//! Keys whose private half anyone has or can find, made here: none passes, whatever it is dressed as.

use std::fs;

use camino::Utf8Path;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::validate;
use keyplan::openssh::{KeyType, PublicKey, wire};
use keyplan::source::walk::Folder;
use num_bigint::BigUint;
use sha2::{Digest as _, Sha256};

use crate::support::{PLAIN, Workspace, check, drawn};

/// A workspace with one key, which one cluster has.
fn workspace(key: &PublicKey) -> Workspace {
    let line = key.line();
    let text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\nspec:\n  publicKey: {line}\n---\n\
         apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c, project: p}}\nspec: {{sshKey: k}}\n"
    );
    Workspace::with(&[("access.yaml", text.as_bytes())])
}

fn rsa(modulus: &BigUint) -> PublicKey {
    let modulus = wire::integer(&modulus.to_bytes_be());
    PublicKey::new(wire::encode(&[b"ssh-rsa", &[1, 0, 1], &modulus]), "").unwrap()
}

fn rules_of(key: &PublicKey) -> Vec<&'static str> {
    let workspace = workspace(key);
    let validated = check(&workspace.root);
    let rules = validated.diagnostics.iter().map(|diagnostic| diagnostic.rule.name);
    // Of a FIDO key it is said, too, that it needs an sshd that knows it.
    rules.filter(|rule| *rule != "needs-newer-sshd").collect()
}

/// The first number from `start` on, in steps, without a prime factor up to 65537.
fn rough(start: BigUint, step: &BigUint) -> BigUint {
    let is_prime = |number: &u32| (2..=number.isqrt()).all(|divisor| !number.is_multiple_of(divisor));
    let primes: Vec<_> = (2_u32..=65537).filter(is_prime).collect();
    let is_rough = |number: &BigUint| primes.iter().all(|prime| number % *prime != BigUint::ZERO);
    std::iter::successors(Some(start), |number| Some(number + step)).find(is_rough).unwrap()
}

/// Two moduli of 3072 bits that are no worse than any other, but for how they are made.
fn close_primes() -> PublicKey {
    let one = rough((BigUint::from(5_u8) << 1533_u32) + 1_u8, &BigUint::from(2_u8));
    let other = rough(&one + 2_u8, &BigUint::from(2_u8));
    rsa(&(one * other))
}

fn roca() -> PublicKey {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    // The library takes the first 126 primes for keys of 1,984 to 3,968 bits.
    let product: BigUint = (2_u32..).filter(is_prime).take(126).map(BigUint::from).product();
    let prime = |bits: u64, power: u32| {
        let rest = BigUint::from(65537_u32).modpow(&power.into(), &product);
        rough((BigUint::from(3_u8) << (bits - product.bits())) * &product + rest, &product)
    };
    rsa(&(prime(1536, 123_456) * prime(1537, 654_321)))
}

#[test]
fn moduli_that_can_be_factored_are_refused() {
    assert_eq!(rules_of(&close_primes()), ["close-primes"]);
    assert_eq!(rules_of(&roca()), ["roca-key"]);
    for (name, key) in [("close-primes", close_primes()), ("roca-key", roca())] {
        insta::with_settings!({snapshot_path => "../snapshots/rules", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, drawn(&check(&workspace(&key).root), PLAIN));
        });
    }
}

#[test]
fn no_workspace_can_turn_these_rules_off() {
    for rule in ["published-key", "toy-key", "roca-key", "close-primes", "listed-key"] {
        let workspace = workspace(&roca());
        let settings = format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: w}}\nspec: {{rules: {{{rule}: off}}}}\n"
        );
        workspace.write("keyplan.yaml", settings.as_bytes());
        let rules: Vec<_> = check(&workspace.root).diagnostics.iter().map(|one| one.rule.name).collect();
        assert_eq!(rules, ["roca-key", "invalid-value"], "{rule}");
    }
}

/// A key that is refused is never kept as proven.
#[test]
fn a_refused_key_is_refused_again() {
    let key = close_primes();
    let workspace = workspace(&key);
    let home = tempfile::tempdir().unwrap();
    let seal = Utf8Path::from_path(home.path()).unwrap().join("seal");
    let cache = workspace.root.join(".keyplan/cache");
    for _ in 0..2 {
        let mut proofs = Proofs::open(Some(&cache), Some(&seal));
        let validated = validate(&Folder(&workspace.root), date(2026, 11, 22), &proofs).unwrap();
        assert_eq!(validated.diagnostics[0].rule.name, "close-primes");
        proofs.add(validated.proven);
        proofs.save().unwrap();
        assert!(!proofs.contains(key.fingerprint()));
    }
}

/// sshd takes a signature of a FIDO key from whoever has its private half, on a token or not.
#[test]
fn a_key_that_is_published_is_found_on_a_token_too() {
    let text = fs::read_to_string("tests/fixtures/rules/toy-key/bad-seed-of-zeros/access.yaml").unwrap();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("publicKey: ")).unwrap();
    let plain = PublicKey::from_line(line).unwrap();
    let point = plain.blob().last_chunk::<32>().unwrap();
    let name = KeyType::SkEd25519.name().as_bytes();
    let sk = PublicKey::new(wire::encode(&[name, point, b"ssh:"]), "").unwrap();
    assert_eq!([rules_of(&plain), rules_of(&sk)], [["toy-key"], ["toy-key"]]);
}

/// What badkeys would list the key by: its own way to look one up is a binary search for this.
fn record(key: &PublicKey) -> [u8; 16] {
    let Some(wire::Fields::Rsa { modulus, .. }) = key.fields() else { panic!("no RSA key") };
    let mut record = [7; 16];
    record[..15].copy_from_slice(&Sha256::digest(modulus)[..15]);
    record
}

/// A key that is known to be proven is looked up all the same: the list is newer.
#[test]
fn a_list_is_looked_into_each_time() {
    let one = rough((BigUint::from(5_u8) << 1533_u32) + 1_u8, &BigUint::from(2_u8));
    let other = rough((BigUint::from(7_u8) << 1533_u32) + 1_u8, &BigUint::from(2_u8));
    let key = rsa(&(one * other));
    let workspace = workspace(&key);
    let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {blocklist: lists/blocklist.dat}\n";
    workspace.write("keyplan.yaml", settings.as_bytes());
    let mut proofs = Proofs::default();
    proofs.add([*key.fingerprint()]);
    for (list, expected) in
        [(vec![[0; 16]], vec![]), (vec![[0; 16], record(&key), [0xff; 16]], vec!["listed-key"])]
    {
        workspace.write("lists/blocklist.dat", &list.concat());
        let validated = validate(&Folder(&workspace.root), date(2026, 11, 22), &proofs).unwrap();
        let rules: Vec<_> = validated.diagnostics.iter().map(|one| one.rule.name).collect();
        assert_eq!(rules, expected);
    }
}

#[test]
fn a_list_outside_or_missing_is_an_error_and_shows_nothing() {
    let outside = tempfile::tempdir().unwrap();
    let outside = Utf8Path::from_path(outside.path()).unwrap();
    fs::write(outside.join("list"), "# SHA256:\nTOKEN=a-secret\n").unwrap();
    for (path, rule) in [
        ("../list", "path-outside-workspace"),
        ("/etc/passwd", "path-outside-workspace"),
        ("link", "path-outside-workspace"),
        ("missing", "unreadable-file"),
        ("folder", "unreadable-file"),
        ("\"\"", "unreadable-file"),
        (".env", "invalid-value"),
        ("access.yaml", "invalid-value"),
    ] {
        let workspace = workspace(&rsa(&((BigUint::from(5_u8) << 2050_u32) + 1_u8)));
        workspace.write(".env", b"# SHA256:\nTOKEN=a-secret\n");
        workspace.write("folder/x", b"");
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.join("list"), workspace.root.join("link")).unwrap();
        let settings = format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: w}}\nspec: {{blocklist: {path}}}\n"
        );
        workspace.write("keyplan.yaml", settings.as_bytes());
        let validated = check(&workspace.root);
        assert!(validated.diagnostics.iter().any(|one| one.rule.name == rule), "{path}");
        assert!(!drawn(&validated, PLAIN).contains("a-secret"), "{path}");
    }
}

/// A hundred of the largest keys once took over a minute. These have a small factor, so that each is judged at once.
#[test]
fn no_more_large_keys_are_proven_than_there_is_time_for() {
    use std::fmt::Write as _;
    let mut text = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n".to_owned();
    for number in 0..12_u32 {
        let line = rsa(&((BigUint::from(1_u8) << 16383_u32) + (6 * number + 1))).line();
        let _ = write!(
            text,
            "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k{number}, project: p}}\nspec:\n  publicKey: {line}\n"
        );
    }
    let workspace = Workspace::with(&[("access.yaml", text.as_bytes())]);
    let validated = check(&workspace.root);
    let count = |rule: &str| validated.diagnostics.iter().filter(|one| one.rule.name == rule).count();
    assert_eq!(count("unproven-key"), 12 - 8);
    assert!(validated.desired.is_none() && validated.proven.len() <= 8);
}

#[test]
fn a_key_with_an_error_is_not_called_unused_as_well() {
    let text = "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {name: k, project: p}\nspec: {publicKey: ssh-rsa}\n";
    let workspace = Workspace::with(&[("access.yaml", text.as_bytes())]);
    let rules: Vec<_> = check(&workspace.root).diagnostics.iter().map(|one| one.rule.name).collect();
    assert_eq!(rules, ["empty-key"]);
}

/// What a path written in another way means is said, so that it works when it is followed.
#[test]
fn a_path_in_the_wrong_place_or_form_is_told_as_it_should_be() {
    for (spec, help) in [
        ("publicKey: file(\"keys/ops.pub\")", "write `publicKeyFile: keys/ops.pub`"),
        ("publicKey: ${file(\"keys/ops.pub\")}", "write `publicKeyFile: keys/ops.pub`"),
        ("publicKey: $(cat keys/ops.pub)", "write `publicKeyFile: keys/ops.pub`"),
        ("publicKey: keys/ops.pub", "write `publicKeyFile: keys/ops.pub`"),
        ("publicKeyFile: keys\\ops.pub", "write `keys/ops.pub`"),
        ("publicKeyFile: C:\\keys\\ops.pub", "write its path relative to this file"),
        ("publicKeyFile: keys/osp.pub", "did you mean `keys/ops.pub`?"),
        ("publicKeyFile: keys/ops", "did you mean `keys/ops.pub`?"),
        ("publicKeyFile: other/ops.pub", "check the path"),
        (
            "publicKey: |\n    # mine\n    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIigJobCavZbxEjczz4Kvfme7M4LTbQm3Yq+UF18hFa6",
            "description",
        ),
    ] {
        let text = format!(
            "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: p}}\n---\n\
             apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: k, project: p}}\nspec:\n  {spec}\n"
        );
        let workspace = Workspace::with(&[("access.yaml", text.as_bytes()), ("keys/ops.pub", b"ssh-rsa")]);
        let validated = check(&workspace.root);
        let helps: Vec<_> = validated.diagnostics.iter().filter_map(|one| one.help.clone()).collect();
        assert!(helps.iter().any(|said| said.contains(help)), "{spec}: {helps:?}");
    }
}
