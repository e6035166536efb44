//! A workspace read from a commit is the workspace that a checkout of it would be.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use keyplan::source::git::{self, Revision, Snapshot};
use keyplan::source::walk::{Files, Folder, MAX_KEY_FILE, Unreadable, Walked};

use crate::git::{Repository, clone, git};
use crate::simulation::Random;
use crate::support::Workspace;

const FOLDERS: [&str; 6] = ["", "x/", "x/y/", "z/", ".h/", "x/.h/"];
const NAMES: [&str; 9] =
    ["a.yaml", "b.yml", "c.json", "d.yaml.tpl", "e.pub", "f", ".g.yaml", "h.YAML", "ü.yaml"];
const LINKS: [&str; 4] = ["link", "link.yaml", "other.yaml", "key.pub"];
const TARGETS: [&str; 16] = [
    "a.yaml",
    "../a.yaml",
    "x",
    "x/y",
    "../z/e.pub",
    ".h",
    "../.h/b.yml",
    "../x/c.json",
    "..",
    "../..",
    "link",
    "../outside.yaml",
    "../outside",
    "../../access/x",
    "nowhere",
    "./x/../a.yaml",
];

/// A workspace `a/access` of random files and links, of which none leads out of the repository.
fn random(random: &Random) -> Option<Repository> {
    let repository =
        Repository::with(&[("a/outside.yaml", b"x"), ("a/outside/x.yaml", b"x"), ("a/access/f", b"x")])?;
    let pick = |from: &[&'static str]| from[usize::try_from(random.below(from.len() as u64)).unwrap()];
    for _ in 0..12 {
        let path = format!("a/access/{}{}", pick(&FOLDERS), pick(&NAMES));
        repository.write(&path, &path);
    }
    for _ in 0..6 {
        let folder = repository.root().join("a/access").join(pick(&FOLDERS));
        fs::create_dir_all(&folder).unwrap();
        let _ = symlink(pick(&TARGETS), folder.join(pick(&LINKS)));
    }
    repository.commit();
    Some(repository)
}

fn snapshot(workspace: &Utf8Path, revision: &str) -> Snapshot {
    let repository = git::Repository::of(workspace).unwrap();
    let commit = repository.commit(&Revision::parse(revision).unwrap()).unwrap();
    Snapshot::of(&repository, &commit).unwrap().unwrap()
}

/// What a system says in words of its own is the same as nothing there.
fn plain<T>(read: Result<T, Unreadable>) -> Result<T, Unreadable> {
    read.map_err(|why| if matches!(why, Unreadable::Io(_)) { Unreadable::Missing } else { why })
}

/// The whole list, in path order.
fn listed(files: &dyn Files) -> (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>, Vec<Utf8PathBuf>, Vec<String>) {
    let Walked { files, others, rest, problems } = files.list().unwrap();
    let mut problems: Vec<_> = problems
        .into_iter()
        .map(|(path, why)| format!("{path}: {}", plain::<()>(Err(why)).unwrap_err()))
        .collect();
    problems.sort();
    (files, others, rest, problems)
}

#[test]
fn a_commit_is_read_as_its_checkout() {
    let (mut files, mut problems) = (0, 0);
    for seed in 0..40 {
        let Some(repository) = random(&Random(Mutex::new(seed))) else { return };
        let workspace = repository.root().join("a/access");
        let (disk, commit) = (Folder(&workspace), snapshot(&workspace, "HEAD"));
        let list = listed(&disk);
        assert_eq!(listed(&commit), list, "seed {seed}");
        (files, problems) = (files + list.0.len(), problems + list.3.len());
        for path in &list.0 {
            assert_eq!(plain(commit.read(path)), plain(disk.read(path)), "seed {seed}: {path}");
        }
        for path in list.1.iter().chain(&list.2) {
            assert_eq!(plain(commit.head(path)), plain(disk.head(path)), "seed {seed}: {path}");
        }
        for folder in FOLDERS.iter().chain(&["link/", "x/link/"]) {
            for name in NAMES.iter().chain(&LINKS).chain(&["x", "nowhere", "a.yaml/f"]) {
                let path = Utf8PathBuf::from(format!("{folder}{name}"));
                let told = format!("seed {seed}: {path}");
                assert_eq!(plain(commit.read_key(&path)), plain(disk.read_key(&path)), "{told}");
                assert_eq!(commit.beside(&path), disk.beside(&path), "{told}");
                let [of_commit, of_disk] = [&commit as &dyn Files, &disk].map(|files| {
                    let mut content = Vec::new();
                    plain(files.open_list(&path))
                        .map(|mut list| list.read_to_end(&mut content).map(|_| content).ok())
                });
                if of_disk.as_ref().is_ok_and(Option::is_some) {
                    assert_eq!(of_commit, of_disk, "{told}");
                } else {
                    assert!(of_commit.is_err(), "{told}");
                }
            }
        }
    }
    assert!(files > 100 && problems > 20, "{files} files and {problems} problems");
}

#[test]
fn no_attribute_rewrites_what_was_committed() {
    let Some(repository) = Repository::with(&[
        (".gitattributes", b"a.yaml export-subst ident eol=crlf\nb.yaml export-ignore\n*.yaml text\n"),
        ("a.yaml", b"# $Format:%H$ $Id$\n"),
        ("b.yaml", b"b: 1\n"),
    ]) else {
        return;
    };
    repository.git(&["rm", "-q", "--cached", "a.yaml"]);
    fs::remove_file(repository.root().join("a.yaml")).unwrap();
    repository.git(&["checkout", "-q", "HEAD", "--", "a.yaml"]);
    let checked_out = fs::read_to_string(repository.root().join("a.yaml")).unwrap();
    assert!(checked_out.ends_with("$\r\n"), "{checked_out:?}");
    let commit = snapshot(repository.root(), "main");
    assert_eq!(commit.list().unwrap().files, ["a.yaml", "b.yaml"]);
    assert_eq!(commit.read(Utf8Path::new("a.yaml")).unwrap(), b"# $Format:%H$ $Id$\n");
}

#[test]
fn what_is_too_large_is_passed_over_and_the_next_is_read() {
    let large = vec![b'x'; usize::try_from(MAX_KEY_FILE).unwrap() + 1];
    let Some(repository) = Repository::with(&[("a.pub", &large), ("b.pub", &large[1..]), ("c.pub", b"")])
    else {
        return;
    };
    let commit = snapshot(repository.root(), "HEAD");
    for _ in 0..2 {
        let read = |path: &str| commit.read_key(Utf8Path::new(path));
        assert_eq!(read("a.pub"), Err(Unreadable::TooLarge { limit: "64 KiB" }));
        assert_eq!(commit.head(Utf8Path::new("a.pub")).unwrap().len(), 64 << 10);
        assert_eq!(read("b.pub").unwrap(), large[1..]);
        assert_eq!(read("c.pub").unwrap(), b"");
    }
}

#[test]
fn what_a_partial_clone_has_not_is_told_and_not_fetched() {
    let Some(server) = Repository::with(&[("a.yaml", b"a: 1\n")]) else { return };
    server.git(&["config", "uploadpack.allowFilter", "true"]);
    server.write("a.yaml", "a: 2\n");
    server.commit();
    let folder = Workspace::with(&[]);
    let clone = clone(&server, &folder, &["--filter=blob:none"]);
    let commit = snapshot(&clone, "HEAD~1");
    assert_eq!(commit.list().unwrap().files, ["a.yaml"]);
    assert_eq!(commit.read(Utf8Path::new("a.yaml")), Err(Unreadable::NoObject));
    // As the finding says.
    git(&clone, &["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(snapshot(&clone, "HEAD~1").read(Utf8Path::new("a.yaml")).unwrap(), b"a: 1\n");
}

#[test]
fn a_submodule_is_a_problem_from_outside_and_a_repository_from_inside() {
    let Some(inner) = Repository::with(&[("access/a.yaml", b"a: 1\n")]) else { return };
    let Some(outer) = Repository::with(&[("access/b.yaml", b"b: 1\n")]) else { return };
    outer.git(&["submodule", "--quiet", "add", &format!("file://{}", inner.root()), "access/inner"]);
    outer.commit();
    let outside = snapshot(&outer.root().join("access"), "HEAD").list().unwrap();
    assert_eq!(outside.files, ["b.yaml"]);
    assert_eq!(outside.problems, [("inner".into(), Unreadable::Submodule)]);
    let inside = outer.root().join("access/inner/access");
    let id = inner.git(&["rev-parse", "HEAD"]);
    let repository = git::Repository::of(&inside).unwrap();
    assert_eq!(repository.prefix(), "access");
    assert_eq!(*repository.commit(&Revision::parse("HEAD").unwrap()).unwrap().id, *id);
    assert_eq!(snapshot(&inside, "HEAD").list().unwrap().files, ["a.yaml"]);
}
