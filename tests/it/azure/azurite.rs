//! Azurite, Microsoft's own emulator, which checks each signature. It is found on the `PATH` as `azurite-blob`, or named by
//! `KEYPLAN_TEST_AZURITE`; `npm install azurite` brings it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use keyplan::http::{Agent, AgentSettings, Header, HeaderValue, Method, Request, Roots, Transport, Url};

use crate::object_scene::Scene;
use crate::support::{Workspace, skipped_without};

/// Of the account that each Azurite has, and whose key is in its documentation.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server that is ended with the test.
struct Azurite {
    child: Child,
    url: String,
    _folder: Workspace,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Azurite {
    fn start() -> Option<Self> {
        let program = std::env::var("KEYPLAN_TEST_AZURITE").unwrap_or_else(|_| "azurite-blob".into());
        let folder = Workspace::with(&[]);
        let mut child = Command::new(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"])
            .args(["--disableTelemetry", "--skipApiVersionCheck", "--silent"])
            .current_dir(&folder.root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let url = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "Azurite has ended");
            if let Some((_, url)) = line.split_once("successfully listens on ") {
                break url.trim().to_owned();
            }
        };
        // What it logs is read, so that it never waits.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Some(Self { child, url, _folder: folder })
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let endpoint = format!("{}/{ACCOUNT}", self.url);
        vec![("AZURE_STORAGE_BLOB_ENDPOINT", endpoint), ("AZURE_STORAGE_KEY", KEY.into())]
    }

    fn create_container(&self, name: &str) {
        let url = Url::parse(&format!("{}/{ACCOUNT}/{name}?restype=container", self.url)).unwrap();
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let public = |name, value: String| Header { name, value: HeaderValue::Public(value.into()) };
        let headers = vec![public("x-ms-date", date), public("x-ms-version", "2021-12-02".into())];
        let request = Request { method: Method::Put, url, headers, body: Some(Vec::new()) };
        let request = super::fake::signed(ACCOUNT, KEY, request);
        let connect_timeout = Duration::from_secs(9);
        let agent = Agent::new(AgentSettings {
            roots: Roots::default(),
            proxy: None,
            connect_timeout,
            largest: 9999,
        });
        let answer = Arc::new(agent).send(&request, connect_timeout).unwrap();
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    }
}

#[test]
fn a_state_is_kept_in_it_and_of_twenty_writers_one_wins() {
    let Some(azurite) = Azurite::start() else { return skipped_without("azurite") };
    let scene = Scene::new(format!("az://{ACCOUNT}/access/keyplan"), azurite.variables());
    assert!(scene.ends(&["plan", "."], 1).contains("there is no container `access`"));
    let wrong = [("AZURE_STORAGE_KEY", "d3Jvbmcta2V5")];
    assert!(scene.told(&["plan", "."], &scene.place, &wrong, 1).contains("failed to authenticate"));
    azurite.create_container("access");
    scene.twenty_writers();
}
