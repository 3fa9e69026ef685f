//! Listens, and gives each connection a thread of its own for as long as it behaves; viewers of the news share one.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::access::Access;
use crate::api::Api;
use crate::http::{Connection, Method, ReadError};
use crate::live::{Counted, Live};
use crate::{Error, House, Patience, WebSettings};

/// Requests on one connection.
const REQUESTS: usize = 200;
/// A thread needs little: it parses one request and asks the database.
const STACK: usize = 512 * 1024;

/// The page, being served. Dropping it stops listening.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// What all connections share.
struct Shared {
    api: Api,
    access: Access,
    open: Arc<AtomicUsize>,
    connections: usize,
    patience: Patience,
    stopping: Arc<AtomicBool>,
}

impl WebServer {
    /// Starts serving.
    ///
    /// # Errors
    ///
    /// The address is taken, or others could come in without a password.
    pub fn start(settings: &WebSettings, house: Arc<dyn House>) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address: settings.listen.to_string(), source };
        // Refused before anything listens.
        Access::new(settings, settings.listen)?;
        let listener = TcpListener::bind(settings.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let mut start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.into()).stack_size(STACK).spawn(run);
            thread.map(|t| threads.push(t)).map_err(|e| Error::System(format!("no thread: {e}")))
        };
        let (live, run) = Live::new(house.news(), settings.viewers, settings.patience, Arc::clone(&stopping));
        start("web-news", Box::new(run))?;
        let shared = Arc::new(Shared {
            api: Api::new(house, live),
            access: Access::new(settings, address)?,
            open: Arc::default(),
            connections: settings.connections.max(8),
            patience: settings.patience,
            stopping: Arc::clone(&stopping),
        });
        start("web", Box::new(move || listen(&listener, &shared)))?;
        Ok(Self { address, stopping, threads })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the program ends.
    pub fn wait(mut self) {
        for thread in std::mem::take(&mut self.threads) {
            let _ = thread.join();
        }
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Wakes the one that waits for a connection.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                // Too many open files and the like pass; a loop without a pause would eat the processor.
                log::warn!("web page: a connection was lost: {error}");
                thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        let Some(counted) = Counted::new(&shared.open, shared.connections) else {
            refuse(&stream);
            continue;
        };
        let here = Arc::clone(shared);
        let started = thread::Builder::new().name("web-one".into()).stack_size(STACK).spawn(move || {
            if let Err(error) = serve(stream, counted, &here) {
                log::debug!("web page: a connection ended: {error}");
            }
        });
        if let Err(error) = started {
            log::error!("web page: no thread: {error}");
        }
    }
}

fn refuse(mut stream: &TcpStream) {
    let _ = stream.set_write_timeout(Some(Duration::from_millis(100)));
    let _ = stream.write_all(
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n",
    );
}

fn serve(stream: TcpStream, counted: Counted, shared: &Shared) -> io::Result<()> {
    let mut connection = Connection::new(stream, shared.patience)?;
    for count in 1..=REQUESTS {
        let (request, keep) = match connection.request(|request| Api::largest_body(&shared.access, request)) {
            Ok(request) => request,
            Err(ReadError::Gone) => return Ok(()),
            Err(ReadError::Bad(refusal)) => {
                refusal.answer().write(connection.stream(), false, false, shared.patience.answer)?;
                connection.close();
                return Ok(());
            }
        };
        let keep = keep && count < REQUESTS && !shared.stopping.load(Ordering::Relaxed);
        let mut response = shared.api.answer(&shared.access, &request);
        if let Some((place, seen)) = response.watch.take() {
            response.write(connection.stream(), false, false, shared.patience.answer)?;
            return shared.api.live().join(connection.into_stream(), place, counted, seen);
        }
        let head_only = request.method == Method::Head;
        response.write(connection.stream(), head_only, keep, shared.patience.answer)?;
        if !keep {
            connection.close();
            return Ok(());
        }
    }
    Ok(())
}
