//! The fake on a port of this machine: a thread for each connection, and one request at a time.

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::bucket::Bucket;
use super::fault::Fault;
use super::message::{Answers, Heard};

pub(crate) struct Server<B: Answers = Bucket> {
    address: SocketAddr,
    shared: Arc<Shared<B>>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared<B> {
    bucket: Mutex<B>,
    /// What it proves with that it is whoever is asked, where it is a proxy.
    tls: Option<Arc<ServerConfig>>,
    is_over: AtomicBool,
    connections: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
}

impl<B: Answers> Server<B> {
    pub(crate) fn start(bucket: B) -> Self {
        Self::start_with(bucket, None)
    }

    /// A proxy that answers itself, whoever is asked.
    pub(crate) fn start_as_proxy(bucket: B, tls: ServerConfig) -> Self {
        Self::start_with(bucket, Some(Arc::new(tls)))
    }

    fn start_with(bucket: B, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (bucket, is_over, connections) = (Mutex::new(bucket), AtomicBool::new(false), Mutex::default());
        let shared = Arc::new(Shared { bucket, tls, is_over, connections });
        let accepting = Arc::clone(&shared);
        let acceptor = Some(thread::spawn(move || accept(&listener, &accepting)));
        Self { address, shared, acceptor }
    }

    /// As in `http://127.0.0.1:1234`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn bucket(&self) -> MutexGuard<'_, B> {
        locked(&self.shared.bucket)
    }
}

impl<B: Answers> Drop for Server<B> {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // One last connection, so that the acceptor looks.
        drop(TcpStream::connect(self.address));
        let mut is_sound = self.acceptor.take().unwrap().join().is_ok();
        for (connection, thread) in locked(&self.shared.connections).drain(..) {
            // It may be closed already.
            let _ = connection.shutdown(Shutdown::Both);
            is_sound &= thread.join().is_ok();
        }
        assert!(is_sound || thread::panicking(), "a thread of the fake has failed");
    }
}

fn accept<B: Answers>(listener: &TcpListener, shared: &Arc<Shared<B>>) {
    for connection in listener.incoming().filter_map(Result::ok) {
        if shared.is_over.load(Ordering::SeqCst) {
            break;
        }
        let (kept, serving) = (connection.try_clone().unwrap(), Arc::clone(shared));
        let thread = thread::spawn(move || serve(&connection, &serving));
        locked(&shared.connections).push((kept, thread));
    }
}

fn serve<B: Answers>(connection: &TcpStream, shared: &Shared<B>) {
    connection.set_nodelay(true).unwrap();
    let mut closing = Closing(connection);
    let Some(tls) = &shared.tls else { return answer(closing.0.try_clone().unwrap(), shared) };
    let asked = Heard::read(&mut BufReader::new(connection));
    if asked.is_ok_and(|heard| heard.is_some_and(|heard| heard.method == "CONNECT"))
        && closing.0.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").is_ok()
    {
        let tls = ServerConnection::new(Arc::clone(tls)).unwrap();
        answer(StreamOwned::new(tls, connection.try_clone().unwrap()), shared);
    }
}

/// Answers what comes over a connection, until it is closed or a fault ends it.
fn answer<B: Answers>(stream: impl Read + Write, shared: &Shared<B>) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(heard)) = Heard::read(&mut stream) {
        let answered = locked(&shared.bucket).answer(&heard);
        let (bytes, goes_on) = match answered {
            Ok(said) => (said.bytes(), true),
            Err(Fault::Cut) => {
                (b"HTTP/1.1 200 Said\r\ncontent-length: 100\r\n\r\n<ListBucket".to_vec(), false)
            }
            Err(_) => (Vec::new(), false),
        };
        if stream.get_mut().write_all(&bytes).is_err() || !goes_on {
            break;
        }
    }
}

/// A connection that is closed at the end, also at that of a thread that fails: its clones would keep it open.
struct Closing<'a>(&'a TcpStream);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // The client may have closed it.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
