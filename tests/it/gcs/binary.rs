//! The binary, with a state in the fake.

use jiff::{SignedDuration, Timestamp};

use super::fake::{BUCKET, Bucket};
use crate::object_fakes::PREFIX;
use crate::object_scene::{APPLY, Faked, project};
use crate::s3::fake::Fault;
use crate::support::Workspace;

const PLAN: [&str; 2] = ["plan", "."];

fn faked() -> Faked<Bucket> {
    Faked::new(format!("gs://{BUCKET}/{PREFIX}"), |url| vec![("STORAGE_EMULATOR_HOST", url)])
}

#[test]
fn what_is_planned_is_applied_and_then_nothing_is_left_to_do() {
    let faked = faked();
    assert!(faked.scene.ends(&PLAN, 0).contains("+ project/one"));
    faked.scene.ends(&APPLY, 0);
    assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
    assert!(faked.scene.ends(&["state", "verify"], 0).contains("gs://acme-access/keyplan"));
    let heard = faked.server.bucket().heard.clone();
    let is_known = |line: &String| {
        line.starts_with("GET /storage/v1/b/") || line.starts_with("POST /upload/storage/v1/b/")
    };
    assert!(heard.iter().all(is_known), "{heard:?}");
}

#[test]
fn what_the_store_refuses_is_one_clear_error_and_never_an_empty_state() {
    let faked = faked();
    faked.scene.ends(&APPLY, 0);
    faked.refused(
        Fault::Refused(403, "forbidden"),
        ("the store answers 403: forbidden", "allow `storage.objects.get`"),
    );
    faked.refused(Fault::Refused(401, "ExpiredToken"), ("the store answers 401", "sign in again"));
    faked
        .refused(Fault::Refused(404, "NoSuchBucket"), ("there is no bucket `acme-access`", "check its name"));
    faked.refuses_web_pages();
    let other = format!("gs://acme-acces/{PREFIX}");
    let expected = ("there is no bucket `acme-acces`", "check its name in the place of the state");
    faked.scene.is_refused(&PLAN, &other, &[], expected);
    assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
}

#[test]
fn who_may_read_and_not_write_is_told_so_and_nothing_is_recorded() {
    faked().may_read_alone("forbidden", "allow `storage.objects.create`");
}

#[test]
fn an_answer_that_is_lost_or_cut_is_asked_for_again_and_a_create_is_looked_at() {
    let faked = faked();
    let mut writes = 0;
    faked.plant(move |heard| {
        writes += usize::from(heard.is_write());
        (heard.is_write() && writes % 2 == 1).then_some(Fault::Cut)
    });
    faked.scene.ends(&APPLY, 0);
    faked.plant(|_| None);
    assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
}

#[test]
fn without_credentials_each_source_says_why_and_no_server_but_the_named_one_is_asked() {
    let faked = faked();
    let url = faked.server.url();
    let metadata = url.strip_prefix("http://").unwrap();
    // The fake is no metadata server, and says nothing that one would.
    let variables = [("STORAGE_EMULATOR_HOST", ""), ("GCE_METADATA_HOST", metadata)];
    let expected = (
        "`GOOGLE_APPLICATION_CREDENTIALS`: it is not set; the file of `gcloud auth application-default login`: there is \
         no home directory; the metadata server: what answers there is no metadata server of Google's",
        "sign in with `gcloud auth application-default login`",
    );
    faked.scene.is_refused(&PLAN, &faked.scene.place, &variables, expected);
    let variables = [("STORAGE_EMULATOR_HOST", ""), ("GOOGLE_APPLICATION_CREDENTIALS", "gone.json")];
    let expected =
        ("`GOOGLE_APPLICATION_CREDENTIALS`: its file cannot be read", "name a file with credentials");
    faked.scene.is_refused(&PLAN, &faked.scene.place, &variables, expected);
    let variables = [("STORAGE_EMULATOR_HOST", "http://gcs.example.com")];
    let expected =
        ("`STORAGE_EMULATOR_HOST` names no server: only `https://` is taken", "write the server alone");
    faked.scene.is_refused(&PLAN, &faked.scene.place, &variables, expected);
}

#[test]
fn a_clock_that_is_twenty_minutes_off_is_overcome() {
    for minutes in [20, -20] {
        let faked = faked();
        faked.server.bucket().now = Box::new(move || Timestamp::now() + SignedDuration::from_mins(minutes));
        faked.scene.ends(&APPLY, 0);
        assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
        assert!(faked.scene.ends(&["state", "verify"], 0).contains("1 revision"));
    }
}

/// Recovery, plan and apply share one store, with what it has read before.
#[test]
fn applies_go_on_over_a_cache_from_one_process_to_the_next() {
    let (mut faked, caches) = (faked(), Workspace::with(&[]));
    faked.scene.variables.push(("XDG_CACHE_HOME", caches.root.as_str().into()));
    for description in ["a", "b", "a", "c"] {
        faked.scene.workspace.write("access.yaml", &project(description));
        faked.scene.ends(&APPLY, 0);
        assert!(faked.scene.ends(&PLAN, 0).contains("No changes"));
    }
    assert!(faked.scene.ends(&["state", "verify"], 0).contains("4 revisions"));
    assert!(caches.root.join("keyplan/state").exists());
}
