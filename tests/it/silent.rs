//! A server that takes connections and never answers.

use std::net::{Ipv4Addr, TcpListener};

pub(crate) struct Silent(TcpListener);

impl Silent {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    /// As in `127.0.0.1:1234`.
    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Whether there was a connection.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.accept().is_ok()
    }
}
