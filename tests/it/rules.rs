//! Every rule: registered, documented, and shown to speak on bad input and to be silent on good.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8DirEntry, Utf8PathBuf};
use keyplan::diagnostics::{Check, Rule};
use keyplan::plan::GuardRule;
use keyplan::rules;

use crate::support::{PLAIN, check, drawn, repository};

fn fixtures() -> Vec<(String, String, Utf8PathBuf)> {
    let mut fixtures = Vec::new();
    let folder = repository().join("tests/fixtures/rules");
    for rule in folder.read_dir_utf8().unwrap().map(Result::unwrap) {
        for case in rule.path().read_dir_utf8().unwrap().map(Result::unwrap) {
            fixtures.push((rule.file_name().to_owned(), case.file_name().to_owned(), case.into_path()));
        }
    }
    fixtures.sort();
    fixtures
}

/// Rules without stored fixtures: their tests make keys afresh.
const WITHOUT_FIXTURES: [&str; 4] = ["close-primes", "private-key", "roca-key", "unproven-key"];

#[test]
fn every_file_is_registered_under_its_own_name() {
    let files = repository().join("src/rules").read_dir_utf8().unwrap().map(|file| file.unwrap());
    // A large rule is a folder.
    let text = |file: &Utf8DirEntry| {
        let path = file.path();
        fs::read_to_string(if path.is_dir() { path.join("mod.rs") } else { path.to_owned() }).unwrap()
    };
    let with_rule = files.filter(|file| text(file).contains("static RULE: Rule"));
    let names: BTreeSet<_> =
        with_rule.map(|file| file.file_name().trim_end_matches(".rs").replace('_', "-")).collect();
    let registered: BTreeSet<_> = rules::ALL.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(
        names, registered,
        "add the file's name to `rules!` in src/rules/mod.rs, and name its rule alike"
    );
    assert!(rules::ALL.is_sorted_by_key(|rule| rule.name), "keep `rules!` in the order of names");
}

#[test]
fn every_guard_is_a_rule_that_looks_at_a_plan() {
    let of_plans = rules::ALL.iter().filter(|rule| matches!(rule.check, Check::Plan));
    let guards: BTreeSet<_> = GuardRule::WORDS.iter().copied().collect();
    assert_eq!(of_plans.map(|rule| rule.name).collect::<BTreeSet<_>>(), guards);
}

#[test]
fn every_rule_is_documented_in_the_same_four_parts() {
    for rule in rules::ALL {
        let headings: Vec<_> =
            rule.docs.lines().filter(|line| line.starts_with('#') && line.contains("###")).collect();
        let expected = ["### What it does", "### Why", "### Example", "### Remedy"];
        assert_eq!(headings, expected, "{}", rule.name);
        assert!(rule.docs.lines().all(|line| line.chars().count() <= 110), "{} has a long line", rule.name);
        assert!(!rule.summary.is_empty(), "{} has no summary", rule.name);
    }
}

#[test]
fn every_rule_has_a_bad_and_a_good_fixture() {
    let fixtures = fixtures();
    let is_guard = |rule: &Rule| matches!(rule.check, Check::Plan);
    for rule in rules::ALL.iter().filter(|rule| !is_guard(rule) && !WITHOUT_FIXTURES.contains(&rule.name)) {
        for kind in ["bad-", "ok-"] {
            let has = fixtures.iter().any(|(name, case, _)| name == rule.name && case.starts_with(kind));
            assert!(has, "add tests/fixtures/rules/{}/{kind}.../access.yaml", rule.name);
        }
    }
    for (rule, case, _) in &fixtures {
        assert!(rules::ALL.iter().any(|known| known.name == rule), "{rule}/{case} is of no rule");
    }
}

#[test]
fn a_good_fixture_has_no_finding_at_all() {
    for (rule, case, path) in fixtures().iter().filter(|(_, case, _)| case.starts_with("ok-")) {
        let validated = check(path);
        assert!(validated.diagnostics.is_empty(), "{rule}/{case}:\n{}", drawn(&validated, PLAIN));
        assert!(validated.desired.is_some(), "{rule}/{case}");
    }
}

#[test]
fn a_bad_fixture_has_its_finding_and_reads_well() {
    for (rule, case, path) in fixtures().iter().filter(|(_, case, _)| case.starts_with("bad-")) {
        let validated = check(path);
        assert!(
            validated.diagnostics.iter().any(|diagnostic| diagnostic.rule.name == rule),
            "{rule}/{case} does not show its rule:\n{}",
            drawn(&validated, PLAIN)
        );
        insta::with_settings!({snapshot_path => "../snapshots/rules", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("{rule}-{case}"), drawn(&validated, PLAIN));
        });
    }
}

#[test]
fn every_label_and_every_help_follows_the_house_style() {
    for (rule, case, path) in fixtures() {
        for diagnostic in check(&path).diagnostics {
            let what = format!("{rule}/{case}: {}", diagnostic.rule.name);
            assert!(!diagnostic.labels.is_empty(), "{what}: no place");
            assert!(diagnostic.help.is_some(), "{what}: no help");
            let texts = diagnostic.labels.iter().map(|(_, text)| text).chain([&diagnostic.summary]);
            for text in texts.chain(&diagnostic.help) {
                assert!(!text.ends_with('.') || text.ends_with("..."), "{what}: a final period: {text}");
                let proper =
                    ["YAML", "RSA", "SSH", "OpenSSH", "Palette", "Azure", "FIDO", "DSA", "Ed25519", "U+"];
                let is_proper = proper.iter().any(|name| text.starts_with(name));
                assert!(!text.starts_with(|first: char| first.is_uppercase()) || is_proper, "{what}: {text}");
            }
        }
    }
}
