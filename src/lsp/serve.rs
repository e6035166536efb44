//! The loop: messages in, messages out.

use std::io::{self, BufRead, Write};
use std::iter;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use lsp_server::Message;

use super::host::Host;
use super::message::{MessageError, read, write};
use super::server::Server;

/// How many messages wait for an answer before the client has to.
const MOST_WAITING: usize = 1024;

/// How the client ended the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As it should be: `shutdown`, then `exit`.
    Orderly,
    /// By `exit` alone.
    Abrupt,
}

/// Why the server cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("what the client sends is not understood: {0}")]
    Message(#[from] MessageError),
    #[error("the client has gone without `exit`")]
    Closed,
    #[error("the client does not read any more: {}", .0.kind())]
    Output(#[from] io::Error),
}

/// Serves a client until it ends the server.
///
/// # Errors
/// When a message is torn or no message, and when the client goes away.
pub fn serve(
    input: impl BufRead + Send + 'static,
    out: &mut dyn Write,
    host: &Host<'_>,
) -> Result<End, ServeError> {
    let (sender, waiting) = sync_channel(MOST_WAITING);
    // It ends with the process: nobody can be made to stop waiting for a stream.
    let _reader = thread::spawn(move || forward(input, &sender));
    let mut server = Server::new(host);
    loop {
        let first = waiting.recv().map_err(|_| ServeError::Closed)?;
        let batch: Vec<_> = iter::once(first).chain(waiting.try_iter().take(MOST_WAITING)).collect();
        server.cancel(batch.iter().flatten());
        for message in batch {
            let message = message?;
            if is_exit(&message) {
                return Ok(if server.is_shut_down() { End::Orderly } else { End::Abrupt });
            }
            send(out, &server.handle(message))?;
        }
        send(out, &server.refresh())?;
    }
}

/// Passes messages on, up to `exit`, the end, or the first that cannot be read.
fn forward(mut input: impl BufRead, waiting: &SyncSender<Result<Message, MessageError>>) {
    while let Some(message) = read(&mut input).transpose() {
        let is_last = message.as_ref().map_or(true, is_exit);
        if waiting.send(message).is_err() || is_last {
            return;
        }
    }
}

fn is_exit(message: &Message) -> bool {
    matches!(message, Message::Notification(notification) if notification.method == "exit")
}

fn send(out: &mut dyn Write, messages: &[Message]) -> io::Result<()> {
    messages.iter().try_for_each(|message| write(out, message))
}
