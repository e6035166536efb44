//! The YAML library that writes what keyplan emits also reads: on every good fixture, and on generated
//! documents, its reading is ours.

use std::fs;

use keyplan::source::yaml;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::repository;

/// Our reading, document by document; empty documents left out.
fn ours(text: &str) -> Vec<Value> {
    let read = yaml::read(text);
    assert!(read.faults().is_empty(), "{:?} in {text}", read.faults());
    let roots = read.documents().iter().filter_map(|document| document.root);
    roots.map(|root| yaml::decode(&read, text, root).unwrap()).filter(|value| *value != Value::Null).collect()
}

/// The oracle's reading. It is given one document at a time: it does not take streams.
fn theirs(path: &str, text: &str) -> Vec<Value> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut documents = vec![String::new()];
    for line in text.lines() {
        if line == "..." || line.starts_with('%') {
            // The end of a document, or a directive: a `---` follows.
        } else if line == "---" || line.starts_with("--- ") {
            documents.push(line.trim_start_matches('-').to_owned() + "\n");
        } else if let Some(last) = documents.last_mut() {
            *last += line;
            *last += "\n";
        }
    }
    let values = documents.iter().map(|document| {
        serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{path}: {error}\n{document}"))
    });
    values.filter(|value| *value != Value::Null).collect()
}

#[test]
fn agrees_on_every_good_file() {
    let mut count = 0;
    for folder in ["examples", "tests/fixtures/rules"] {
        for entry in walkdir::WalkDir::new(repository().join(folder)).into_iter().map(Result::unwrap) {
            let path = entry.path().to_str().unwrap();
            let good = (folder == "examples" || path.contains("/ok-")) && !path.contains("/.");
            if good && (path.ends_with(".yaml") || path.ends_with(".yml")) {
                let text = fs::read_to_string(path).unwrap();
                assert_eq!(ours(&text), theirs(path, &text), "{path}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count} files");
}

/// Values as declarations have them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-1_000_000_i64..1_000_000).prop_map(Value::from),
        "[ -~äß\n]{0,20}".prop_map(Value::from),
        "(no|yes|null|~|0123|1e3|- a|a: b|#x|'|\"|\\|)".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z0-9_. -]{1,12}", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_on_what_the_oracle_writes(value in value()) {
        let text = serde_yaml::to_string(&value).unwrap();
        let read = yaml::read(&text);
        prop_assert!(read.faults().is_empty(), "{:?} in {}", read.faults(), text);
        let root = read.documents()[0].root.unwrap();
        let ours: Value = yaml::decode(&read, &text, root).unwrap();
        let theirs: Value = serde_yaml::from_str(&text).unwrap();
        prop_assert_eq!(&ours, &theirs, "{}", text);
        prop_assert_eq!(ours, value);
    }
}
