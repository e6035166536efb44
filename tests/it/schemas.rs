//! The schema that an editor checks with and the loader agree on the shape of a document: both see all
//! fixtures, good and bad.

use std::fs;

use clap::ValueEnum;
use keyplan::check::validate;
use keyplan::cli::args::SchemaOf;
use keyplan::cli::schema;
use keyplan::diagnostics::{Check, Diagnostic};
use keyplan::rules;
use keyplan::source::walk::Texts;
use keyplan::source::yaml;
use serde_json::Value;

use crate::support::{TODAY, keyplan, repository, stdout};

/// Rules that are about shape, and nothing else.
const SHAPE: [&str; 6] =
    ["unknown-kind", "unknown-api-version", "unknown-field", "missing-field", "wrong-type", "unknown-role"];

/// What a schema cannot see: what YAML 1.1 would read otherwise, tags, and fields that a reader has
/// merged.
fn only_the_loader_sees(diagnostic: &Diagnostic) -> bool {
    diagnostic.summary.contains("YAML 1.1")
        || diagnostic.summary.contains("has a tag")
        || diagnostic.summary.contains("given twice")
}

#[test]
fn agree_on_every_fixture() {
    let schema = jsonschema::validator_for(&schema::of(SchemaOf::Declaration)).unwrap();
    let (mut good, mut bad) = (0, 0);
    for entry in
        walkdir::WalkDir::new(repository().join("tests/fixtures/rules")).into_iter().map(Result::unwrap)
    {
        let path = entry.path().to_str().unwrap();
        if !(path.ends_with(".yaml") || path.ends_with(".yml")) {
            continue;
        }
        let Ok(text) = fs::read_to_string(path) else { continue };
        let read = yaml::read(&text);
        for document in read.documents().iter().filter(|document| !document.broken) {
            let Some(root) = document.root else { continue };
            let Ok(value) = yaml::decode::<Value>(&read, &text, root) else { continue };
            if value == Value::Null {
                continue;
            }
            // Each document alone: references to others do not matter to its shape.
            let span = read.span(root);
            let alone = " ".repeat(read_column(&text, span.start)) + &text[span.range()];
            let files = Texts([("keyplan.yaml".into(), alone.clone().into_bytes())].into());
            let found =
                validate(&files, TODAY, &keyplan::check::proofs::Proofs::default()).unwrap().diagnostics;
            let shape = found.iter().any(|one| SHAPE.contains(&one.rule.name) && !only_the_loader_sees(one));
            let accepted = schema.is_valid(&value);
            if shape {
                assert!(!accepted, "the loader refuses what the schema takes, {path}:\n{alone}\n{found:?}");
                bad += 1;
            }
            if !accepted {
                let errors = found.iter().any(|one| one.severity == keyplan::diagnostics::Severity::Error);
                let why: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
                assert!(errors, "the schema refuses what the loader takes, {path}:\n{alone}\n{why:?}");
            } else if !shape {
                good += 1;
            }
        }
    }
    assert!(good > 500 && bad > 10, "{good} good and {bad} bad documents");
}

/// The column at which a document's top node begins.
fn read_column(text: &str, start: u32) -> usize {
    text[..start as usize].rsplit('\n').next().unwrap_or_default().len()
}

#[test]
fn every_field_is_described() {
    fn check(schema: &Value, path: &str) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            assert!(field["description"].is_string(), "{path} has no description");
            check(field, &path);
            check(&field["items"], &path);
        }
        for choice in schema["allOf"].as_array().into_iter().flatten() {
            check(&choice["then"], path);
        }
    }
    for &what in SchemaOf::value_variants() {
        let schema = schema::of(what);
        check(&schema, schema::file(what));
        jsonschema::meta::validate(&schema).unwrap();
    }
}

/// The promise of `docs/json.md`: readers pass over fields that they do not know. What is read by keyplan itself is
/// strict.
#[test]
fn outputs_may_get_fields_and_inputs_may_not() {
    fn is_closed(schema: &Value) -> bool {
        match schema {
            Value::Object(fields) => {
                fields.get("additionalProperties") == Some(&Value::Bool(false))
                    || fields.values().any(is_closed)
            }
            Value::Array(items) => items.iter().any(is_closed),
            _ => false,
        }
    }
    for &what in SchemaOf::value_variants() {
        let is_output = match what {
            SchemaOf::Validate
            | SchemaOf::Explain
            | SchemaOf::Plan
            | SchemaOf::Apply
            | SchemaOf::Drift
            | SchemaOf::StateList
            | SchemaOf::StateLog
            | SchemaOf::StateExport
            | SchemaOf::StateVerify
            | SchemaOf::StateCopy
            | SchemaOf::StateRelease
            | SchemaOf::Verify
            | SchemaOf::Who
            | SchemaOf::Reach
            | SchemaOf::Why => true,
            SchemaOf::Declaration
            | SchemaOf::Project
            | SchemaOf::Team
            | SchemaOf::SshKey
            | SchemaOf::Cluster
            | SchemaOf::Workspace
            | SchemaOf::StateEntry
            | SchemaOf::StateProject
            | SchemaOf::StateTeams
            | SchemaOf::StateFormerHolders
            | SchemaOf::AccessTest
            | SchemaOf::StateFormat => false,
        };
        assert_eq!(is_closed(&schema::of(what)), !is_output, "{}", schema::file(what));
    }
}

#[test]
fn an_editor_shows_the_field_that_is_too_many_and_the_rule_that_is_none() {
    let schema = jsonschema::validator_for(&schema::of(SchemaOf::Declaration)).unwrap();
    let wrong = |document: Value| -> Vec<String> {
        schema.iter_errors(&document).map(|error| format!("{} {error:?}", error.instance_path())).collect()
    };
    let both = wrong(serde_json::json!({
        "apiVersion": "keyplan/v1", "kind": "SSHKey", "metadata": {"name": "k", "project": "p"},
        "spec": {"publicKey": "ssh-ed25519 AAAA", "publicKeyFile": "k.pub"}
    }));
    assert!(!both.is_empty() && both.iter().all(|error| !error.contains("OneOf")), "{both:?}");
    let rules = |name: &str| {
        wrong(serde_json::json!({
            "apiVersion": "keyplan/v1", "kind": "Workspace", "metadata": {"name": "w"},
            "spec": {"rules": {name: "off"}}
        }))
    };
    assert!(rules("unused-key").is_empty() && !rules("unusedkey").is_empty());
}

#[test]
fn machines_are_told_of_every_rule_what_people_are() {
    let schema = jsonschema::validator_for(&schema::of(SchemaOf::Explain)).unwrap();
    let told = |words: &[&str]| {
        let output = keyplan(repository(), &[&["explain", "--format", "json"], words].concat());
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()
    };
    let all = told(&[]);
    assert!(schema.is_valid(&all), "{all}");
    let all = all["rules"].as_array().unwrap();
    assert_eq!(all.len(), rules::ALL.len());
    for (rule, one) in rules::ALL.iter().zip(all) {
        let is_guard = matches!(rule.check, Check::Plan);
        let shown = (&one["name"], &one["severity"], &one["fixed"], &one["guard"]);
        assert_eq!(
            shown,
            (&rule.name.into(), &rule.severity.word().into(), &rule.fixed.into(), &is_guard.into())
        );
        assert_eq!(one["documentation"].as_str(), Some(rule.docs.trim_end()));
    }
    assert_eq!(told(&["unused-key"])["rules"].as_array().unwrap().len(), 1);
    assert!(all.contains(&told(&["unused-key"])["rules"][0]));
}
