//! Messages as they come over a stream: bounded, and an error where one is torn. Nothing of a message is ever in an error.

use std::io::{self, BufRead, Read, Write};

use lsp_server::Message;

/// The longest message, in bytes: the text of the largest file that is read, escaped.
const LONGEST: u64 = 512 << 20;
/// The longest line of a header, in bytes.
const LONGEST_HEADER: u64 = 4 << 10;
/// Most lines of a header.
const MOST_HEADERS: usize = 16;

/// Why a stream cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("it cannot be read: {}", .0.kind())]
    Io(#[from] io::Error),
    #[error("it ended within a message")]
    Torn,
    #[error("a message does not begin with headers as `Content-Length: 100`")]
    Header,
    #[error("a message is longer than 512 MiB")]
    TooLong,
    #[error("a message is not one of JSON-RPC")]
    Content,
}

/// The next message; nothing where the stream ends between two.
pub(super) fn read(input: &mut impl BufRead) -> Result<Option<Message>, MessageError> {
    let Some(length) = read_length(input)? else { return Ok(None) };
    let mut content = Vec::new();
    // Memory is taken for what comes, not for what is promised.
    input.take(length).read_to_end(&mut content)?;
    if content.len() as u64 != length {
        return Err(MessageError::Torn);
    }
    serde_json::from_slice(&content).map(Some).map_err(|_| MessageError::Content)
}

/// The length of the next message, in bytes.
fn read_length(input: &mut impl BufRead) -> Result<Option<u64>, MessageError> {
    let mut length = None;
    for number in 0..MOST_HEADERS {
        let mut line = Vec::new();
        input.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        let line = match line.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None if line.is_empty() && number == 0 => return Ok(None),
            None if (line.len() as u64) < LONGEST_HEADER => return Err(MessageError::Torn),
            None => return Err(MessageError::Header),
        };
        if line.is_empty() {
            return length.map(Some).ok_or(MessageError::Header);
        }
        let line = str::from_utf8(line).map_err(|_| MessageError::Header)?;
        let (name, value) = line.split_once(':').ok_or(MessageError::Header)?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let value = value.trim().parse().map_err(|_| MessageError::Header)?;
            if value > LONGEST {
                return Err(MessageError::TooLong);
            }
            length = Some(value);
        }
    }
    Err(MessageError::Header)
}

/// Writes a message, and sees to it that it is on its way.
pub(super) fn write(out: &mut dyn Write, message: &Message) -> io::Result<()> {
    // A `Message` is written to a sized writer.
    let mut bytes = Vec::new();
    message.write(&mut bytes)?;
    out.write_all(&bytes)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use lsp_server::{Message, Notification};
    use proptest::prelude::*;

    use super::{MessageError, read, write};

    fn framed(content: &str) -> Vec<u8> {
        format!("Content-Length: {}\r\n\r\n{content}", content.len()).into_bytes()
    }

    #[test]
    fn what_was_written_is_read_again() {
        let notification = Notification::new("ä🙂".into(), serde_json::json!({"text": "a\n\u{1b}"}));
        let mut bytes = Vec::new();
        write(&mut bytes, &Message::Notification(notification)).unwrap();
        write(&mut bytes, &Message::Notification(Notification::new("exit".into(), ()))).unwrap();
        let mut input = bytes.as_slice();
        assert!(
            matches!(read(&mut input), Ok(Some(Message::Notification(one))) if one.method == "ä🙂" && one.params["text"] == "a\n\u{1b}")
        );
        assert!(matches!(read(&mut input), Ok(Some(Message::Notification(one))) if one.method == "exit"));
        assert!(matches!(read(&mut input), Ok(None)));
    }

    #[test]
    fn a_message_cut_off_anywhere_is_torn() {
        let whole = framed("{\"method\": \"exit\"}");
        for length in 1..whole.len() {
            assert!(matches!(read(&mut &whole[..length]), Err(MessageError::Torn)), "{length}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for header in [
            "Length 3\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "Content-Length: x\r\n\r\n",
            "\r\n",
            "a: b\r\n\r\n",
        ] {
            assert!(matches!(read(&mut header.as_bytes()), Err(MessageError::Header)), "{header:?}");
        }
        let endless = "x".repeat(1 << 20);
        assert!(matches!(read(&mut endless.as_bytes()), Err(MessageError::Header)));
        let many = "a: b\n".repeat(1 << 10);
        assert!(matches!(read(&mut many.as_bytes()), Err(MessageError::Header)));
        let long = b"Content-Length: 18446744073709551615\r\n\r\n{}";
        assert!(matches!(read(&mut &long[..]), Err(MessageError::TooLong)));
        let deep = "[".repeat(100_000);
        for content in ["", "{}", "[]", "null", "{", "{\"id\": 1}", &deep] {
            assert!(
                matches!(read(&mut framed(content).as_slice()), Err(MessageError::Content)),
                "{content:.20}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read(&mut bytes.as_slice());
        }
    }
}
