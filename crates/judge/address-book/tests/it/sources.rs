//! Files and servers, as they answer on good days and on bad ones.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use address_book::calendar::Calendar;
use address_book::source::{Place, Watched, fetch};
use secret::Secret;

const DEADLINE: Duration = Duration::from_secs(20);

/// A server that gives these answers, one a connection, and tells what it was asked.
fn server(answers: Vec<String>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (tell, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut request = String::new();
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
                request.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request.push_str(&String::from_utf8(body).unwrap());
            (&stream).write_all(answer.as_bytes()).unwrap();
            let _ = tell.send(request);
        }
    });
    (at, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn url(at: SocketAddr, path: &str) -> Place {
    Place::Url { url: format!("http://{at}{path}"), login: None }
}

fn dav(at: SocketAddr) -> Place {
    Place::Dav {
        url: format!("http://{at}/erika/book/"),
        login: Some(("erika".into(), Secret::new("tiger"))),
    }
}

#[test]
fn a_calendar_by_address_is_read_again_only_when_it_changed() {
    let (at, asked) = server(vec![
        answer("200 OK", "ETag: \"7\"\r\n", "BEGIN:VCALENDAR"),
        answer("304 Not Modified", "", ""),
    ]);
    let first = fetch(&url(at, "/cal.ics"), None).unwrap().unwrap();
    assert_eq!(first.texts, [b"BEGIN:VCALENDAR".to_vec()]);
    assert!(asked.recv_timeout(DEADLINE).unwrap().starts_with("GET /cal.ics "));
    assert_eq!(fetch(&url(at, "/cal.ics"), first.mark.as_deref()).unwrap(), None);
    assert!(asked.recv_timeout(DEADLINE).unwrap().to_ascii_lowercase().contains("if-none-match: \"7\""));
}

#[test]
fn an_address_book_is_asked_for_whole_and_only_when_it_changed() {
    let described = r#"<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/"><response><href>/erika/book/</href><propstat><prop><resourcetype><C:addressbook/><collection/></resourcetype><CS:getctag>"9"</CS:getctag></prop></propstat></response></multistatus>"#;
    let cards = r#"<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><response><propstat><prop><C:address-data>BEGIN:VCARD&#13;
FN:A&amp;B&#13;
END:VCARD</C:address-data></prop></propstat></response><response><propstat><prop><C:address-data><![CDATA[BEGIN:VCARD]]></C:address-data></prop></propstat></response></multistatus>"#;
    let (at, asked) = server(vec![
        answer("207 Multi-Status", "", described),
        answer("207 Multi-Status", "", cards),
        answer("207 Multi-Status", "", described),
    ]);
    let book = fetch(&dav(at), None).unwrap().unwrap();
    assert_eq!(book.texts.len(), 2);
    assert_eq!(book.texts[0], b"BEGIN:VCARD\r\nFN:A&B\r\nEND:VCARD");
    let propfind = asked.recv_timeout(DEADLINE).unwrap();
    assert!(
        propfind.starts_with("PROPFIND /erika/book/ ") && propfind.contains("Basic ZXJpa2E6dGlnZXI="),
        "{propfind}"
    );
    let report = asked.recv_timeout(DEADLINE).unwrap();
    assert!(report.starts_with("REPORT ") && report.contains("addressbook-query"), "{report}");
    assert_eq!(fetch(&dav(at), book.mark.as_deref()).unwrap(), None);
}

#[test]
fn every_refusal_says_what_to_do_and_nothing_secret() {
    for (status, remedy) in [
        ("401 Unauthorized", "password"),
        ("404 Not Found", "check the address"),
        ("405 Method Not Allowed", "address of a file"),
        ("503 Service Unavailable", "next refresh"),
        ("200 OK", "next refresh"),
    ] {
        let (at, _asked) = server(vec![answer(status, "", "")]);
        let error = fetch(&dav(at), None).unwrap_err().to_string();
        assert!(error.contains(remedy) && !error.contains("tiger"), "{status}: {error}");
    }
    for body in ["<html><p>hello", "<a/>", ""] {
        let (at, _asked) = server(vec![answer("207 Multi-Status", "", body)]);
        assert!(fetch(&dav(at), None).unwrap_err().to_string().contains("the address of"), "{body}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_an_error_and_no_empty_calendar() {
    let (at, _asked) = server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nBEGIN:VCAL".into()]);
    assert!(fetch(&url(at, "/c"), None).unwrap_err().to_string().contains("broke off"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(fetch(&url(closed, "/c"), None).unwrap_err().to_string().contains("no answer"));
    let bad = Place::Url { url: "calendar".into(), login: None };
    assert!(fetch(&bad, None).is_err());
}

#[test]
fn an_entity_bomb_is_refused() {
    let bomb = "<!DOCTYPE b [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><b>&b;</b>";
    let (at, _asked) = server(vec![answer("207 Multi-Status", "", bomb)]);
    assert!(fetch(&dav(at), None).unwrap_err().to_string().contains("no XML"));
}

#[test]
fn an_address_is_shown_without_its_secrets() {
    let place = Place::Url {
        url: "https://erika:tiger@calendar.example/ical/private-0123456789abcdef0123456789/basic.ics?key=1"
            .into(),
        login: None,
    };
    assert_eq!(place.shown(), "https://calendar.example/ical/.../basic.ics");
}

fn whole_texts(places: &[(Place, Vec<Vec<u8>>)]) -> (Vec<u8>, Vec<address_book::Problem>) {
    (places.iter().flat_map(|(_, texts)| texts.concat()).collect(), Vec::new())
}

#[test]
fn the_last_good_copy_stays_when_the_server_fails_and_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (at, _asked) = server(vec![
        answer("200 OK", "", "BEGIN:VCARD good"),
        answer("500 Oops", "", ""),
        answer("200 OK", "", "<html>Sign in"),
    ]);
    let place = url(at, "/c");
    let hour = Duration::from_secs(3600);
    {
        let watched =
            Watched::start(vec![place.clone()], hour, Some(dir.path().into()), Box::new(whole_texts))
                .unwrap();
        watched.changes().recv_timeout(DEADLINE).unwrap();
        assert_eq!(*watched.current().value, b"BEGIN:VCARD good");
        watched.refresh();
        watched.changes().recv_timeout(DEADLINE).unwrap();
        let now = watched.current();
        assert_eq!(*now.value, b"BEGIN:VCARD good");
        assert!(now.problems[0].to_string().contains("last good copy"), "{:?}", now.problems);
        watched.refresh();
        watched.changes().recv_timeout(DEADLINE).unwrap();
        let now = watched.current();
        assert_eq!(*now.value, b"BEGIN:VCARD good");
        assert!(now.problems[0].to_string().contains("log-in page"), "{:?}", now.problems);
    }
    let watched = Watched::start(vec![place], hour, Some(dir.path().into()), Box::new(whole_texts)).unwrap();
    assert_eq!(*watched.current().value, b"BEGIN:VCARD good", "at once, before the server was asked");
}

#[test]
fn a_file_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.ics");
    fs::write(&file, "one").unwrap();
    let place = Place::File(file.clone());
    let watched =
        Watched::start(vec![place], Duration::from_secs(3600), None, Box::new(whole_texts)).unwrap();
    watched.changes().recv_timeout(DEADLINE).unwrap();
    assert_eq!(*watched.current().value, b"one");
    fs::write(&file, "three").unwrap();
    watched.refresh();
    watched.changes().recv_timeout(DEADLINE).unwrap();
    assert_eq!(*watched.current().value, b"three");
}

#[test]
fn a_damaged_cache_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hour = Duration::from_secs(3600);
    for bytes in [&b"\xff\xff\xff\xffshort"[..], b"\x01", b"\x02\0\0\0ab\x03"] {
        let (at, _asked) = server(vec![answer("200 OK", "", "BEGIN:VCARD good")]);
        drop(
            Watched::start(vec![url(at, "/c")], hour, Some(dir.path().into()), Box::new(whole_texts))
                .unwrap(),
        );
        for file in fs::read_dir(dir.path()).unwrap() {
            fs::write(file.unwrap().path(), bytes).unwrap();
        }
        let watched =
            Watched::start(vec![url(closed, "/c")], hour, Some(dir.path().into()), Box::new(whole_texts))
                .unwrap();
        assert!(watched.current().value.is_empty());
    }
}

#[test]
fn a_calendar_reader_over_places() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.ics");
    fs::write(&file, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nDTSTART:20260101T000000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").unwrap();
    let missing = Place::File(dir.path().join("none.ics"));
    let watched = Watched::start(
        vec![Place::File(file), missing],
        Duration::from_secs(3600),
        None,
        Calendar::reader(chrono_tz::UTC),
    )
    .unwrap();
    watched.changes().recv_timeout(DEADLINE).unwrap();
    let now = watched.current();
    assert_eq!(now.value.len(), 1);
    assert!(now.problems.iter().any(|p| p.to_string().contains("none.ics")), "{:?}", now.problems);
}
