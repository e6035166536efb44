//! The binary, with a state in the fake.

use std::sync::Arc;

use jiff::Timestamp;

use super::fake::{ACCESS_KEY, BUCKET, Bucket, Fault, Heard, PREFIX, REGION, SECRET_KEY, Server};
use crate::object_scene::{self, APPLY};

/// A workspace, and the fake.
struct Scene {
    server: Server,
    scene: object_scene::Scene,
}

impl Scene {
    fn new() -> Self {
        let mut bucket = Bucket::new(Arc::default());
        bucket.now = Box::new(Timestamp::now);
        let server = Server::start(bucket);
        let variables = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let variables = variables.map(|(name, value)| (name, value.to_owned()));
        let scene = object_scene::Scene::new(place(&server, BUCKET, ""), variables.into());
        Self { server, scene }
    }

    fn place(&self, bucket: &str, more: &str) -> String {
        place(&self.server, bucket, more)
    }

    fn plant(&self, trouble: impl FnMut(&Heard) -> Option<Fault> + Send + 'static) {
        self.server.bucket().trouble = Box::new(trouble);
    }

    #[track_caller]
    fn told(&self, args: &[&str], place: &str, variables: &[(&str, &str)], code: i32) -> String {
        self.scene.told(args, place, variables, code)
    }
}

fn place(server: &Server, bucket: &str, more: &str) -> String {
    format!("s3://{bucket}/{PREFIX}?endpoint={}&path_style=true{more}", server.url())
}

#[test]
fn what_is_planned_is_applied_and_then_nothing_is_left_to_do() {
    let scene = Scene::new();
    let place = scene.place(BUCKET, "");
    let told = scene.told(&["plan", "."], &place, &[], 0);
    assert!(told.contains("+ project/one"), "{told}");
    scene.told(&APPLY, &place, &[], 0);
    let told = scene.told(&["plan", "."], &place, &[], 0);
    assert!(told.contains("No changes"), "{told}");
    let told = scene.told(&["state", "verify"], &place, &[], 0);
    assert!(told.contains("s3://acme-access/keyplan"), "{told}");
    let heard = scene.server.bucket().heard.clone();
    assert!(heard.iter().all(|line| line.contains("/acme-access")), "{heard:?}");
    assert!(heard.iter().all(|line| line.starts_with("GET ") || line.starts_with("PUT ")), "{heard:?}");
}

#[test]
fn a_session_token_is_sent_and_signed() {
    let scene = Scene::new();
    scene.server.bucket().token = Some("TokenOfTheSession".into());
    let token = ("AWS_SESSION_TOKEN", "TokenOfTheSession");
    scene.told(&APPLY, &scene.place(BUCKET, ""), &[token], 0);
}

/// One clear error with the next step, exit 1, and the state is as it was: never empty.
#[track_caller]
fn is_refused(scene: &Scene, args: &[&str], place: &str, variables: &[(&str, &str)], expected: (&str, &str)) {
    let before = scene.server.bucket().objects.lock().unwrap().clone();
    scene.scene.is_refused(args, place, variables, expected);
    assert_eq!(*scene.server.bucket().objects.lock().unwrap(), before);
}

#[test]
fn what_the_store_refuses_is_one_clear_error_and_never_an_empty_state() {
    let scene = Scene::new();
    let place = scene.place(BUCKET, "");
    scene.told(&APPLY, &place, &[], 0);
    let refused = |fault: Fault, expected| {
        scene.plant(move |_| Some(fault));
        is_refused(&scene, &["plan", "."], &place, &[], expected);
        is_refused(&scene, &["state", "list"], &place, &[], expected);
        is_refused(&scene, &APPLY, &place, &[], expected);
        scene.plant(|_| None);
    };
    refused(Fault::Refused(403, "AccessDenied"), ("answers 403 AccessDenied", "allow `s3:GetObject`"));
    refused(
        Fault::Refused(403, "RequestTimeTooSkewed"),
        ("differ by more than 15 minutes", "set the clock of this machine right"),
    );
    refused(Fault::WebPage(200), ("a web page came back with status 200", "see whether a proxy"));
    refused(Fault::WebPage(403), ("a web page came back with status 403", "see whether a proxy"));
    refused(Fault::WebPage(302), ("a web page came back with status 302", "see whether a proxy"));
    refused(
        Fault::Refused(404, "NoSuchThing"),
        ("404 NoSuchThing", "whether the place of the state is right"),
    );
    refused(
        Fault::Refused(403, "InvalidObjectState"),
        ("InvalidObjectState", "bring it back from the archive"),
    );
    refused(
        Fault::Trouble(301, "PermanentRedirect", super::fake::Effect::Before),
        ("the bucket `acme-access` is not in the region `us-east-1`", "say its region"),
    );
    let told = scene.told(&["plan", "."], &place, &[], 0);
    assert!(told.contains("No changes"), "{told}");
}

#[test]
fn what_is_wrong_with_the_place_or_the_key_is_told_with_what_to_write() {
    let scene = Scene::new();
    let place = scene.place(BUCKET, "");
    scene.told(&APPLY, &place, &[], 0);
    let plan = ["plan", "."];
    is_refused(
        &scene,
        &plan,
        &scene.place("acme-acces", ""),
        &[],
        ("there is no bucket `acme-acces` (404 NoSuchBucket", "check its name in the place of the state"),
    );
    is_refused(
        &scene,
        &plan,
        &scene.place(BUCKET, "&region=us-west-2"),
        &[],
        (
            "the bucket `acme-access` is in `eu-central-1`, and not in `us-west-2`",
            "write `region=eu-central-1`",
        ),
    );
    // A region that the environment names for other things is corrected.
    scene.told(&plan, &place, &[("AWS_REGION", "us-west-2")], 0);
    scene.told(&plan, &scene.place(BUCKET, &format!("&region={REGION}")), &[], 0);
    is_refused(
        &scene,
        &plan,
        &place,
        &[("AWS_SECRET_ACCESS_KEY", "AnotherSecret")],
        ("does not take the credentials (403 SignatureDoesNotMatch", "`aws sts get-caller-identity`"),
    );
    is_refused(
        &scene,
        &plan,
        &place,
        &[("AWS_ACCESS_KEY_ID", "AKIAOTHER")],
        ("does not take the credentials (403 InvalidAccessKeyId", "`AWS_PROFILE`"),
    );
    is_refused(
        &scene,
        &plan,
        &place,
        &[("AWS_SESSION_TOKEN", "TokenOfYesterday")],
        ("the credentials have expired", "sign in again"),
    );
    is_refused(
        &scene,
        &plan,
        &place,
        &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
        (
            "there are no credentials: the environment: `AWS_ACCESS_KEY_ID` is not set; web identity: \
             `AWS_WEB_IDENTITY_TOKEN_FILE` is not set; the profile: there is no profile `default` in \
             `~/.aws/config` and `~/.aws/credentials`; the container: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` and \
             `AWS_CONTAINER_CREDENTIALS_FULL_URI` are not set; the instance: `AWS_EC2_METADATA_DISABLED` is set",
            "sign in, as with `aws sso login`",
        ),
    );
    is_refused(
        &scene,
        &plan,
        &format!("s3://{BUCKET}/{PREFIX}?endpoint=http://minio.example.com:9000"),
        &[],
        ("names no endpoint of S3: only `https://` is taken", "write the server alone"),
    );
}

#[test]
fn who_may_read_and_not_write_is_told_so_and_nothing_is_recorded() {
    let scene = Scene::new();
    let place = scene.place(BUCKET, "");
    scene.plant(|heard| heard.is_write().then_some(Fault::Refused(403, "AccessDenied")));
    let told = scene.told(&["plan", "."], &place, &[], 0);
    assert!(told.contains("+ project/one"), "{told}");
    let told = scene.told(&APPLY, &place, &[], 1);
    assert!(told.contains("AccessDenied") && told.contains("allow `s3:PutObject`"), "{told}");
    assert!(scene.server.bucket().objects.lock().unwrap().is_empty());
    scene.plant(|heard| heard.is_write().then_some(Fault::Refused(501, "NotImplemented")));
    let told = scene.told(&APPLY, &place, &[], 1);
    assert!(told.contains("`If-None-Match`"), "{told}");
}

#[test]
fn a_clock_that_is_twenty_minutes_off_is_overcome() {
    let scene = Scene::new();
    scene.server.bucket().now = Box::new(|| Timestamp::now() + std::time::Duration::from_mins(20));
    scene.told(&APPLY, &scene.place(BUCKET, ""), &[], 0);
}

#[test]
fn an_answer_that_is_lost_or_cut_is_asked_for_again_and_a_create_is_looked_at() {
    let scene = Scene::new();
    let place = scene.place(BUCKET, "");
    // Reads are sent again after a second, by the clock of the binary: one is enough.
    let mut writes = 0;
    scene.plant(move |heard| {
        writes += usize::from(heard.is_write());
        (heard.is_write() && writes % 2 == 1).then_some(Fault::Cut)
    });
    scene.told(&APPLY, &place, &[], 0);
    scene.plant(|_| None);
    let told = scene.told(&["plan", "."], &place, &[], 0);
    assert!(told.contains("No changes"), "{told}");
}
