//! The fake on a port of this machine: a thread for each connection, and one request at a time.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::exchanges::Exchanges;
use super::http::read_request;

pub(super) struct Server {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

struct Shared {
    exchanges: Mutex<Exchanges>,
    is_over: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl Server {
    pub(super) fn start(exchanges: Exchanges) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            exchanges: Mutex::new(exchanges),
            is_over: AtomicBool::new(false),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        let acceptor = Some(thread::spawn(move || accept(&listener, &accepting)));
        Self { address, shared, acceptor }
    }

    pub(super) fn exchanges(&self) -> MutexGuard<'_, Exchanges> {
        locked(&self.shared.exchanges)
    }

    /// Ends all threads. Has none of them failed?
    pub(super) fn stop(&mut self) -> bool {
        let Some(acceptor) = self.acceptor.take() else { return true };
        self.shared.is_over.store(true, Ordering::SeqCst);
        // One last connection, so that the acceptor looks.
        drop(TcpStream::connect(self.address));
        let Ok(threads) = acceptor.join() else { return false };
        for connection in &*locked(&self.shared.connections) {
            // It may be closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
        let ends: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
        ends.iter().all(Result::is_ok)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let mut threads = Vec::new();
    for connection in listener.incoming().filter_map(Result::ok) {
        if shared.is_over.load(Ordering::SeqCst) {
            break;
        }
        locked(&shared.connections).push(connection.try_clone().unwrap());
        let shared = Arc::clone(shared);
        threads.push(thread::spawn(move || serve(connection, &shared)));
    }
    threads
}

/// Answers the requests of a connection, until one side closes it.
fn serve(connection: TcpStream, shared: &Shared) {
    connection.set_nodelay(true).unwrap();
    let mut input = BufReader::new(connection.try_clone().unwrap());
    let mut output = Closing(connection);
    while let Ok(Some(request)) = read_request(&mut input) {
        let message = locked(&shared.exchanges).answer(&request);
        let Some(message) = message else { break };
        if output.0.write_all(&message.bytes()).is_err() || message.is_cut {
            break;
        }
    }
}

/// A connection that is closed at the end, also at that of a thread that fails: its clones would keep it open.
struct Closing(TcpStream);

impl Drop for Closing {
    fn drop(&mut self) {
        // The client may have closed it.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
