//! The example, broken in ten places in four files: all of them are seen in one run, and the whole
//! output reads well in every way that it can be shown.

use crate::support::{PLAIN, Workspace, check, drawn, keyplan, repository, stdout};
use keyplan::report::view::View;

fn snapshot(name: &str, view: View) {
    let validated = check(&repository().join("tests/fixtures/broken-acme"));
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, drawn(&validated, view));
    });
}

#[test]
fn reads_well_without_colour() {
    snapshot("broken-acme", PLAIN);
}

#[test]
fn reads_well_in_colour() {
    snapshot("broken-acme-in-colour", View { color: true, ..PLAIN });
}

#[test]
fn reads_well_in_ascii() {
    snapshot("broken-acme-in-ascii", View { unicode: false, ..PLAIN });
}

#[test]
fn reads_well_aloud() {
    snapshot("broken-acme-accessible", View { accessible: true, ..PLAIN });
}

#[test]
fn no_line_is_wider_than_the_terminal_beyond_what_a_label_needs() {
    let validated = check(&repository().join("tests/fixtures/broken-acme"));
    for line in drawn(&validated, PLAIN).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn the_example_itself_is_valid() {
    let examples = repository().join("examples");
    for example in examples.read_dir_utf8().unwrap().map(Result::unwrap) {
        let output = keyplan(&examples, &["validate", example.file_name()]);
        assert!(stdout(&output).starts_with("valid:"), "{}", stdout(&output));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn one_problem_never_hides_another() {
    // Each of these is broken on its own; together they must give the sum.
    let documents = [
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: a}\nspec: {members: [{user: x}]}\n",
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: b, colour: red}\n",
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: c}\nspec: [\n",
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: d}\nspec: {members: 7}\n",
        "apiVersion: keyplan/v2\nkind: Teem\n",
        "apiVersion: keyplan/v1\nkind: Team\nmetadata: {name: 12, labels: {a: true}}\n",
    ];
    let found = |texts: &[&str]| {
        let workspace = Workspace::with(&[("a.yaml", texts.join("---\n").as_bytes())]);
        let mut rules: Vec<_> =
            check(&workspace.root).diagnostics.iter().map(|diagnostic| diagnostic.rule.name).collect();
        rules.sort_unstable();
        rules
    };
    let mut alone: Vec<_> = documents.iter().flat_map(|document| found(&[document])).collect();
    alone.sort_unstable();
    assert_eq!(found(&documents), alone);
    assert_eq!(alone.len(), 9, "{alone:?}");
}
