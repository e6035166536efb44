//! The binary, with the key of a service account: Google stands behind a proxy, which is the fake.

use std::process::Command;

use camino::Utf8Path;
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fake::{BUCKET, Bucket};
use crate::object_fakes::{Faulty, PREFIX};
use crate::object_scene::{APPLY, Scene};
use crate::s3::fake::{Answers, Fault, Heard, ObjectMap, Said, Server, http_date};
use crate::support::{Workspace, skipped};
use crate::tls::{certificate, server_config};

const TOKEN: &str = "ya29.c.token-of-the-fake";

/// The server that issues tokens, and the one with the bucket, which takes nothing else.
struct Google {
    bucket: Faulty<Bucket>,
    now: fn() -> Timestamp,
    /// Whether no claim is taken.
    is_strict: bool,
    claims: Claims,
}

/// How many claims were refused, and how many taken.
#[derive(Clone, Copy, Default)]
struct Claims {
    refused: usize,
    taken: usize,
}

impl Answers for Google {
    fn answer(&mut self, heard: &Heard) -> Result<Said, Fault> {
        let mut said = match heard.header("host") {
            Some("oauth2.googleapis.com") if heard.target == "/token" => self.issue(heard),
            Some("storage.googleapis.com") => {
                assert_eq!(heard.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
                return self.bucket.answer(heard);
            }
            _ => panic!("{heard:?}"),
        };
        said.headers.push(("date", http_date((self.now)())));
        Ok(said)
    }
}

impl Google {
    fn new(now: fn() -> Timestamp) -> Self {
        let mut bucket = Faulty::new(ObjectMap::default());
        bucket.now = Box::new(now);
        Self { bucket, now, is_strict: false, claims: Claims::default() }
    }

    /// The token for a claim that holds now.
    fn issue(&mut self, heard: &Heard) -> Said {
        let body = String::from_utf8(heard.body.clone()).unwrap();
        let claims = BASE64URL_NOPAD.decode(body.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let time = |name: &str| Timestamp::from_second(claims[name].as_i64().unwrap()).unwrap();
        let now = (self.now)();
        let (status, answer) = if self.is_strict
            || time("iat") > now + SignedDuration::from_mins(1)
            || time("exp") < now
        {
            self.claims.refused += 1;
            let why = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check \
                       your iat and exp values in the JWT claim.";
            (400, json!({"error": "invalid_grant", "error_description": why}))
        } else {
            self.claims.taken += 1;
            (200, json!({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}))
        };
        Said::new(status, "application/json; charset=utf-8", answer.to_string())
    }
}

/// The file of a service account, with a key that is made for it; nothing where that cannot be done here.
fn key_file(folder: &Utf8Path) -> Option<Vec<u8>> {
    let args = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let made = Command::new("openssl").args(args).current_dir(folder).output().ok()?;
    let key = String::from_utf8(made.stdout).ok().filter(|key| key.contains("BEGIN PRIVATE KEY"))?;
    let file = json!({
        "type": "service_account",
        "client_email": "apply@acme.iam.gserviceaccount.com",
        "private_key_id": "1a2b",
        "private_key": key,
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    Some(file.to_string().into_bytes())
}

/// A state behind a Google with this clock. In the folder are the secrets of both sides.
fn scene(now: fn() -> Timestamp) -> Option<(Server<Google>, Scene, Workspace)> {
    let secrets = Workspace::with(&[]);
    let folder = &secrets.root;
    let file = key_file(folder).filter(|_| certificate(folder, "DNS:*.googleapis.com", false));
    let Some(file) = file else {
        skipped("openssl makes no certificate here");
        return None;
    };
    secrets.write("account.json", &file);
    let server = Server::start_as_proxy(Google::new(now), server_config(folder));
    let variables = vec![
        ("HTTPS_PROXY", server.url()),
        ("SSL_CERT_FILE", folder.join("pem").into()),
        ("GOOGLE_APPLICATION_CREDENTIALS", folder.join("account.json").into()),
    ];
    Some((server, Scene::new(format!("gs://{BUCKET}/{PREFIX}"), variables), secrets))
}

#[test]
fn a_clock_that_is_off_is_overcome_or_told_and_no_secret_is() {
    let behind: fn() -> Timestamp = || Timestamp::now() - SignedDuration::from_mins(20);
    for (now, is_off) in [(Timestamp::now as fn() -> Timestamp, false), (behind, true)] {
        let Some((server, scene, _secrets)) = scene(now) else { return };
        let told = scene.ends(&APPLY, 0);
        assert!(!told.contains(TOKEN) && !told.contains("eyJ"), "{told}");
        // An apply signs in once.
        let claims = server.bucket().claims;
        assert_eq!((claims.refused, claims.taken), (usize::from(is_off), 1));
        assert!(scene.ends(&["plan", "."], 0).contains("No changes"));
        server.bucket().is_strict = true;
        let before = server.bucket().bucket.objects.lock().unwrap().clone();
        let expected =
            if is_off { "the clock of this machine is 20 minutes ahead of Google's" } else { "timeframe" };
        for args in [&["plan", "."][..], &["state", "list"], &APPLY] {
            let expected = (expected, "name a file with credentials in `GOOGLE_APPLICATION_CREDENTIALS`");
            scene.is_refused(args, &scene.place, &[], expected);
        }
        assert_eq!(*server.bucket().bucket.objects.lock().unwrap(), before);
    }
}
