//! The three servers. Each prints its address, serves a page at `/` and events at `/api/events`, and sends an event of
//! as many bytes as each line on its standard input says.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use call_event::{GuardCommand, GuardNews, GuardNotice, GuardReply};
use call_web::{House, Patience, Rules, WebServer, WebSettings};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

const ROOM: usize = 256;

/// Calls `tell` with the length of each event that is wanted.
fn on_each_line(mut tell: impl FnMut(usize)) {
    for line in std::io::stdin().lock().lines() {
        tell(line.unwrap().trim().parse().unwrap());
    }
    std::process::exit(0);
}

fn say_address(address: impl std::fmt::Display) {
    println!("{address}");
    std::io::stdout().flush().unwrap();
}

fn page() -> &'static str {
    include_str!("../../page/index.html")
}

struct Nothing(Receiver<Arc<GuardNotice>>);

impl House for Nothing {
    fn ask(&self, _: GuardCommand) -> Option<GuardReply> {
        None
    }
    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>> {
        Some(self.0.clone())
    }
    fn log(&self) -> PathBuf {
        "none.db".into()
    }
    fn recordings(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    fn rules(&self) -> Result<Rules, String> {
        Err("none".into())
    }
}

/// Our own, as it is used. The others do not wait before they tell their viewers, so it does not either.
pub fn own() {
    let (to, from) = bounded(1024);
    let patience = Patience { gather: Duration::ZERO, ..Patience::default() };
    let settings = WebSettings { listen: "127.0.0.1:0".parse().unwrap(), patience, ..WebSettings::default() };
    let server = WebServer::start(&settings, Arc::new(Nothing(from))).unwrap();
    say_address(server.address());
    let mut seq = 0;
    on_each_line(|length| {
        seq += 1;
        let news = GuardNews::Trouble { text: "x".repeat(length) };
        to.send(Arc::new(GuardNotice { seq, at_ms: 0, line: "home".into(), news })).unwrap();
    });
}

/// tiny_http: it reads requests on a pool of threads; each stream of events needs a thread of its own.
pub fn tiny() {
    let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
    say_address(server.server_addr());
    let viewers: Arc<Mutex<Vec<Sender<Arc<str>>>>> = Arc::default();
    let joining = Arc::clone(&viewers);
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            if request.url() != "/api/events" {
                let _ = request.respond(tiny_http::Response::from_string(page()));
                continue;
            }
            let (to, from) = bounded::<Arc<str>>(ROOM);
            joining.lock().unwrap().push(to);
            std::thread::spawn(move || {
                let mut out = request.into_writer();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 2000\n\n";
                let mut sent = out.write_all(head.as_bytes()).and_then(|()| out.flush());
                while sent.is_ok() {
                    let Ok(text) = from.recv() else { return };
                    sent = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                }
            });
        }
    });
    on_each_line(|length| {
        let text: Arc<str> = format!("data: {}\n\n", "x".repeat(length)).into();
        viewers.lock().unwrap().retain(|to| {
            !matches!(to.try_send(Arc::clone(&text)), Err(TrySendError::Disconnected(_) | TrySendError::Full(_)))
        });
    });
}

/// axum on one thread.
pub fn axum() {
    use axum::response::sse::{Event, Sse};
    use axum::routing::get;
    use tokio::sync::broadcast::{Receiver, channel};

    struct Stream(std::pin::Pin<Box<dyn std::future::Future<Output = (Option<String>, Receiver<String>)> + Send>>);

    async fn next(mut from: Receiver<String>) -> (Option<String>, Receiver<String>) {
        // Who lags behind is let go, as with the others.
        let text = from.recv().await.ok();
        (text, from)
    }

    impl futures_core::Stream for Stream {
        type Item = Result<Event, std::convert::Infallible>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let (text, from) = std::task::ready!(self.0.as_mut().poll(context));
            self.0 = Box::pin(next(from));
            std::task::Poll::Ready(text.map(|text| Ok(Event::default().data(text))))
        }
    }

    let (to, _) = channel::<String>(ROOM);
    let joining = to.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let app = axum::Router::new().route("/", get(|| async { axum::response::Html(page()) })).route(
                "/api/events",
                get(move || {
                    let from = joining.subscribe();
                    async move { Sse::new(Stream(Box::pin(next(from)))) }
                }),
            );
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            say_address(listener.local_addr().unwrap());
            axum::serve(listener, app).await.unwrap();
        });
    });
    on_each_line(|length| {
        let _ = to.send("x".repeat(length));
    });
}
