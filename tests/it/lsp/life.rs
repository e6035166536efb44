//! The life of the server: how it begins, what it refuses, how it ends.

use serde_json::{Value, json};

use super::client::Client;
use crate::support::Workspace;

const NOT_INITIALIZED: i64 = -32002;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const CANCELLED: i64 = -32800;

fn code(answer: Result<Value, (i64, String)>) -> i64 {
    answer.unwrap_err().0
}

#[test]
fn a_server_lives_from_initialize_to_exit() {
    let workspace = Workspace::with(&[]);
    let mut client = Client::start(&workspace.root, &[]);
    assert_eq!(code(client.ask("textDocument/hover", &json!({}))), NOT_INITIALIZED);
    assert_eq!(code(client.ask("shutdown", &json!(null))), NOT_INITIALIZED);
    assert_eq!(code(client.ask("initialize", &json!(7))), INVALID_PARAMS);
    let answer = client.ask("initialize", &json!({"rootUri": null, "capabilities": {}})).unwrap();
    assert_eq!(answer["serverInfo"]["name"], "keyplan");
    assert_eq!(code(client.ask("initialize", &json!({}))), INVALID_REQUEST);
    client.tell("initialized", &json!({}));
    client.tell("test/unknown", &json!({}));
    assert_eq!(code(client.ask("test/unknown", &json!([1]))), METHOD_NOT_FOUND);
    assert_eq!(client.ask("shutdown", &json!(null)), Ok(Value::Null));
    assert_eq!(code(client.ask("textDocument/hover", &json!({}))), INVALID_REQUEST);
    client.tell("exit", &json!(null));
    let (status, messages, said) = client.hang_up();
    assert_eq!((status.code(), messages.len(), said.as_str()), (Some(0), 0, ""));
}

#[test]
fn positions_are_counted_in_bytes_where_the_client_can() {
    for (offered, taken) in [
        (json!(null), "utf-16"),
        (json!({"general": {}}), "utf-16"),
        (json!({"general": {"positionEncodings": ["utf-16"]}}), "utf-16"),
        (json!({"general": {"positionEncodings": ["utf-32", "utf-16"]}}), "utf-16"),
        (json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}), "utf-8"),
    ] {
        let workspace = Workspace::with(&[]);
        let mut client = Client::start(&workspace.root, &[]);
        let params = if offered.is_null() { json!({}) } else { json!({"capabilities": offered}) };
        let answer = client.ask("initialize", &params).unwrap();
        assert_eq!(answer["capabilities"]["positionEncoding"], taken, "{offered}");
        client.end();
    }
}

#[test]
fn a_request_that_was_cancelled_while_it_waited_is_not_answered() {
    let workspace = Workspace::with(&[]);
    let mut client = Client::open_folder(&workspace.root);
    client.settle();
    // In one write, so that the second is there when the first is taken.
    let request =
        json!({"jsonrpc": "2.0", "id": 50, "method": "textDocument/hover", "params": {}}).to_string();
    let cancel = json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 50}}).to_string();
    // The first keeps the server busy until both are read.
    let first = json!({"jsonrpc": "2.0", "id": 49, "method": "test/nothing", "params": "x".repeat(1 << 20)})
        .to_string();
    let framed = [first, request, cancel].map(|text| format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    client.send_raw(framed.concat().as_bytes());
    let answer = code(client.answer(50));
    assert!([CANCELLED, METHOD_NOT_FOUND, INVALID_PARAMS].contains(&answer), "{answer}");
    client.tell("$/cancelRequest", &json!({"id": {}}));
    client.tell("$/cancelRequest", &json!({"id": "never asked"}));
    client.end();
}

#[test]
fn what_is_no_message_ends_the_server_with_an_error() {
    let torn = "Content-Length: 100\r\n\r\n{\"method\":";
    for (sent, why) in [
        ("GET / HTTP/1.1\r\n\r\n", "does not begin with headers"),
        (torn, "ended within a message"),
        ("Content-Length: 99999999999999\r\n\r\n{}", "longer than 512 MiB"),
        ("Content-Length: 2\r\n\r\n[]", "not one of JSON-RPC"),
        ("Content-Length: 7\r\n\r\n\u{1b}[31mxx", "not one of JSON-RPC"),
        ("", "gone without `exit`"),
    ] {
        let workspace = Workspace::with(&[]);
        let mut client = Client::start(&workspace.root, &[]);
        client.send_raw(sent.as_bytes());
        let (status, messages, said) = client.hang_up();
        assert_eq!((status.code(), messages.len()), (Some(1), 0), "{sent:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(why), "{sent:?}: {said}");
        assert!(!said.contains('\u{1b}'));
    }
}

#[test]
fn exit_without_shutdown_is_told_by_the_code_alone() {
    let workspace = Workspace::with(&[]);
    let mut client = Client::open_folder(&workspace.root);
    client.tell("exit", &json!(null));
    let (status, messages, said) = client.hang_up();
    assert_eq!((status.code(), messages.len(), said.as_str()), (Some(1), 0, ""));
}

#[test]
fn a_notification_that_is_not_understood_is_told_and_changes_nothing() {
    let workspace = Workspace::with(&[]);
    let mut client = Client::open_folder(&workspace.root);
    client.tell("textDocument/didOpen", &json!({"textDocument": "\u{1b}"}));
    client.tell("textDocument/didChange", &json!([]));
    client.tell("$/setTrace", &json!({"value": "off"}));
    client.settle();
    let told: Vec<_> = client.told.iter().map(|message| message["method"].as_str().unwrap()).collect();
    assert_eq!(told, ["window/logMessage", "window/logMessage"]);
    assert!(client.told[0]["params"]["message"].as_str().unwrap().starts_with("textDocument/didOpen: "));
    client.end();
}

#[test]
fn a_client_that_can_is_asked_to_tell_of_changed_files() {
    let workspace = Workspace::with(&[]);
    let mut client = Client::start(&workspace.root, &[]);
    let capabilities = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    client.ask("initialize", &json!({"capabilities": capabilities})).unwrap();
    client.tell("initialized", &json!({}));
    client.settle();
    let asked = &client.told[0];
    assert_eq!(asked["method"], "client/registerCapability");
    assert_eq!(asked["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    let answer = json!({"jsonrpc": "2.0", "id": asked["id"], "result": null});
    client.send(&answer);
    client.end();
}
