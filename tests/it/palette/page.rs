//! The steps in `docs/palette.md`, run by a shell as they are written there.

use std::process::Command;

use camino::Utf8Path;

use super::fake::{API_KEY, Fake};
use super::import::payments;
use crate::documents::Document;
use crate::support::Workspace;

#[test]
fn the_first_steps_on_the_page_run() {
    let page = Document::read(Utf8Path::new("docs/palette.md"));
    let fake = Fake::start();
    fake.tenant(payments);
    let workspace = Workspace::with(&[("fleet/keyplan.yaml", page.block("yaml").as_bytes())]);
    let keyplan = Utf8Path::new(env!("CARGO_BIN_EXE_keyplan")).parent().unwrap();
    let ran = Command::new("/bin/sh")
        .args(["-e", "-c", &page.block("sh").replace("APIKEY=...", &format!("APIKEY='{API_KEY}'"))])
        .current_dir(&workspace.root)
        .env_clear()
        .env("PATH", format!("{keyplan}:/usr/bin:/bin"))
        .env("SPECTROCLOUD_HOST", fake.url())
        .output()
        .unwrap();
    let told = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(told.lines().any(|line| line == "No changes."), "{told}");
}
