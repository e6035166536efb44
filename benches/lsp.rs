//! How long after a keystroke the editor is told what is found: `cargo bench --bench lsp`.
//!
//! From the message that carries the keystroke to the message that carries the findings, by the program itself, with
//! all keys proven. The claim is that it takes less than 50 ms at 1,000 keys and 1,000 clusters.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

mod generator;

use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use generator::Workspace;
use lsp_server::{Message, Notification, Request};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// Keys, as many clusters, and the files that they are in.
const WORKSPACES: [(usize, usize); 3] = [(1_000, 10), (1_000, 1_000), (10_000, 100)];

struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    text: String,
    version: i32,
}

impl Editor {
    fn open((keys, files): (usize, usize)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Workspace { keys, projects: keys / 100, files, rsa: (0, 0), seed: 1 }.write(folder.path());
        let settings = "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {name: w}\n";
        std::fs::write(folder.path().join("keyplan.yaml"), settings).expect("the file can be written");
        let text = std::fs::read_to_string(folder.path().join("part-00000.yaml")).expect("a file");
        let mut server = Command::new(env!("CARGO_BIN_EXE_keyplan"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("keyplan starts");
        let input = server.stdin.take().expect("a stream");
        let output = BufReader::new(server.stdout.take().expect("a stream"));
        let mut editor = Self { server, input, output, folder, text, version: 1 };
        let params = json!({"rootUri": format!("file://{}", editor.folder.path().display())});
        editor.send(&Message::Request(Request::new(1.into(), "initialize".into(), params)));
        let document = json!({"uri": editor.uri(), "languageId": "yaml", "version": 1, "text": editor.text});
        editor.tell("textDocument/didOpen", json!({"textDocument": document}));
        editor.type_letter();
        editor
    }

    fn uri(&self) -> String {
        format!("file://{}/part-00000.yaml", self.folder.path().display())
    }

    fn send(&mut self, message: &Message) {
        message.write(&mut self.input).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&Message::Notification(Notification::new(method.into(), params)));
    }

    /// Puts a letter before the last key that a cluster of the file has, and waits for what is found.
    fn type_letter(&mut self) {
        self.version += 1;
        let before = self.text.rfind("sshKey: ").expect("a cluster") + "sshKey: ".len();
        let position =
            json!({"line": self.text[..before].matches('\n').count(), "character": "  sshKey: ".len()});
        let change = json!([{"range": {"start": position, "end": position}, "text": "x"}]);
        let document = json!({"uri": self.uri(), "version": self.version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": change}));
        loop {
            let message = Message::read(&mut self.output).expect("the server answers").expect("it goes on");
            let Message::Notification(told) = message else { continue };
            if told.params["uri"] == self.uri().as_str() && told.params["version"] == self.version {
                let found = told.params["diagnostics"].as_array().expect("a list");
                assert!(found.iter().any(|one| one["code"] == "unknown-key"));
                return;
            }
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[divan::bench(args = WORKSPACES, sample_count = 50, sample_size = 1)]
fn keystroke(bencher: divan::Bencher<'_, '_>, workspace: (usize, usize)) {
    let mut editor = Editor::open(workspace);
    bencher.bench_local(|| editor.type_letter());
}
