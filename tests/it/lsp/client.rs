//! A client of the language server, as small as one can be.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::support::command;

/// A client, and what it was told.
pub(super) struct Client {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    asked: i32,
    pub(super) root: Utf8PathBuf,
    /// What was found, by the path of the file below the workspace.
    pub(super) found: BTreeMap<String, Vec<Value>>,
    /// Other messages that the server sent by itself.
    pub(super) told: Vec<Value>,
}

impl Client {
    /// Starts the server in a folder.
    pub(super) fn start(root: &Utf8Path, args: &[&str]) -> Self {
        Self::start_with(root, args, &[])
    }

    fn start_with(root: &Utf8Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(root);
        let command = command.arg("lsp").args(args).envs(variables.iter().copied());
        let mut server =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let input = server.stdin.take();
        let output = BufReader::new(server.stdout.take().unwrap());
        let root = root.to_owned();
        Self { server, input, output, asked: 0, root, found: BTreeMap::new(), told: Vec::new() }
    }

    /// Starts the server in a folder that is open in the editor.
    pub(super) fn open_folder(root: &Utf8Path) -> Self {
        Self::open_folder_with(root, &[])
    }

    /// The same with these variables in its environment.
    pub(super) fn open_folder_with(root: &Utf8Path, variables: &[(&str, &str)]) -> Self {
        let mut client = Self::start_with(root, &[], variables);
        let uri = client.uri("");
        let capabilities = json!({"general": {"positionEncodings": ["utf-16"]}});
        client.ask("initialize", &json!({"rootUri": uri, "capabilities": capabilities})).unwrap();
        client.tell("initialized", &json!({}));
        client
    }

    /// The URI of a file of the workspace. What a URI must escape is not in the paths of tests.
    pub(super) fn uri(&self, path: &str) -> String {
        let separator = if path.is_empty() { "" } else { "/" };
        format!("file://{}{separator}{path}", self.root)
    }

    /// Sends bytes, as they are.
    pub(super) fn send_raw(&mut self, bytes: &[u8]) {
        // A server that has ended reads no more, and that is for the test to see.
        let _ = self.input.as_mut().unwrap().write_all(bytes);
    }

    pub(super) fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub(super) fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request, and gives its number.
    pub(super) fn request(&mut self, method: &str, params: &Value) -> i32 {
        self.asked += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}));
        self.asked
    }

    /// Asks, and waits for the answer: the result, or the code and the message of an error.
    pub(super) fn ask(&mut self, method: &str, params: &Value) -> Result<Value, (i64, String)> {
        let id = self.request(method, params);
        self.answer(id)
    }

    /// Waits for the answer to a request.
    pub(super) fn answer(&mut self, id: i32) -> Result<Value, (i64, String)> {
        loop {
            let message = self.read().expect("the server answers");
            if message["id"] == id && message.get("method").is_none() {
                assert_eq!(message["jsonrpc"], "2.0");
                return match message.get("error") {
                    None => Ok(message["result"].clone()),
                    Some(error) => {
                        Err((error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned()))
                    }
                };
            }
            self.take(message);
        }
    }

    /// Waits until the server has told all that it has to tell.
    pub(super) fn settle(&mut self) {
        // What is found is told behind the answers to all that had waited.
        for _ in 0..2 {
            self.ask("test/nothing", &json!(null)).unwrap_err();
        }
    }

    fn take(&mut self, message: Value) {
        if message["method"] != "textDocument/publishDiagnostics" {
            self.told.push(message);
            return;
        }
        let uri = message["params"]["uri"].as_str().unwrap();
        let path = uri.strip_prefix(&self.uri("")).unwrap().trim_start_matches('/').to_owned();
        let found = message["params"]["diagnostics"].as_array().unwrap().clone();
        if found.is_empty() {
            self.found.remove(&path)
        } else {
            self.found.insert(path, found)
        };
    }

    /// The next message; nothing at the end.
    fn read(&mut self) -> Option<Value> {
        let mut length = None;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.strip_suffix("\r\n").unwrap().split_once(": ") {
                Some(("Content-Length", number)) => length = Some(number.parse().unwrap()),
                Some(other) => panic!("the header {other:?}"),
                None => break,
            }
        }
        let mut content = vec![0; length.unwrap()];
        self.output.read_exact(&mut content).unwrap();
        Some(serde_json::from_slice(&content).unwrap())
    }

    pub(super) fn open(&mut self, path: &str, text: &str) {
        let document = json!({"uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Puts another text in place of an open one.
    pub(super) fn replace(&mut self, path: &str, text: &str) {
        let document = json!({"uri": self.uri(path), "version": 2});
        let changes = json!([{"text": text}]);
        self.tell("textDocument/didChange", &json!({"textDocument": document, "contentChanges": changes}));
    }

    /// The place behind some text of a file.
    pub(super) fn place(&self, path: &str, text: &str, before: &str) -> Value {
        // Files of Windows are asked about in the same words.
        let before = if text.contains("\r\n") { before.replace('\n', "\r\n") } else { before.to_owned() };
        json!({"textDocument": {"uri": self.uri(path)}, "position": position(text, &before, &before)})
    }

    /// Writes the edits that the server has proposed, and gives the texts from before.
    pub(super) fn apply(&self, edit: &Value) -> BTreeMap<String, String> {
        let mut before = BTreeMap::new();
        for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
            let path = uri.strip_prefix(&self.uri("")).unwrap().trim_start_matches('/').to_owned();
            let text = std::fs::read_to_string(self.root.join(&path)).unwrap();
            let mut lines: Vec<_> = text.split('\n').map(str::to_owned).collect();
            // From the last to the first, so that none moves another.
            let mut edits: Vec<_> = edits.as_array().unwrap().iter().rev().collect();
            edits.sort_by_key(|edit| std::cmp::Reverse(number(&edit["range"]["start"]["line"])));
            for edit in edits {
                let (start, end) = (&edit["range"]["start"], &edit["range"]["end"]);
                assert_eq!(start["line"], end["line"], "a name is on one line");
                let line = &mut lines[number(&start["line"])];
                let units: Vec<u16> = line.encode_utf16().collect();
                let part = |units: &[u16]| String::from_utf16(units).unwrap();
                let (start, end) = (number(&start["character"]), number(&end["character"]));
                let new = edit["newText"].as_str().unwrap();
                *line = format!("{}{new}{}", part(&units[..start]), part(&units[end..]));
            }
            std::fs::write(self.root.join(&path), lines.join("\n")).unwrap();
            before.insert(path, text);
        }
        before
    }

    /// Ends the conversation without a word, and gives how the server ended and what it wrote.
    pub(super) fn hang_up(mut self) -> (ExitStatus, Vec<Value>, String) {
        drop(self.input.take());
        let messages = std::iter::from_fn(|| self.read()).collect();
        let mut said = String::new();
        self.server.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.server.wait().unwrap(), messages, said)
    }

    /// Ends the conversation as the protocol has it.
    pub(super) fn end(mut self) {
        assert_eq!(self.ask("shutdown", &json!(null)), Ok(Value::Null));
        self.tell("exit", &json!(null));
        let (status, messages, said) = self.hang_up();
        assert_eq!((status.code(), messages.len(), said.as_str()), (Some(0), 0, ""));
    }
}

/// The position behind a part of the first place of a text that has it.
pub(super) fn position(text: &str, place: &str, part: &str) -> Value {
    let at = text.find(place).unwrap_or_else(|| panic!("{place}")) + part.len();
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().unwrap().encode_utf16().count();
    json!({"line": line, "character": column})
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
