//! `plan --base` on a revision, or in a repository, of a stranger: nothing of it is run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::git::{CLUSTERS, clone, git, keyplan, payments, plan, try_git};
use crate::support::Workspace;

#[test]
fn a_hostile_revision_is_refused_and_runs_nothing() {
    let Some(repository) = payments() else { return };
    let marker = repository.root().join("marker");
    let upload = format!("--upload-pack=touch {marker}");
    let output = format!("--output={marker}");
    for (revision, code) in [
        ("-x", 64),
        ("--all", 64),
        (upload.as_str(), 64),
        (output.as_str(), 64),
        ("", 64),
        ("main\nHEAD", 64),
        ("\u{1b}[31mmain", 64),
        ("HEAD:access", 1),
        ("HEAD:access/access.yaml", 1),
        ("HEAD^{tree}", 1),
        ("^HEAD", 1),
        ("main..HEAD", 1),
        ("main...HEAD", 1),
        ("main HEAD", 1),
        ("$(touch marker)", 1),
        (".git/HEAD", 1),
        ("ext::sh -c touch% marker", 1),
        ("\u{202e}niam", 1),
        ("0123456789012345678901234567890123456789", 1),
    ] {
        let (ended, text) = plan(&repository, &[&format!("--base={revision}")]);
        assert_eq!(ended, Some(code), "{revision:?}: {text}");
        assert!(text.starts_with("error: ") && text.contains("\n  help: "), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(!marker.exists(), "{revision:?}");
    }
}

#[test]
fn what_a_repository_configures_is_not_run() {
    let Some(server) = payments() else { return };
    server.git(&["config", "uploadpack.allowFilter", "true"]);
    server.write("access/clusters.yaml", &CLUSTERS.replace("sshKey: on-call", "sshKey: ops"));
    server.commit();
    let folder = Workspace::with(&[("evil", b"#!/bin/sh\ntouch \"$(dirname \"$0\")/marker\"\nexit 1\n")]);
    let (evil, marker) = (folder.root.join("evil"), folder.root.join("marker"));
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let clone = clone(&server, &folder, &["--filter=blob:none"]);
    for setting in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.smudge",
        "filter.x.process",
        "remote.origin.uploadpack",
        "credential.helper",
        "gpg.program",
    ] {
        git(&clone, &["config", setting, evil.as_str()]);
    }
    for alias in ["rev-parse", "ls-tree", "cat-file"] {
        git(&clone, &["config", &format!("alias.{alias}"), &format!("!{evil}")]);
    }
    git(&clone, &["config", "core.hooksPath", folder.root.as_str()]);
    fs::copy(&evil, folder.root.join("post-index-change")).unwrap();
    fs::write(clone.join(".git/info/attributes"), "* diff=x filter=x\n").unwrap();
    let _ = fs::remove_file(&marker);
    // The clone has not what the revision needs, and must not fetch it.
    let (code, text) = keyplan(&clone, &["plan", "access", "--base", "HEAD~1"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("this clone does not have its content"), "{text}");
    assert!(!marker.exists());
    // The settings do run where git is asked for more, so that this test can fail.
    let _ = try_git(&clone, &["cat-file", "--filters", "HEAD~1:access/clusters.yaml"]);
    assert!(marker.exists());
}

#[test]
fn a_folder_that_poses_as_a_repository_is_none() {
    let Some(repository) = payments() else { return };
    let access = repository.root().join("access");
    let evil = repository.root().join("evil");
    fs::write(&evil, "#!/bin/sh\ntouch \"$(dirname \"$0\")/marker\"\n").unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let bare = Workspace::with(&[]);
    git(&bare.root, &["init", "-q", "--bare", "bare"]);
    for name in ["HEAD", "config", "objects", "refs"] {
        copy(bare.root.join("bare").join(name).as_std_path(), access.join(name).as_std_path());
    }
    let pose = |setting: &str, value: &str| {
        git(repository.root(), &["config", "--file", access.join("config").as_str(), setting, value]);
    };
    pose("core.bare", "false");
    pose("core.worktree", access.as_str());
    pose("core.fsmonitor", evil.as_str());
    let (code, text) = plan(&repository, &["--base", "main"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("safe.bareRepository"), "{text}");
    assert!(!repository.root().join("marker").exists());
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}
