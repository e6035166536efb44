//! Every package that Cargo.lock can bring in is under a licence that `deny.toml` allows.
//!
//! `cargo deny check licenses` says the same and more; this needs nothing but cargo, so it runs everywhere.

#![expect(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::process::Command;

use crate::support::skipped;

/// A package's name and version, and its licence as its manifest has it.
struct Package {
    name: String,
    licence: Option<String>,
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let Some(packages) = packages() else { return };
    let allowed = allowed(include_str!("../../deny.toml"));
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package.licence.as_deref().is_some_and(|licence| is_allowed(licence, &allowed)))
        .map(|Package { name, licence }| {
            format!("{name}: {}", licence.as_deref().unwrap_or("no licence named"))
        })
        .collect();
    assert!(
        refused.is_empty(),
        "deny.toml does not allow the licence of:\n  {}\n\
         choose another crate, or add the licence to [licenses] with the reason in the commit",
        refused.join("\n  "),
    );
}

#[test]
fn reads_licence_expressions() {
    let allowed =
        BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0", "GPL-2.0 WITH Classpath-exception-2.0"]);
    for licence in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0 OR MIT",
        "GPL-3.0/MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "GPL-3.0 AND ISC OR MIT",
        "Apache-2.0 WITH LLVM-exception OR MIT",
        "GPL-2.0 WITH Classpath-exception-2.0",
    ] {
        assert!(is_allowed(licence, &allowed), "{licence}");
    }
    for licence in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "MIT OR",
        "(MIT",
        "MIT Apache-2.0",
        "MIT)",
        "(MIT OR GPL-3.0) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-2.0",
    ] {
        assert!(!is_allowed(licence, &allowed), "{licence}");
    }
}

/// Every package of the lock file, for every platform; `None` where cargo does not have them all at hand,
/// which is an error under `KEYPLAN_TEST_REQUIRE`.
fn packages() -> Option<Vec<Package>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    if !output.status.success() {
        skipped("cargo does not have every package at hand; run `cargo fetch --locked` first");
        return None;
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    assert!(packages.len() > 100, "only {} packages: the list is not what it was", packages.len());
    Some(
        packages
            .iter()
            .map(|package| Package {
                name: format!("{} {}", package["name"], package["version"]).replace('"', ""),
                licence: package["license"].as_str().map(str::to_owned),
            })
            .collect(),
    )
}

/// The list `allow` of the table `[licenses]`.
fn allowed(deny: &str) -> BTreeSet<&str> {
    let (_, table) = deny.split_once("\n[licenses]\n").expect("deny.toml has [licenses]");
    let (_, list) = table.split_once("\nallow = [").expect("[licenses] has a list `allow`");
    let (list, _) = list.split_once(']').expect("the list ends");
    list.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect()
}

/// Whether an SPDX expression, or an old one with slashes, can be met from `allowed`. What cannot be read is
/// not allowed.
fn is_allowed(licence: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words, allowed) == Some(true) && words.next().is_none()
}

/// Alternatives: `all OR all ...`.
fn any_of<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

/// Conditions: `one AND one ...`, where one is a licence, perhaps with an exception, or alternatives in
/// parentheses.
fn all_of<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = true;
    loop {
        met &= match words.next()? {
            "(" => {
                let inner = any_of(words, allowed)?;
                words.next_if_eq(&")")?;
                inner
            }
            "OR" | "AND" | "WITH" | ")" => return None,
            name if words.next_if_eq(&"WITH").is_some() => {
                let exception = words.next()?;
                allowed.contains(format!("{name} WITH {exception}").as_str())
            }
            name => allowed.contains(name),
        };
        if words.next_if_eq(&"AND").is_none() {
            return Some(met);
        }
    }
}
