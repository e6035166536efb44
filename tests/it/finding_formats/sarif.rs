//! SARIF, as GitHub and others read it.

use std::collections::BTreeSet;

use keyplan::check::Validated;
use keyplan::report::findings::FindingsFormat;
use serde_json::Value;

use super::{Expected, is_valid_by, json};
use crate::support::{Workspace, check};

fn results(sarif: &Value) -> &[Value] {
    sarif["runs"][0]["results"].as_array().unwrap()
}

/// The place of a result, with its path as it is.
fn place(location: &Value) -> (String, [u64; 4]) {
    let physical = &location["physicalLocation"];
    let region = &physical["region"];
    let numbers =
        ["startLine", "startColumn", "endLine", "endColumn"].map(|name| region[name].as_u64().unwrap());
    (decoded(physical["artifactLocation"]["uri"].as_str().unwrap()), numbers)
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, behind @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(&behind[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn fingerprints(sarif: &Value) -> Vec<&str> {
    results(sarif)
        .iter()
        .map(|result| result["partialFingerprints"]["keyplan/v1"].as_str().unwrap())
        .collect()
}

/// Holds the report against what was found.
pub(super) fn says(validated: &Validated, expected: &[Expected]) {
    let sarif = json(validated, FindingsFormat::Sarif);
    is_valid_by("sarif.json", &sarif);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(results(&sarif).len(), expected.len());
    for (result, expected) in results(&sarif).iter().zip(expected) {
        let Expected { is_error, rule, path, region, summary } = expected;
        assert_eq!(result["level"], if *is_error { "error" } else { "warning" });
        assert_eq!(result["ruleId"], *rule);
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], *rule);
        assert_eq!(place(&result["locations"][0]), (path.clone(), *region));
        let text = result["message"]["text"].as_str().unwrap();
        let is_link = text.match_indices("](").any(|(at, _)| !text[..at].ends_with('\\'));
        assert!(!is_link, "{text}");
        let plain = text.replace("\\[", "[").replace("\\]", "]").replace("\\\\", "\\");
        assert!(plain.starts_with(&summary.replace("\\\\", "\\")), "{text}\n{summary}");
    }
    let fingerprints = fingerprints(&sarif);
    assert_eq!(fingerprints.iter().collect::<BTreeSet<_>>().len(), fingerprints.len(), "unique in a run");
}

/// Whether there is no result.
pub(super) fn is_empty(validated: &Validated) {
    assert_eq!(results(&json(validated, FindingsFormat::Sarif)), [] as [Value; 0]);
}

/// So many unused keys, each a warning, and one error behind them.
fn many(count: usize) -> Validated {
    use std::fmt::Write as _;
    let mut text = String::from("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n");
    for number in 0..count {
        write!(
            text,
            "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c{number}, project: q}}\nspec: {{}}\n"
        )
        .unwrap();
    }
    text += "---\napiVersion: keyplan/v1\nkind: Nothing\n";
    check(&Workspace::with(&[("a.yaml", text.as_bytes())]).root)
}

#[test]
fn more_results_than_a_run_may_have_are_counted() {
    let validated = many(25_010);
    let sarif = json(&validated, FindingsFormat::Sarif);
    let left_out = validated.diagnostics.len() - 25_000;
    assert_eq!(results(&sarif).len(), 25_000);
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    let text = notification["message"]["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("{left_out} findings left out")), "{text}");
    is_valid_by("sarif.json", &sarif);
}

#[test]
fn a_fingerprint_stays_where_the_finding_moves() {
    let repeated = "apiVersion: keyplan/v1\nkind: Nothing\n---\napiVersion: keyplan/v1\nkind: Nothing\n";
    let of = |text: &str, path: &str| {
        let validated = check(&Workspace::with(&[(path, text.as_bytes())]).root);
        let sarif = json(&validated, FindingsFormat::Sarif);
        fingerprints(&sarif).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let before = of(repeated, "a.yaml");
    assert_eq!(before.len(), 2, "two that are equal but for their place");
    assert_ne!(before[0], before[1]);
    assert_eq!(of(&format!("# a comment\n\n{}", repeated.replace("kind:", "kind:    ")), "a.yaml"), before);
    assert!(of(repeated, "b.yaml").iter().all(|other| !before.contains(other)), "another file");
    let gitlab = check(&Workspace::with(&[("a.yaml", repeated.as_bytes())]).root);
    let gitlab = json(&gitlab, FindingsFormat::Gitlab);
    let of_gitlab: Vec<_> = gitlab.as_array().unwrap().iter().map(|issue| &issue["fingerprint"]).collect();
    assert_eq!(of_gitlab, before.iter().collect::<Vec<_>>(), "the same in every format");
}

/// A result carries its fix as a reader of SARIF applies it: by lines and columns, the last replacement first.
#[test]
fn sarif_has_the_fixes() {
    let before = "# ü 🙂\napiVersion: keyplan/v1\nkind: Team\nmetadata: {name: t, labels: {ü: 🙂, no: b}}\nspec: {members: [7]}\n";
    let after = before.replace("no:", "\"no\":").replace('7', "\"7\"");
    let workspace = Workspace::with(&[("a b.yaml", before.as_bytes())]);
    let sarif = json(&check(&workspace.root), FindingsFormat::Sarif);
    is_valid_by("sarif.json", &sarif);
    let mut text = before.to_owned();
    let mut replacements = Vec::new();
    for fix in results(&sarif).iter().filter_map(|result| result.get("fixes")) {
        let change = &fix[0]["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uri"], "access/a%20b.yaml");
        replacements.extend(change["replacements"].as_array().unwrap());
    }
    let at = |text: &str, line: u64, column: u64| {
        let number = |number: u64| usize::try_from(number).unwrap() - 1;
        let start: usize = text.split_inclusive('\n').take(number(line)).map(str::len).sum();
        start + text[start..].chars().take(number(column)).map(char::len_utf8).sum::<usize>()
    };
    replacements.sort_by_key(|it| std::cmp::Reverse(it["deletedRegion"]["startLine"].as_u64()));
    for replacement in replacements {
        let region = |name: &str| replacement["deletedRegion"][name].as_u64().unwrap();
        let start = at(&text, region("startLine"), region("startColumn"));
        let end = at(&text, region("endLine"), region("endColumn"));
        text.replace_range(start..end, replacement["insertedContent"]["text"].as_str().unwrap());
    }
    assert_eq!(text, after);
}
