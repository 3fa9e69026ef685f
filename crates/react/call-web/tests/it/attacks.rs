//! What attackers send.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use call_web::{Patience, WebSettings};

use crate::house::{Page, answer_of, raw, send, settings};

#[test]
fn another_page_cannot_post() {
    let page = Page::new();
    let owner = page.owner();
    let body = br#"{"do":"block","number":"030123"}"#;
    let cookie = ("Cookie", owner.cookie.as_str());
    let token = ("X-Csrf-Token", owner.csrf.as_str());
    let own = format!("http://{}", page.address());
    for headers in [
        vec![cookie],
        vec![cookie, ("X-Csrf-Token", "0000")],
        vec![cookie, ("X-Csrf-Token", "")],
        vec![cookie, token, ("Origin", "http://elsewhere.example")],
        vec![cookie, token, ("Origin", "null")],
        vec![cookie, token, ("Sec-Fetch-Site", "cross-site")],
    ] {
        assert_eq!(send(page.address(), "POST", "/api/command", &headers, body).status, 403, "{headers:?}");
    }
    assert!(page.house.asked.lock().unwrap().is_empty());
    let headers = [cookie, token, ("Origin", &*own), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(send(page.address(), "POST", "/api/command", &headers, body).status, 200);
    // A session of their own does them no good either, and none is opened for them.
    let theirs = send(page.address(), "GET", "/api/session", &[("Sec-Fetch-Site", "cross-site")], b"");
    assert_eq!((theirs.status, theirs.header("set-cookie")), (403, None));
}

#[test]
fn a_foreign_name_that_points_here_is_refused() {
    let page = Page::new();
    let port = page.address().port();
    for host in [
        "elsewhere.example",
        "localhost.elsewhere.example",
        "127.0.0.1.elsewhere.example",
        "",
        "10.0.0.1",
        "localhost:1",
        "[::2]",
    ] {
        let reply = send(page.address(), "GET", "/api/session", &[("Host", host)], b"");
        assert_eq!(reply.status, 421, "{host}");
        assert_eq!(reply.header("set-cookie"), None, "{host}");
    }
    assert_eq!(raw(page.address(), b"GET / HTTP/1.0\r\n\r\n").status, 421, "no name at all");
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("LOCALHOST:{port}")] {
        assert_eq!(send(page.address(), "GET", "/", &[("Host", &host)], b"").status, 200, "{host}");
    }
}

#[test]
fn no_path_leads_to_a_disk() {
    let page = Page::new();
    let owner = page.owner();
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/js/../../Cargo.toml",
        "/js/..%2f..%2fCargo.toml",
        "//etc/passwd",
        "/callblock.db",
        "/api/../callblock.db",
        "/api/calls/..%2f1/sound",
        "/api/calls/1/sound/../../../etc/passwd",
        "/api/recordings/one.wav",
    ] {
        let reply = owner.get(path);
        assert!(matches!(reply.status, 404 | 400), "{path}: {}", reply.status);
    }
}

#[test]
fn huge_requests_are_refused_before_they_are_read() {
    let page = Page::new();
    let owner = page.owner();
    let long = "x".repeat(40_000);
    assert_eq!(owner.get(&format!("/{long}")).status, 431);
    assert_eq!(owner.get_with("/", &[("X-Long", &long)]).status, 431);
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    let text = format!("GET / HTTP/1.1\r\nHost: {}\r\n{many}\r\n", page.address());
    assert_eq!(raw(page.address(), text.as_bytes()).status, 431);
    // Only the length is sent, not the body: the answer must come without it.
    let claim = |path: &str, length: u64, cookie: &str| {
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n",
            page.address()
        );
        raw(page.address(), text.as_bytes()).status
    };
    assert_eq!(claim("/api/command", 70_000, &owner.cookie), 413);
    assert_eq!(claim("/api/lists/deny.csv/import", 40 << 20, &owner.cookie), 413);
    assert_eq!(
        claim("/api/lists/deny.csv/import", 1 << 20, "callblock=stranger"),
        413,
        "strangers send little"
    );
    assert_eq!(claim("/api/command", u64::MAX, &owner.cookie), 413);
    assert_eq!(owner.post("/api/check", &"[".repeat(60_000)).status, 400, "deep nesting is no danger");
}

#[test]
fn requests_that_can_be_read_in_two_ways_are_refused() {
    let page = Page::new();
    let host = page.address();
    for (text, status) in [
        (
            format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
            400,
        ),
        (format!("POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: elsewhere\r\n\r\n"), 400),
        ("GET / HTTP/1.1\nHost\n\n".into(), 400),
        ("\0\0\0\0".into(), 400),
        ("\x16\x03\x01\x02\x00".into(), 400),
        (format!("TRACE / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 405),
    ] {
        assert_eq!(raw(page.address(), text.as_bytes()).status, status, "{text:?}");
    }
}

#[test]
fn several_requests_on_one_connection_stay_apart() {
    let page = Page::new();
    let host = page.address();
    let mut stream = TcpStream::connect(host).unwrap();
    let one = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let two = format!(
        "POST /api/check HTTP/1.1\r\nHost: {host}\r\nContent-Length: 27\r\n\r\nGET /secret HTTP/1.1\r\nA: b\r"
    );
    let last = format!("GET /nowhere HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{one}{two}{last}").as_bytes()).unwrap();
    let reply = answer_of(stream);
    let all = format!("{}\r\n\r\n{}", reply.head, reply.text());
    let statuses: Vec<&str> = all.match_indices("HTTP/1.1 ").map(|(at, _)| &all[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "401", "404"], "{all}");
}

#[test]
fn the_slow_are_cut_off() {
    let short = Duration::from_millis(150);
    let patience = Patience { idle: short, head: short, body: short, ..Patience::default() };
    let page = Page::with(WebSettings { patience, ..settings() });
    let cookie = page.owner().cookie;
    for text in [
        String::new(),
        "GET / HT".into(),
        format!(
            "POST /api/check HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nContent-Length: 9\r\n\r\n{{",
            page.address()
        ),
    ] {
        let mut stream = TcpStream::connect(page.address()).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
        assert!(rest.is_empty(), "it ends without a word");
    }
    assert_eq!(send(page.address(), "GET", "/", &[], b"").status, 200);
}

#[test]
fn a_download_that_nobody_takes_ends() {
    let short = Duration::from_millis(100);
    let patience = Patience { piece: short, answer: short, ..Patience::default() };
    let page = Page::with(WebSettings { patience, connections: 8, ..settings() });
    let owner = page.owner();
    // Larger than what the system keeps for a connection.
    let file = std::fs::OpenOptions::new().write(true).open(page.dir.path().join("rec/one.wav")).unwrap();
    file.set_len(64 << 20).unwrap();
    let idle: Vec<TcpStream> = (0..7)
        .map(|_| {
            let mut stream = TcpStream::connect(page.address()).unwrap();
            let text = format!(
                "GET /api/calls/1/sound HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n",
                page.address(),
                owner.cookie
            );
            stream.write_all(text.as_bytes()).unwrap();
            stream
        })
        .collect();
    // All but one place are held; they become free without anybody letting go.
    let until = std::time::Instant::now() + Duration::from_secs(20);
    let mut held = Vec::new();
    while held.len() < 7 {
        assert!(std::time::Instant::now() < until, "the places stay taken");
        let stream = TcpStream::connect(page.address()).unwrap();
        let mut asking = stream.try_clone().unwrap();
        let _ = asking
            .write_all(format!("GET /icon.svg HTTP/1.1\r\nHost: {}\r\n\r\n", page.address()).as_bytes());
        let mut start = [0; 12];
        if std::io::Read::read_exact(&mut asking, &mut start).is_ok() && start.ends_with(b"200") {
            held.push(stream);
        }
    }
    drop(idle);
}
