//! s3rver, which checks each signature and knows no `If-None-Match`: who writes last wins. `KEYPLAN_TEST_S3RVER` names the
//! folder of its package, for `node`.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::object_scene::{APPLY, Scene};
use crate::served::{Served, named};
use crate::support::Workspace;

/// The only key that it knows, and its secret.
const KEY: &str = "S3RVER";
const PROGRAM: &str = r#"
const [S3rver, directory] = [require(process.argv[1]), process.argv[2]];
const configureBuckets = [{ name: "acme-access" }];
new S3rver({ address: "127.0.0.1", port: 0, directory, configureBuckets, silent: true, vhostBuckets: false })
    .run().then(({ address, port }) => console.log(`listens on ${address}:${port}`));
"#;

#[test]
fn no_state_is_founded_in_it() {
    let Some(package) = named("KEYPLAN_TEST_S3RVER") else { return };
    let kept = Workspace::with(&[]);
    let mut command = Command::new("node");
    command.args(["-e", PROGRAM]).arg(package).arg(&kept.root).current_dir(&kept.root);
    let address = |line: &str| line.split_once("listens on ")?.1.trim().parse().ok();
    let (_served, address): (_, SocketAddr) = Served::start(command, address);

    let place = format!("s3://acme-access/keyplan?endpoint=http://{address}&path_style=true");
    let key = [("AWS_ACCESS_KEY_ID", KEY.into()), ("AWS_SECRET_ACCESS_KEY", KEY.into())];
    let scene = Scene::new(place, key.into());
    let wrong = [("AWS_SECRET_ACCESS_KEY", "S3RVEX")];
    assert!(scene.told(&["plan", "."], &scene.place, &wrong, 1).contains("SignatureDoesNotMatch"));
    assert!(scene.ends(&["plan", "."], 0).contains("+ project/one"));
    let told = scene.ends(&APPLY, 1);
    for text in ["of writers at the same name, not exactly one has won", "nothing was recorded"] {
        assert!(told.contains(text), "{told}");
    }
    // Not even the beginning of a state.
    assert!(scene.ends(&["plan", "."], 0).contains("+ project/one"));
    let folders = fs::read_dir(kept.root.join("acme-access/keyplan")).unwrap();
    let folders: Vec<_> = folders.map(|folder| folder.unwrap().file_name()).collect();
    assert_eq!(folders, ["probe"]);
}
