//! Files that are generated from the program are what it generates. `make generate` writes them.

use std::fs;

use clap::ValueEnum;
use keyplan::cli::args::SchemaOf;
use keyplan::cli::exit_code::ExitCode;
use keyplan::cli::schema;
use keyplan::report::explain;

use crate::support::repository;

/// Compares a file with what it should be, or writes it when asked to.
fn is_current(path: &str, text: &str) {
    let path = repository().join(path);
    if std::env::var_os("KEYPLAN_GENERATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{path} is not current: run `make generate`");
}

#[test]
fn generated_schemas() {
    for &what in SchemaOf::value_variants() {
        let text = serde_json::to_string_pretty(&schema::of(what)).unwrap() + "\n";
        is_current(&format!("schemas/{}", schema::file(what)), &text);
    }
}

#[test]
fn generated_rule_reference() {
    is_current("docs/rules.md", &explain::reference());
}

#[test]
fn generated_exit_codes() {
    let path = repository().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- exit codes -->\n").expect("README.md marks the exit codes");
    let (_, after) = rest.split_once("<!-- end -->").expect("README.md marks the end of the exit codes");
    let text = format!("{before}<!-- exit codes -->\n{}<!-- end -->{after}", ExitCode::markdown());
    is_current("README.md", &text);
}
