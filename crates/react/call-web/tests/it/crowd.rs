//! Two hundred viewers, slow readers and half-open peers at once.

use std::io::Write as _;
use std::net::TcpStream;

use crate::house::{Page, send};
use crate::live::Viewer;

#[test]
fn news_reach_two_hundred_viewers_through_the_crowd() {
    let page = Page::new();
    let owner = page.owner();
    // Peers that say nothing, and some that say half of something.
    let mut idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(page.address()).unwrap()).collect();
    for stream in idle.iter_mut().skip(50) {
        stream.write_all(b"GET /api/events HTTP/1.1\r\nHo").unwrap();
    }
    // Viewers who never read.
    let slow: Vec<Viewer> = (0..20).map(|_| Viewer::new(&owner, None).unwrap()).collect();
    let mut viewers: Vec<Viewer> = (0..200).map(|_| Viewer::new(&owner, None).unwrap()).collect();
    for seq in 1..=50 {
        page.tell(seq);
    }
    for viewer in &mut viewers {
        for seq in 1..=50 {
            assert_eq!(viewer.next(), Some(seq));
        }
    }
    assert_eq!(owner.get("/api/calls").status, 200);
    assert_eq!(send(page.address(), "GET", "/", &[], b"").status, 200);
    drop((slow, idle));
}
