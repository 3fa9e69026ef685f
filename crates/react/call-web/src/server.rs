//! Listens, and gives each connection a thread of its own for as long as it behaves.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use crate::access::Access;
use crate::api::Api;
use crate::http::{Body, Connection, Method, ReadError, Response};
use crate::live::{Live, Viewer};
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
    open: AtomicUsize,
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
        let live = Live::default();
        let mut threads = Vec::new();
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new()
                .name(name.into())
                .stack_size(STACK)
                .spawn(run)
                .map_err(|e| Error::System(format!("no thread: {e}")))
        };
        if let Some(news) = house.news() {
            let (live, stopping, gather) = (live.clone(), Arc::clone(&stopping), settings.patience.gather);
            threads.push(start(
                "web-news",
                Box::new(move || {
                    while !stopping.load(Ordering::Relaxed) {
                        match news.recv_timeout(Duration::from_secs(5)) {
                            Ok(notice) => {
                                // Two hundred viewers that wake up would take the processor from the line.
                                thread::sleep(gather);
                                live.tell(&notice);
                                news.try_iter().for_each(|more| live.tell(&more));
                            }
                            Err(RecvTimeoutError::Timeout) => {}
                            Err(RecvTimeoutError::Disconnected) => return,
                        }
                    }
                }),
            )?);
        }
        let shared = Arc::new(Shared {
            api: Api::new(house, live, settings.viewers),
            access: Access::new(settings, address)?,
            open: AtomicUsize::new(0),
            connections: settings.connections.max(8),
            patience: settings.patience,
            stopping: Arc::clone(&stopping),
        });
        threads.push(start("web", Box::new(move || listen(&listener, &shared)))?);
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
        if shared.open.fetch_add(1, Ordering::Relaxed) >= shared.connections {
            shared.open.fetch_sub(1, Ordering::Relaxed);
            refuse(&stream);
            continue;
        }
        let here = Arc::clone(shared);
        let started = thread::Builder::new().name("web-one".into()).stack_size(STACK).spawn(move || {
            let count = Counted(&here.open);
            if let Err(error) = serve(stream, &here) {
                log::debug!("web page: a connection ended: {error}");
            }
            drop(count);
        });
        if let Err(error) = started {
            shared.open.fetch_sub(1, Ordering::Relaxed);
            log::error!("web page: no thread: {error}");
        }
    }
}

/// Counts a connection for as long as it lives, also when its thread panics.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn refuse(mut stream: &TcpStream) {
    let _ = stream.set_write_timeout(Some(Duration::from_millis(100)));
    let _ = stream.write_all(
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n",
    );
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut connection = Connection::new(stream, shared.patience)?;
    for count in 1..=REQUESTS {
        let (request, keep) = match connection.request(|request| Api::largest_body(&shared.access, request)) {
            Ok(request) => request,
            Err(ReadError::Gone) => return Ok(()),
            Err(ReadError::Bad(status, why)) => {
                Response::error(status, why).write(
                    connection.stream(),
                    false,
                    false,
                    shared.patience.answer,
                )?;
                connection.close();
                return Ok(());
            }
        };
        let keep = keep && count < REQUESTS && !shared.stopping.load(Ordering::Relaxed);
        let response = shared.api.answer(&shared.access, &request);
        if let Body::Events(viewer) = &response.body {
            let viewer = viewer.clone();
            response.write(connection.stream(), false, false, shared.patience.answer)?;
            return stream_events(connection.stream(), &viewer, shared);
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

fn stream_events(stream: &mut TcpStream, viewer: &Viewer, shared: &Shared) -> io::Result<()> {
    let events = &viewer.events;
    stream.write_all(b"retry: 2000\n\n")?;
    while !shared.stopping.load(Ordering::Relaxed) {
        match events.recv_timeout(shared.patience.alive) {
            Ok(text) => {
                // What has gathered goes in one write.
                let mut all = text.to_string();
                all.extend(events.try_iter().take(64).map(|t| t.to_string()));
                stream.write_all(all.as_bytes())?;
            }
            Err(RecvTimeoutError::Timeout) => stream.write_all(b": alive\n\n")?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}
