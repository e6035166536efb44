//! Azurite, Microsoft's own emulator, which checks each signature. `KEYPLAN_TEST_AZURITE` names its `azurite-blob`.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use keyplan::http::{Agent, AgentSettings, Header, HeaderValue, Method, Request, Roots, Transport, Url};

use crate::object_scene::Scene;
use crate::s3::fake::http_date;
use crate::served::{Served, named};
use crate::support::Workspace;

/// Of the account that each Azurite has, and whose key is in its documentation.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

struct Azurite {
    _served: Served,
    url: String,
    _folder: Workspace,
}

impl Azurite {
    fn start() -> Option<Self> {
        let program = named("KEYPLAN_TEST_AZURITE")?;
        let folder = Workspace::with(&[]);
        let mut command = Command::new(program);
        command.args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"]);
        command.args(["--disableTelemetry", "--skipApiVersionCheck", "--silent"]).current_dir(&folder.root);
        let url = |line: &str| Some(line.split_once("successfully listens on ")?.1.trim().to_owned());
        let (served, url) = Served::start(command, url);
        Some(Self { _served: served, url, _folder: folder })
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let endpoint = format!("{}/{ACCOUNT}", self.url);
        vec![("AZURE_STORAGE_BLOB_ENDPOINT", endpoint), ("AZURE_STORAGE_KEY", KEY.into())]
    }

    fn create_container(&self, name: &str) {
        let url = Url::parse(&format!("{}/{ACCOUNT}/{name}?restype=container", self.url)).unwrap();
        let date = http_date(jiff::Timestamp::now());
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
    let Some(azurite) = Azurite::start() else { return };
    let scene = Scene::new(format!("az://{ACCOUNT}/access/keyplan"), azurite.variables());
    assert!(scene.ends(&["plan", "."], 1).contains("there is no container `access`"));
    let wrong = [("AZURE_STORAGE_KEY", "d3Jvbmcta2V5")];
    assert!(scene.told(&["plan", "."], &scene.place, &wrong, 1).contains("failed to authenticate"));
    azurite.create_container("access");
    scene.twenty_writers();
}
