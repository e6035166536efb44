//! What the README and the documents say is true: transcripts are run, links lead somewhere, and
//! examples are valid.
//!
//! Each document is followed from top to bottom in one scratch folder, as a reader would do it. A fenced
//! block after `<!-- file: PATH -->` is written there. The lines of a `console` block that begin with
//! `$ ` are given to a shell, and the lines below them are what a terminal shows. Times of day are
//! compared by their form alone.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::Utf8Path;
use keyplan::plan::{Action, GuardRule, Reason};
use keyplan::report::json_v1::{
    Applied, Drift, NodesVerified, Reached, ResourceList, RuleList, StateExport, StateLog, StateVerified,
    WhoOpens, WhyAnswer,
};
use keyplan::rules;
use keyplan::state::entry::FormatFile;
use keyplan::state::plan_v1::PlanFile;
use schemars::schema_for;
use serde_json::Value;

use crate::documents::Document;
use crate::support::{PLAIN, Workspace, check, drawn, repository, skipped};

/// The scratch folder of a document, and a home with a public key in it.
struct Scratch {
    workspace: Workspace,
    home: Workspace,
    last_exit: i32,
}

impl Scratch {
    fn new() -> Self {
        let workspace = Workspace::with(&[]);
        for (from, to) in [("examples", "examples"), ("tests/fixtures/documentation", ".")] {
            copy(&repository().join(from), &workspace.root.join(to));
        }
        let key = fs::read(repository().join("examples/acme/web/keys/on-call.pub")).unwrap();
        let home = Workspace::with(&[(".ssh/id_ed25519.pub", &key)]);
        Self { workspace, home, last_exit: 0 }
    }

    /// What a terminal shows of a line that is typed.
    fn types(&mut self, line: &str) -> String {
        let keyplan = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap();
        let output = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("exec 2>&1; (exit {}); {line}", self.last_exit))
            .current_dir(&self.workspace.root)
            .env_clear()
            .env("HOME", self.home.root.as_str())
            .env("USER", "ana")
            .env("PATH", format!("{keyplan}:/usr/local/bin:/usr/bin:/bin"))
            .output()
            .unwrap();
        self.last_exit = output.status.code().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let path = Utf8Path::from_path(entry.path()).unwrap();
        // What a reader's own runs have left there is not part of it.
        if entry.file_type().is_file() && !path.as_str().contains("/.keyplan/") {
            let copied = to.join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(copied.parent().unwrap()).unwrap();
            fs::copy(path, copied).unwrap();
        }
    }
}

fn trimmed(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// A text with the same time everywhere: the state's log has the time of each run.
fn timeless(text: &str) -> String {
    const FORM: &str = "0000-00-00T00:00:00Z";
    let form = |text: &str| -> String {
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect()
    };
    let mut rest = text;
    let mut same = String::with_capacity(text.len());
    while let Some(letter) = rest.chars().next() {
        let is_time = rest.get(..FORM.len()).is_some_and(|time| form(time) == FORM);
        same.push_str(if is_time { FORM } else { &rest[..letter.len_utf8()] });
        rest = &rest[if is_time { FORM.len() } else { letter.len_utf8() }..];
    }
    same
}

/// Runs a transcript; returns what is shown in truth.
fn replay(transcript: &str, scratch: &mut Scratch) -> String {
    let mut shown = String::new();
    let mut lines = transcript.lines().peekable();
    while let Some(line) = lines.next() {
        let typed = line.strip_prefix("$ ").expect("a transcript begins with a command");
        while lines.next_if(|next| !next.starts_with("$ ")).is_some() {}
        shown.extend([line, "\n", &trimmed(&scratch.types(typed))]);
    }
    shown
}

fn has_program(name: &str) -> bool {
    ["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|folder| Utf8Path::new(folder).join(name).exists())
}

#[test]
fn transcripts_are_what_a_terminal_shows() {
    let mut count = 0;
    for document in Document::for_users() {
        let mut scratch = Scratch::new();
        for block in document.blocks() {
            if let Some(file) = &block.file {
                scratch.workspace.write(file, block.text.as_bytes());
            }
            if block.language != "console" {
                continue;
            }
            if block.text.contains("| jq") && !has_program("jq") {
                skipped(&format!("there is no jq for a transcript of {}", document.path));
                continue;
            }
            let truth = replay(&block.text, &mut scratch);
            assert_eq!(timeless(&trimmed(&block.text)), timeless(&truth), "{}", document.path);
            count += 1;
        }
    }
    assert!(count > 10, "only {count} transcripts were found");
}

/// The first command of the README, with the binary of this build in the place of one that it builds.
#[test]
fn the_first_command_plans_and_applies() {
    const BUILD: &str = "cargo build --locked --release && ";
    let readme = Document::read(Utf8Path::new("README.md"));
    let blocks = readme.blocks();
    let mut lines = blocks.iter().flat_map(|block| block.text.lines());
    let line = lines.find_map(|line| line.strip_prefix(BUILD)).expect("README.md begins with a command");
    let typed = line.replace("target/release/keyplan", env!("CARGO_BIN_EXE_keyplan"));
    let before = examples();
    let scratch = Workspace::with(&[]);
    let output = Command::new("/bin/sh")
        .args(["-c", &typed])
        .current_dir(repository())
        .env_clear()
        .env("HOME", scratch.root.as_str())
        .env("TMPDIR", scratch.root.as_str())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("\nApplied: "), "{shown}");
    assert!(shown.ends_with("\nNo changes.\n"), "{shown}");
    assert_eq!(examples(), before, "the command leaves something behind in the checkout");
}

/// The files of the examples.
fn examples() -> BTreeSet<String> {
    let entries = walkdir::WalkDir::new(repository().join("examples")).into_iter().map(Result::unwrap);
    entries.map(|entry| entry.path().to_str().unwrap().to_owned()).collect()
}

#[test]
fn links_lead_somewhere() {
    for document in Document::all() {
        let folder = document.path.parent().unwrap();
        for link in document.links() {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { document.path.clone() } else { folder.join(file) };
            assert!(repository().join(&target).exists(), "{}: {link}", document.path);
            if !anchor.is_empty() {
                assert!(Document::read(&target).anchors().contains(anchor), "{}: {link}", document.path);
            }
        }
    }
}

#[test]
fn every_document_is_linked_from_the_readme() {
    let links = Document::read(Utf8Path::new("README.md")).links();
    for document in Document::for_users().iter().filter(|document| document.path != "README.md") {
        assert!(links.contains(&document.path.to_string()), "README.md does not link {}", document.path);
    }
}

#[test]
fn make_targets_exist() {
    let makefile = fs::read_to_string(repository().join("Makefile")).unwrap();
    for document in Document::all() {
        for line in document.text.lines() {
            let in_text = line.split("`make ").skip(1);
            let in_block = line.strip_prefix("$ ").unwrap_or(line).strip_prefix("make ");
            for rest in in_text.chain(in_block) {
                let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '-';
                let target = rest.split(|letter| !is_letter(letter)).next().unwrap();
                assert!(makefile.contains(&format!("\n{target}:")), "{}: make {target}", document.path);
            }
        }
    }
}

#[test]
fn declarations_are_valid() {
    let document = Document::read(Utf8Path::new("docs/declarations.md"));
    let workspace = Workspace::with(&[]);
    let blocks = document.blocks();
    let declared =
        blocks.iter().filter(|block| block.file.is_none() && block.text.starts_with("apiVersion:"));
    let mut kinds = BTreeSet::new();
    for (number, block) in declared.enumerate() {
        let is_settings = block.text.contains("\nkind: Workspace\n");
        let path = if is_settings { "keyplan.yaml".into() } else { format!("part-{number}.yaml") };
        workspace.write(&path, block.text.as_bytes());
        kinds.extend(block.text.lines().filter(|line| line.starts_with("kind: ")));
    }
    let key = fs::read(repository().join("examples/acme/web/keys/on-call.pub")).unwrap();
    workspace.write("keys/on-call.pub", &key);
    let validated = check(&workspace.root);
    assert_eq!(drawn(&validated, PLAIN), "");
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[test]
fn every_field_and_word_is_told() {
    let kept = |name: &str| {
        let text = fs::read_to_string(repository().join("schemas").join(name)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let of_json = [
        kept("validate-v1.json"),
        schema_for!(PlanFile).into(),
        schema_for!(Applied).into(),
        schema_for!(Drift).into(),
        schema_for!(ResourceList).into(),
        schema_for!(RuleList).into(),
        schema_for!(StateLog).into(),
        schema_for!(StateExport).into(),
        schema_for!(StateVerified).into(),
        schema_for!(NodesVerified).into(),
        schema_for!(WhoOpens).into(),
        schema_for!(Reached).into(),
        schema_for!(WhyAnswer).into(),
    ];
    for (path, schemas) in [
        ("docs/declarations.md", &[kept("declaration-v1.json")][..]),
        ("docs/json.md", &of_json),
        ("docs/state.md", &[schema_for!(FormatFile).into()]),
    ] {
        let text = Document::read(Utf8Path::new(path)).text;
        let mut words = BTreeSet::new();
        for schema in schemas {
            collect(schema, &mut words);
        }
        // Rules have a page of their own, which is generated.
        words.retain(|word| rules::ALL.iter().all(|rule| rule.name != word));
        assert!(words.len() > 2, "{words:?}");
        let untold: Vec<_> = words.iter().filter(|word| !text.contains(&format!("`{word}`"))).collect();
        assert!(untold.is_empty(), "{path} does not tell of {untold:?}");
    }
}

#[test]
fn every_reason_and_guard_is_told() {
    let text = Document::read(Utf8Path::new("docs/plan-and-apply.md")).text;
    let words = Reason::ALL.iter().map(|reason| reason.word());
    let words = words.chain(Action::ALL.iter().map(|action| action.word()));
    for word in words.chain(GuardRule::WORDS.iter().copied()) {
        assert!(text.contains(&format!("`{word}`")), "docs/plan-and-apply.md does not tell of {word}");
    }
}

/// The names of fields, and the words that they take.
fn collect(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                words.extend(properties.keys().cloned());
            }
            if let Some(Value::Array(choices)) = fields.get("enum") {
                words.extend(choices.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            fields.values().for_each(|value| collect(value, words));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        _ => {}
    }
}
