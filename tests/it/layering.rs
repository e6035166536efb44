//! Folders are layers: which room may import which, and nothing else.

use std::collections::BTreeMap;
use std::fs;

use crate::support::repository;

/// Each room with the rooms that it may import. This is the map of CONTRIBUTING.md.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("node_files", &["model"]),
    ("source", &[]),
    ("diagnostics", &["model", "source"]),
    ("rules", &["model", "node_files", "source", "diagnostics"]),
    ("check", &["model", "source", "diagnostics", "rules"]),
    ("plan", &["model"]),
    ("state", &["model", "plan"]),
    ("planner", &["model", "plan", "state"]),
    ("ssh", &[]),
    ("targets", &["model", "node_files", "plan", "ssh"]),
    ("apply", &["model", "plan", "state", "targets"]),
    ("verify", &["model", "ssh"]),
    ("report", &["model", "source", "diagnostics", "rules", "check", "plan", "state", "apply", "verify"]),
    (
        "cli",
        &[
            "model",
            "node_files",
            "source",
            "diagnostics",
            "rules",
            "check",
            "plan",
            "state",
            "planner",
            "targets",
            "apply",
            "verify",
            "report",
        ],
    ),
];

#[test]
fn each_room_imports_only_what_it_may() {
    let rooms: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    for entry in walkdir::WalkDir::new(repository().join("src")).into_iter().map(Result::unwrap) {
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let below = entry.path().strip_prefix(repository().join("src")).unwrap();
        let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let may =
            rooms.get(room).unwrap_or_else(|| panic!("src/{room} is no room: add it to this test's table"));
        let text = fs::read_to_string(entry.path()).unwrap();
        for (at, _) in text.match_indices("crate::") {
            let imported: String = text[at + 7..]
                .chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect();
            let allowed = imported == room || may.contains(&imported.as_str()) || imported.is_empty();
            assert!(allowed, "{}: `{room}` may not import `{imported}`", below.display());
        }
    }
}
