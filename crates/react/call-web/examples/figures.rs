//! The page's figures, over a log of any size: `figures DATABASE [VIEWERS]`. A log of ten million calls is made by
//! `cargo run --release -p call-log --example figures -- fill FILE 10000000`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed measurement is no measurement")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use call_event::{GuardCommand, GuardNews, GuardNotice, GuardReply};
use call_web::{House, Rules, WebServer, WebSettings};
use crossbeam_channel::{Receiver, unbounded};

struct OnlyALog {
    log: PathBuf,
    news: Receiver<Arc<GuardNotice>>,
}

impl House for OnlyALog {
    fn ask(&self, _: GuardCommand) -> Option<GuardReply> {
        None
    }
    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>> {
        Some(self.news.clone())
    }
    fn log(&self) -> PathBuf {
        self.log.clone()
    }
    fn recordings(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    fn rules(&self) -> Result<Rules, String> {
        Err("there are none".into())
    }
}

fn get(address: SocketAddr, path: &str, cookie: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let text =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 200"), "{path}: {all}");
    all
}

fn cookie_of(answer: &str) -> String {
    let line = answer.lines().find_map(|l| l.strip_prefix("Set-Cookie: ")).unwrap();
    line.split(';').next().unwrap().to_owned()
}

/// Median and worst of some rounds.
fn times(what: &str, rounds: usize, mut work: impl FnMut()) {
    let mut all: Vec<Duration> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    all.sort_unstable();
    println!("{what}: median {:.1?}, worst {:.1?} of {rounds}", all[rounds / 2], all[rounds - 1]);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let log: PathBuf = arguments.next().expect("figures DATABASE [VIEWERS]").into();
    let viewers: usize = arguments.next().map_or(200, |n| n.parse().unwrap());
    let (to, news) = unbounded();
    let settings = WebSettings { listen: "127.0.0.1:0".parse().unwrap(), ..WebSettings::default() };
    let server = WebServer::start(&settings, Arc::new(OnlyALog { log, news })).unwrap();
    let address = server.address();
    let cookie = cookie_of(&get(address, "/api/session", ""));

    // What a browser asks for before the first page stands.
    let page = get(address, "/", "");
    let app = get(address, "/js/app.js", "");
    let mut files: Vec<String> =
        vec!["/".into(), "/style.css".into(), "/icon.svg".into(), "/js/app.js".into()];
    files
        .extend(app.split("from \"./").skip(1).filter_map(|r| Some(format!("/js/{}", r.split('"').next()?))));
    files.extend(["/js/actions.js", "/js/format.js", "/js/wave.js"].map(String::from));
    assert!(page.contains("/js/app.js"));
    times(&format!("first page, {} files one after the other", files.len()), 50, || {
        for file in &files {
            get(address, file, "");
        }
    });
    times("first page of calls", 30, || drop(get(address, "/api/calls?limit=50", &cookie)));
    let mut path = "/api/calls?limit=50".to_owned();
    times("scrolling on, page by page", 100, || {
        let answer = get(address, &path, &cookie);
        let next = answer.split("\"next\":\"").nth(1).and_then(|r| r.split('"').next()).unwrap();
        path = format!("/api/calls?limit=50&after={next}");
    });
    times("blocked calls of a day", 30, || {
        drop(get(address, "/api/calls?limit=50&decision=block&until=2025-06-01", &cookie));
    });
    times("search for a number", 10, || {
        drop(get(address, "/api/calls?limit=50&search=03023112345", &cookie));
    });
    times("statistics of everything", 3, || drop(get(address, "/api/statistics", &cookie)));

    let mut all: Vec<BufReader<TcpStream>> = (0..viewers)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            let text = format!("GET /api/events HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n");
            stream.write_all(text.as_bytes()).unwrap();
            let mut lines = BufReader::new(stream);
            let mut line = String::new();
            while !line.starts_with("retry") {
                line.clear();
                lines.read_line(&mut line).unwrap();
            }
            lines
        })
        .collect();
    let mut seq = 0;
    times(&format!("an event to the last of {viewers} viewers"), 50, || {
        seq += 1;
        let news = GuardNews::MessageWaiting { waiting: true };
        to.send(Arc::new(GuardNotice { seq, at_ms: 0, line: "home".into(), news })).unwrap();
        for viewer in &mut all {
            let mut line = String::new();
            while !line.starts_with("data") {
                line.clear();
                viewer.read_line(&mut line).unwrap();
            }
        }
    });
}
