//! The life of the server, and who answers what.

use std::collections::BTreeSet;

use gen_lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, LogMessageParams, MessageType,
    Registration, RegistrationParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::host::Host;
use super::initialize::{ClientParams, capabilities};
use super::notifications::note;
use super::params::{Answer, error, read, write};
use super::requests::request;
use super::session::Session;
use crate::diagnostics::visible;

/// The files whose changes outside of the editor matter.
const WATCHED: &str = "**/*.{yaml,yml,pub}";

/// A server and how far its life has come.
#[derive(Debug)]
pub(super) struct Server<'a> {
    host: &'a Host<'a>,
    /// Requests that are not to be answered any more.
    cancelled: BTreeSet<RequestId>,
    life: Life<'a>,
}

#[derive(Debug)]
enum Life<'a> {
    New,
    Open(Session<'a>),
    ShutDown,
}

impl<'a> Server<'a> {
    pub(super) const fn new(host: &'a Host<'a>) -> Self {
        Self { host, cancelled: BTreeSet::new(), life: Life::New }
    }

    pub(super) const fn is_shut_down(&self) -> bool {
        matches!(self.life, Life::ShutDown)
    }

    /// Notes which of the messages that wait are not to be answered.
    pub(super) fn cancel<'m>(&mut self, waiting: impl Iterator<Item = &'m Message>) {
        #[derive(Deserialize)]
        struct CancelParams {
            id: RequestId,
        }
        let ids = waiting.filter_map(|message| match message {
            Message::Notification(one) if one.method == "$/cancelRequest" => {
                CancelParams::deserialize(&one.params).ok()
            }
            _ => None,
        });
        self.cancelled = ids.map(|params| params.id).collect();
    }

    /// Takes a message, and gives what is to be sent.
    pub(super) fn handle(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Request(request) => vec![Message::Response(self.respond(request))],
            Message::Notification(notification) => self.note(notification),
            // The client answers what it was asked to watch: there is nothing to do about either answer.
            Message::Response(_) => Vec::new(),
        }
    }

    /// Checks what has changed, and tells what is new.
    pub(super) fn refresh(&mut self) -> Vec<Message> {
        let Life::Open(session) = &mut self.life else { return Vec::new() };
        let news = session.news().into_iter();
        news.map(|news| notification("textDocument/publishDiagnostics", news)).collect()
    }

    fn respond(&mut self, Request { id, method, params }: Request) -> Response {
        let response_result = if self.cancelled.contains(&id) {
            Err(error(ErrorCode::RequestCanceled, "cancelled"))
        } else {
            self.answer(&method, params)
        };
        Response { id, response_result }
    }

    fn answer(&mut self, method: &str, params: Value) -> Answer {
        match (&mut self.life, method) {
            (Life::New, "initialize") => {
                let client: ClientParams = read(params)?;
                let session = Session::new(self.host, &client);
                let answer = write(capabilities(session.editor.encoding));
                self.life = Life::Open(session);
                answer
            }
            (Life::New, _) => Err(error(ErrorCode::ServerNotInitialized, "`initialize` comes first")),
            (Life::Open(_), "initialize") => {
                Err(error(ErrorCode::InvalidRequest, "`initialize` came before"))
            }
            (Life::Open(_), "shutdown") => {
                self.life = Life::ShutDown;
                Ok(Value::Null)
            }
            (Life::Open(session), method) => request(session, method, params),
            (Life::ShutDown, _) => Err(error(ErrorCode::InvalidRequest, "the server was shut down")),
        }
    }

    fn note(&mut self, Notification { method, params }: Notification) -> Vec<Message> {
        let Life::Open(session) = &mut self.life else { return Vec::new() };
        if method == "initialized" {
            return if session.watches_files { vec![watch()] } else { Vec::new() };
        }
        match note(session, &method, params) {
            Ok(()) => Vec::new(),
            // Nobody waits for an answer, and what is not understood changes nothing.
            Err(error) => {
                let message = format!("{}: {}", visible(&method), error.message);
                vec![notification(
                    "window/logMessage",
                    LogMessageParams { kind: MessageType::Error, message },
                )]
            }
        }
    }
}

/// Asks the client to tell of files that change outside of the editor.
fn watch() -> Message {
    let pattern = GlobPattern::Pattern(WATCHED.into());
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: vec![FileSystemWatcher { glob_pattern: pattern, kind: None }],
    };
    let registration = Registration {
        id: "watched-files".into(),
        method: "workspace/didChangeWatchedFiles".into(),
        register_options: serde_json::to_value(options).ok(),
    };
    let params = RegistrationParams { registrations: vec![registration] };
    Message::Request(Request::new(1.into(), "client/registerCapability".into(), params))
}

fn notification(method: &str, params: impl Serialize) -> Message {
    Message::Notification(Notification::new(method.into(), params))
}
