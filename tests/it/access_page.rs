//! The page that `keyplan report --html` writes: it tells exactly who opens what, whatever the names are, and runs
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use jiff::civil::{Date, date};
use keyplan::access::FormerHolders;
use keyplan::access::query::{Facts, overview};
use keyplan::model::{Recorded, Subject};
use keyplan::report::access::AccessOf;
use keyplan::report::html::page;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::plan_laws::world;
use crate::support::{Workspace, keyplan, stderr, stdout};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI";
const DAY: Date = date(2026, 7, 1);

/// A piece of a page.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Tag { name: String, attributes: BTreeMap<String, String> },
    Text(String),
}

/// Reads the HTML that we write: each attribute in double quotes, no comment. Panics on anything else.
fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        if start > 0 {
            pieces.push(Piece::Text(unescaped(&rest[..start])));
        }
        let (mut name, mut inside) = name_of(&rest[start + 1..]);
        let mut attributes = BTreeMap::new();
        if name == "!DOCTYPE" {
            inside = inside.strip_prefix(" html").unwrap();
            name = "!DOCTYPE html".into();
        }
        while let Some(attribute) = inside.strip_prefix(' ') {
            let (key, value) = attribute.split_once("=\"").unwrap();
            let (value, behind) = value.split_once('"').unwrap();
            assert!(!value.contains('<') && attributes.insert(key.into(), unescaped(value)).is_none());
            inside = behind;
        }
        rest = inside.strip_prefix('>').unwrap();
        pieces.push(Piece::Tag { name, attributes });
    }
    assert_eq!(rest, "");
    pieces
}

fn name_of(text: &str) -> (String, &str) {
    let end = text.find([' ', '>']).unwrap();
    (text[..end].to_owned(), &text[end..])
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains('>') || text.contains("color-scheme"), "not escaped: {text}");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn of() -> AccessOf {
    AccessOf { revision: Some(7), day: DAY, base: None, is_unrecorded: false }
}

fn page_of(recorded: &Recorded) -> String {
    let former = FormerHolders::default();
    let mut written = Vec::new();
    page(&mut written, &of(), &overview(Facts { view: recorded, former: &former, day: DAY }), &[]).unwrap();
    String::from_utf8(written).unwrap()
}

/// The rows of a section as cells of text.
fn rows(page: &str, section: &str) -> Vec<Vec<String>> {
    let start = page.find(&format!("<h2 id=\"{section}\">")).unwrap();
    let page = &page[start..start + page[start..].find("</section>").unwrap() + "</section>".len()];
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut is_cell = false;
    for piece in pieces(page) {
        let (name, text) = match piece {
            Piece::Tag { name, .. } => (name, String::new()),
            Piece::Text(text) => (String::new(), text),
        };
        match name.as_str() {
            "tr" => rows.push(Vec::new()),
            "th" | "td" => rows.last_mut().unwrap().push(String::new()),
            _ => {}
        }
        is_cell =
            (is_cell || matches!(name.as_str(), "th" | "td")) && !matches!(name.as_str(), "/th" | "/td");
        if is_cell {
            let line = if name == "li" { "\n" } else { "" };
            rows.last_mut().unwrap().last_mut().unwrap().push_str(&(line.to_owned() + &text));
        }
    }
    rows
}

/// Who opens which cluster, made out one resource after the other.
fn opened(recorded: &Recorded) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for home in recorded.projects.values() {
        for cluster in home.clusters.values() {
            let Some(key) = cluster.ssh_key.as_ref().and_then(|name| home.keys.get(name)) else { continue };
            if key.expires.is_some_and(|last| last < DAY) {
                continue;
            }
            let people = match &key.owner {
                None => Vec::new(),
                Some(Subject::User(user)) => vec![user.clone()],
                Some(Subject::Team(team)) => recorded.teams[team].members.clone(),
            };
            all.extend(
                people.iter().map(|user| (user.to_string(), format!("{}/{}", cluster.project, cluster.name))),
            );
        }
    }
    all
}

proptest! {
    #[test]
    fn the_people_open_what_they_open_and_nothing_else(world in world()) {
        let recorded = Recorded::from(&world);
        let mut told = BTreeSet::new();
        for row in rows(&page_of(&recorded), "people").into_iter().skip(1) {
            for line in row[1].lines().filter(|line| line.contains(" by key/")) {
                let clusters = line.split(" by ").next().unwrap();
                let clusters = clusters.split(", ").filter(|cluster| cluster.contains('/'));
                told.extend(clusters.map(|cluster| (row[0].clone(), cluster.to_owned())));
            }
        }
        prop_assert_eq!(told, opened(&recorded));
    }

    #[test]
    fn each_identifier_is_there_once_and_each_link_leads_to_one(world in world()) {
        let (mut identifiers, mut links) = (BTreeSet::new(), BTreeSet::new());
        for piece in pieces(&page_of(&Recorded::from(&world))) {
            let Piece::Tag { attributes, .. } = piece else { continue };
            for (name, value) in attributes {
                match name.as_str() {
                    "id" => prop_assert!(identifiers.insert(value)),
                    "href" => drop(links.insert(value.strip_prefix('#').unwrap().to_owned())),
                    "aria-labelledby" => drop(links.insert(value)),
                    _ => {}
                }
            }
        }
        prop_assert!(links.is_subset(&identifiers), "{links:?} {identifiers:?}");
    }
}

#[test]
fn the_policy_allows_the_style_and_nothing_else() {
    let page = page_of(&Recorded::default());
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = BASE64.encode(&Sha256::digest(style));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    assert!(page.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{policy}\"")));
    assert!(!style.contains("url(") && !style.contains("@import"));
}

/// What strangers may write into declarations: names of users are narrow, commands of keys are not.
const HOSTILE: &str = r#"
apiVersion: keyplan/v1
kind: Project
metadata: {name: shop}
spec:
  members: [{user: a&lt;b&quot;@example.com, role: Project Admin}]
---
apiVersion: keyplan/v1
kind: SSHKey
metadata: {name: ops, project: shop}
spec:
  publicKey: KEY
  owner: a&lt;b&quot;@example.com
  options: {restrict: true, command: "</code></style><script src='//x'></script><img src=x onerror=alert(1)> ü"}
---
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod, project: shop}
spec: {sshKey: ops, loginUser: root, nodes: [10.0.0.1]}
"#;

#[test]
fn text_from_strangers_stays_text() {
    let hostile = HOSTILE.replace("KEY", KEY);
    let workspace = Workspace::with(&[("a.yaml", hostile.as_bytes())]);
    let written = keyplan(&workspace.root, &["report", "--html", "access.html", "--declared"]);
    assert_eq!(stdout(&written) + &stderr(&written), "wrote access.html, as declared\n");
    let page = std::fs::read_to_string(workspace.root.join("access.html")).unwrap();
    let mut texts = String::new();
    for piece in pieces(&page) {
        match piece {
            Piece::Tag { name, attributes } => {
                assert!(!["script", "img", "link", "iframe"].contains(&name.as_str()));
                assert!(attributes.keys().all(|name| !name.starts_with("on") && name != "src"));
            }
            Piece::Text(text) => texts.push_str(&text),
        }
    }
    for shown in ["a&lt;b&quot;@example.com", "<img src=x onerror=alert(1)> ü"] {
        assert!(texts.contains(shown), "{shown}");
    }
}

#[test]
fn the_page_replaces_a_file_and_nothing_else() {
    let workspace = Workspace::with(&[("a.yaml", b""), ("old.html", b"old")]);
    std::fs::create_dir(workspace.root.join("folder")).unwrap();
    let report = |path| keyplan(&workspace.root, &["report", "--html", path]);
    for refused in ["folder", "missing/access.html"] {
        let written = report(refused);
        assert_eq!(written.status.code(), Some(1), "{}", stderr(&written));
        assert!(stderr(&written).contains(&format!("cannot write `{refused}`")));
    }
    let read = || std::fs::read(workspace.root.join("old.html")).unwrap();
    let [first, second] = [(); 2].map(|()| {
        assert_eq!(report("old.html").status.code(), Some(0));
        read()
    });
    assert!(first.starts_with(b"<!DOCTYPE html>"));
    assert_eq!(first, second);
}

#[test]
fn a_test_that_fails_is_told_with_what_breaks_it() {
    let example = crate::support::repository().join("examples/tested");
    let read = |file: &str| std::fs::read_to_string(example.join(file)).unwrap();
    let (access, tests) = (read("access.yaml"), read("access-tests.yaml"));
    let workspace = Workspace::with(&[("a.yaml", access.as_bytes()), ("t.yaml", tests.as_bytes())]);
    assert_eq!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.code(), Some(0));
    workspace.write("a.yaml", access.replace(", ben@example.com", "").as_bytes());
    assert_eq!(keyplan(&workspace.root, &["apply", "--auto-approve"]).status.code(), Some(3));
    // What is recorded still holds, what is declared is not valid, and what never was applied cannot be told.
    assert_eq!(
        keyplan(&workspace.root, &["report", "--html", "r.html", "--declared"]).status.code(),
        Some(3)
    );
    assert!(!workspace.root.join("r.html").exists());
    workspace.write("a.yaml", access.as_bytes());
    workspace.write("t.yaml", tests.replace("atLeast: 2", "atLeast: 9").as_bytes());
    assert_eq!(keyplan(&workspace.root, &["report", "--html", "r.html"]).status.code(), Some(0));
    let page = std::fs::read_to_string(workspace.root.join("r.html")).unwrap();
    let rows = rows(&page, "tests");
    assert_eq!(rows[1][1], "2 clusters");
    assert!(rows[1][2].starts_with("fails\n2 people open cluster/payments/prod-eu and 1 more"), "{rows:?}");
}
