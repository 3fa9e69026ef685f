//! News as they happen.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use call_web::{Patience, WebSettings};

use crate::house::{Page, Session, settings};

/// Somebody who watches.
pub struct Viewer {
    pub lines: BufReader<TcpStream>,
}

impl Viewer {
    /// Asks to watch and reads the head; `None` if that is refused.
    pub fn new(owner: &Session, seen: Option<u64>) -> Option<Self> {
        let mut stream = TcpStream::connect(owner.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let seen = seen.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let text = format!(
            "GET /api/events HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n{seen}\r\n",
            owner.address, owner.cookie
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut viewer = Self { lines: BufReader::new(stream) };
        let status = viewer.line()?;
        if !status.contains("200") {
            return None;
        }
        while viewer.line()? != "retry: 2000" {}
        Some(viewer)
    }

    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The number of the next piece of news; `None` when the stream ends.
    pub fn next(&mut self) -> Option<u64> {
        loop {
            if let Some(id) = self.line()?.strip_prefix("id: ") {
                let data = self.line()?;
                assert!(data.starts_with("data: {"), "{data}");
                return id.parse().ok();
            }
        }
    }
}

#[test]
fn who_comes_back_gets_what_was_missed() {
    let page = Page::new();
    let owner = page.owner();
    let mut first = Viewer::new(&owner, None).unwrap();
    for seq in 1..=5 {
        page.tell(seq);
    }
    assert_eq!((0..5).map(|_| first.next().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let mut back = Viewer::new(&owner, Some(3)).unwrap();
    page.tell(6);
    assert_eq!((0..3).map(|_| back.next().unwrap()).collect::<Vec<_>>(), [4, 5, 6]);
    let mut new = Viewer::new(&owner, None).unwrap();
    page.tell(7);
    assert_eq!(new.next(), Some(7), "who comes new gets the new");
}

#[test]
fn viewers_and_connections_are_counted_and_places_become_free() {
    let patience = Patience { alive: Duration::from_millis(50), ..Patience::default() };
    let page = Page::with(WebSettings { viewers: 3, patience, ..settings() });
    let owner = page.owner();
    let three: Vec<Viewer> = (0..3).map(|_| Viewer::new(&owner, None).unwrap()).collect();
    assert!(Viewer::new(&owner, None).is_none());
    assert_eq!(owner.get("/api/calls").status, 200, "the rest of the page goes on");
    drop(three);
    // Nothing happens at the guard, and yet the places become free.
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while Viewer::new(&owner, None).is_none() {
        assert!(std::time::Instant::now() < until, "the places stay taken");
    }

    let small = Page::with(WebSettings { connections: 8, ..settings() });
    let held: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(small.address()).unwrap()).collect();
    let refused = crate::house::raw(small.address(), b"");
    assert_eq!(refused.status, 503);
    drop(held);
}

#[test]
fn a_viewer_who_reads_nothing_is_let_go_and_holds_nobody_up() {
    let patience =
        Patience { piece: Duration::from_millis(100), gather: Duration::ZERO, ..Patience::default() };
    let page = Page::with(WebSettings { patience, ..settings() });
    let owner = page.owner();
    let _sleeper = Viewer::new(&owner, None).unwrap();
    let mut reader = Viewer::new(&owner, None).unwrap();
    for seq in 1..=2000 {
        page.tell(seq);
        // The reader keeps up; the sleeper's queue runs over.
        assert_eq!(reader.next(), Some(seq));
    }
}
