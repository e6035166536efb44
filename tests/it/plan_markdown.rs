//! Plans as Markdown: what is in them and in which order, and that no text of a stranger gets out of its code span or
//! fence, read as `CommonMark` with all that forges add to it.

use std::fs;

use keyplan::diagnostics::is_plain;
use keyplan::report::plan::LEAST_BYTES;
use proptest::prelude::*;
use proptest::sample::select;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use serde_json::json;

use crate::support::{Workspace, keyplan, stderr, stdout};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";

/// In every hostile text, and in nothing that keyplan says itself.
const CANARY: &str = "LEAK";

/// Holds a document against what may be in one: the words of keyplan, code, and the mark at its top.
fn leaks_nothing(markdown: &str) {
    let (mark, _) = markdown.split_once('\n').unwrap();
    assert!(mark.starts_with("<!-- keyplan plan") && mark.ends_with(" -->"), "{mark}");
    let mut in_fence = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                assert_eq!(kind, CodeBlockKind::Fenced("text".into()), "{markdown}");
                in_fence = true;
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_fence = false,
            Event::Text(_) if in_fence => {}
            Event::Text(text) => assert!(!text.contains(CANARY), "{text:?} is text in\n{markdown}"),
            Event::Html(html) => assert_eq!(html.trim_end(), mark, "in\n{markdown}"),
            Event::Start(
                Tag::HtmlBlock
                | Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::List(_)
                | Tag::Item
                | Tag::Strong
                | Tag::Emphasis,
            )
            | Event::End(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak => {}
            other => panic!("{other:?} in\n{markdown}"),
        }
    }
}

/// A workspace with a text wherever one may stand.
fn with(text: &str) -> Workspace {
    let written = json!(text).to_string();
    let comment: String = text.chars().filter(|letter| is_plain(*letter)).collect();
    let access = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: shop, description: {written}, labels: {{a: {written}}}}}\n\
         ---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: shop, description: {written}}}\n\
         spec: {{publicKey: {}}}\n\
         ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod, project: shop, description: {written}}}\n\
         spec: {{sshKey: ops, nodes: [10.0.0.1]}}\n",
        json!(format!("{KEY} {}", comment.trim())),
    );
    let name: String = comment.chars().filter(|letter| *letter != '/').collect();
    let name = format!("{}.yaml", &name[..name.floor_char_boundary(100)]);
    Workspace::with(&[(&name, access.as_bytes())])
}

fn markdown_of(workspace: &Workspace, args: &[&str]) -> String {
    let output = keyplan(&workspace.root, &[args, &["--format", "markdown"]].concat());
    assert!(!output.stdout.is_empty(), "{}", stderr(&output));
    stdout(&output)
}

/// What plan, show and apply say of it, and of a change of all its texts.
fn nothing_leaks_from(text: &str) {
    let workspace = with(text);
    let created = markdown_of(&workspace, &["plan", "--out", "x.plan"]);
    leaks_nothing(&created);
    if !workspace.root.join("x.plan").exists() {
        assert!(created.contains("### keyplan: not valid: "), "{created}");
        return;
    }
    leaks_nothing(&markdown_of(&workspace, &["show", "x.plan"]));
    leaks_nothing(&markdown_of(&workspace, &["apply", "--auto-approve"]));
    let files = fs::read_dir(&workspace.root).unwrap().map(|entry| entry.unwrap().path());
    let yaml = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    for path in yaml.collect::<Vec<_>>() {
        let changed =
            fs::read_to_string(&path).unwrap().replace(CANARY, "LEAK LEAK").replace("10.0.0.1", "10.0.0.2");
        fs::write(&path, changed).unwrap();
    }
    let report = ["plan", "--report", "markdown=x.md"];
    assert_eq!(keyplan(&workspace.root, &report).status.code(), Some(0));
    leaks_nothing(&fs::read_to_string(workspace.root.join("x.md")).unwrap());
}

const PIECES: &[&str] = &[
    CANARY,
    "`",
    "``",
    "```",
    "\n```\n",
    "\n````text\n",
    "~~~\n",
    "\n\n",
    "\r",
    " ",
    "    ",
    "\t",
    "</details>",
    "<img src=x onerror=LEAK>",
    "<!-- LEAK -->",
    "-->",
    "[LEAK](https://LEAK)",
    "![LEAK](LEAK)",
    "[LEAK]: https://LEAK\n",
    "<https://LEAK>",
    "| LEAK |\n|---|\n",
    "# LEAK",
    "\n- LEAK",
    "@LEAK",
    "**LEAK**",
    "$LEAK$",
    "\\",
    "&lt;",
    "::add-mask::LEAK",
    "\u{202e}",
    "\u{1b}[2K",
    "字",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_text_gets_out_of_its_code(pieces in proptest::collection::vec(select(PIECES), 1..10)) {
        nothing_leaks_from(&format!("LEAK{}", pieces.concat()));
    }
}

#[test]
fn texts_that_have_got_out_elsewhere_do_not() {
    for text in [
        "LEAK` <img src=LEAK> `",
        "LEAK\n```\n# LEAK\n",
        "```````````````\nLEAK",
        "LEAK --> <b>LEAK</b>",
        "LEAK\u{85}\u{2028}```\u{b}```",
    ] {
        nothing_leaks_from(text);
    }
}

#[test]
fn findings_in_place_of_a_plan_leak_nothing() {
    for text in ["LEAK` <img src=LEAK> `", "LEAK\n```\n# LEAK\n", "[LEAK](https://LEAK)"] {
        let workspace = crate::ci_commands::broken(text);
        let output = keyplan(&workspace.root, &["plan", "--format", "markdown"]);
        assert_eq!(output.status.code(), Some(3));
        let text = stdout(&output);
        assert!(text.contains("### keyplan: not valid: "), "{text}");
        leaks_nothing(&text);
    }
}

/// A workspace of so many keys; the first of them are not there any more where `kept` says so.
fn keys(range: std::ops::Range<usize>) -> String {
    let mut text = String::from("apiVersion: keyplan/v1\nkind: Project\nmetadata: {name: p}\n");
    for number in range {
        text += &cluster(number);
    }
    text
}

fn cluster(number: usize) -> String {
    format!(
        "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: c{number}, project: p, description: 'A cluster ``{number}``'}}\n\
         spec: {{nodes: [10.0.0.{number}]}}\n"
    )
}

fn changed() -> Workspace {
    let workspace = Workspace::with(&[("a.yaml", keys(0..60).as_bytes())]);
    assert_eq!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.code(), Some(0));
    workspace.write("a.yaml", keys(40..120).as_bytes());
    workspace
}

#[test]
fn the_parts_are_in_the_order_in_which_a_reviewer_needs_them() {
    let text = markdown_of(&changed(), &["plan"]);
    let parts = [
        "<!-- keyplan plan -->\n### keyplan: plan, refused by guards\n",
        "**Guards refuse to apply this plan**",
        "- **too-many-deletes**: `40 deletions",
        "**Access**",
        "**Deletions**",
        "**delete** `cluster/p/c0`: no longer declared",
        "**Plan: 60 to create, 0 to update, 40 to delete.**",
        "**Changes**",
        "**create** `cluster/p/c60`: declared, at `a.yaml:",
    ];
    let places: Vec<_> =
        parts.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"))).collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
    leaks_nothing(&text);
}

#[test]
fn a_limit_cuts_whole_changes_and_says_how_many() {
    let workspace = changed();
    let whole = markdown_of(&workspace, &["plan"]);
    for limit in [LEAST_BYTES, 2_500, 3_333, 5_000, 8_000, 12_345, whole.len() + 1_500] {
        let text = markdown_of(&workspace, &["plan", "--max-bytes", &limit.to_string()]);
        assert!(text.len() <= limit, "{} of {limit}", text.len());
        leaks_nothing(&text);
        for (word, what, total) in [("create", "change", 60), ("delete", "deletion", 40)] {
            let shown = text.matches(&format!("**{word}** ")).count();
            let note = text.lines().find_map(|line| {
                let (number, rest) = line.strip_prefix('*')?.split_once(' ')?;
                rest.starts_with(what).then(|| number.parse::<usize>().unwrap())
            });
            assert_eq!(shown + note.unwrap_or_default(), total, "{text}");
        }
        assert!(
            text.contains("**Plan: 60 to create, 0 to update, 40 to delete.**"),
            "the summary is always there"
        );
    }
    assert_eq!(markdown_of(&workspace, &["plan", "--max-bytes", &(whole.len() + 1_500).to_string()]), whole);
    let output = keyplan(&workspace.root, &["plan", "--max-bytes", "1999"]);
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn what_was_applied_is_told_above_its_plan() {
    let workspace = Workspace::with(&[("a.yaml", keys(0..2).as_bytes())]);
    let args = ["apply", "--auto-approve", "--report", "markdown=a.md", "--report", "json=a.json"];
    let output = keyplan(&workspace.root, &args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("Plan: 3 to create"), "people read what they always do");
    let text = fs::read_to_string(workspace.root.join("a.md")).unwrap();
    let (done, rest) = text.split_once("**Access**").unwrap();
    assert!(done.contains("Applied: 3 created, 0 updated, 0 deleted. The state is at revision 1."), "{text}");
    assert!(rest.contains("**create** `cluster/p/c1`"), "{text}");
    leaks_nothing(&text);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(workspace.root.join("a.json")).unwrap()).unwrap();
    assert_eq!(json["revision"], 1);
    let nothing = markdown_of(&workspace, &["apply", "--auto-approve"]);
    assert_eq!(nothing, "<!-- keyplan plan -->\n### keyplan: no changes\n\n**No changes.**\n");
}

#[test]
fn a_refused_apply_is_told_with_the_guards() {
    let workspace = changed();
    let args = ["apply", "--auto-approve", "--format", "markdown", "--report", "markdown=a.md"];
    let output = keyplan(&workspace.root, &args);
    assert_eq!(output.status.code(), Some(5));
    assert!(stdout(&output).contains("- **too-many-deletes**: "), "{}", stdout(&output));
    assert_eq!(fs::read_to_string(workspace.root.join("a.md")).unwrap(), stdout(&output));
}

#[test]
fn reports_of_a_plan_are_what_its_formats_print() {
    let workspace = changed();
    let reports = ["--report", "human=h", "--report", "json=j", "--report", "markdown=m"];
    let saved = ["plan", "--out", "x.plan"];
    assert_eq!(keyplan(&workspace.root, &saved).status.code(), Some(0));
    for command in [&["plan"][..], &["show", "x.plan"]] {
        let output = keyplan(&workspace.root, &[command, &reports].concat());
        for (file, format) in [("h", "human"), ("j", "json"), ("m", "markdown")] {
            let printed = stdout(&keyplan(&workspace.root, &[command, &["--format", format]].concat()));
            assert_eq!(
                fs::read_to_string(workspace.root.join(file)).unwrap(),
                printed,
                "{command:?} {format}"
            );
        }
        assert_eq!(stdout(&output), fs::read_to_string(workspace.root.join("h")).unwrap());
    }
    for (report, code) in [("json=missing/x", 1), ("json=.", 1), ("markdown=-", 64), ("sarif=x", 64)] {
        for command in [&["plan"][..], &["show", "x.plan"], &["apply", "--auto-approve"]] {
            let output = keyplan(&workspace.root, &[command, &["--report", report]].concat());
            assert_eq!(output.status.code(), Some(code), "{command:?} {report}: {}", stderr(&output));
            assert_eq!(stdout(&output), "");
        }
    }
}
