//! Slow, broken, huge, redirecting, compressed, wrong-charset answers: none of them holds a call up.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use number_lookup::{Error, LookupSettings, Lookups, Outcome, PlugInSettings, Site};

use crate::number;
use crate::server::{Server, send};

const GOOD: &[u8] = b"<tellows><score>8</score><comments>12</comments></tellows>";
const LONG: Duration = Duration::from_secs(20);

fn site(server: &Server) -> Site {
    Site::open("tellows", std::path::Path::new(".")).unwrap().at(&server.url())
}

fn one(answer: impl Fn(&str, &str, &mut TcpStream) + Send + Sync + 'static, deadline: Duration) -> Outcome {
    let server = Server::start(answer);
    let lookups = Lookups::of_sites(vec![site(&server)]).unwrap();
    let mut tried = lookups.look_closely(&number("030 23125555"), deadline);
    assert_eq!(tried.len(), 1);
    tried.remove(0).outcome
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_good_answer_plain_and_packed() {
    let plain = one(|_, _, stream| send(stream, "200 OK", "", GOOD), LONG);
    assert!(matches!(&plain, Outcome::Known(a) if a.is_bad(8, 12)), "{plain:?}");
    let packed = one(|_, _, stream| send(stream, "200 OK", "Content-Encoding: gzip\r\n", &gzip(GOOD)), LONG);
    assert!(matches!(&packed, Outcome::Known(a) if a.is_bad(8, 12)), "{packed:?}");
}

#[test]
fn a_wrong_charset_does_not_matter() {
    let page = [GOOD, b"<p>M\xfcller".as_slice()].concat();
    let headers = "Content-Type: text/xml; charset=utf-8\r\n";
    let outcome = one(move |_, _, stream| send(stream, "200 OK", headers, &page), LONG);
    assert!(matches!(&outcome, Outcome::Known(a) if a.score == Some(8)), "{outcome:?}");
}

#[test]
fn whatever_is_broken_is_a_failure_with_a_reason() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    type Bad = Box<dyn Fn(&str, &str, &mut TcpStream) + Send + Sync>;
    let bad: Vec<(&str, Bad)> = vec![
        ("not HTTP", Box::new(|_, _, s| drop(s.write_all(b"hello\r\n\r\n")))),
        ("nothing", Box::new(|_, _, _| {})),
        ("cut", Box::new(|_, _, s| drop(s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<tel")))),
        ("a fault", Box::new(|_, _, s| send(s, "500 Oops", "", GOOD))),
        ("refused", Box::new(|_, _, s| send(s, "403 Forbidden", "", GOOD))),
        ("round and round", Box::new(|_, _, s| send(s, "302 Found", "Location: /again\r\n", b""))),
        ("to a file", Box::new(|_, _, s| send(s, "302 Found", "Location: file:///etc/passwd\r\n", b""))),
        ("huge", Box::new(|_, _, s| send(s, "200 OK", "", &vec![b'x'; 3 << 20]))),
        ("a bomb", Box::new(move |_, _, s| send(s, "200 OK", "Content-Encoding: gzip\r\n", &bomb))),
        (
            "half packed",
            Box::new(|_, _, s| send(s, "200 OK", "Content-Encoding: gzip\r\n", &gzip(GOOD)[..20])),
        ),
        ("another page", Box::new(|_, _, s| send(s, "200 OK", "", b"<html>we have moved</html>"))),
        ("no score", Box::new(|_, _, s| send(s, "200 OK", "", b"<tellows><score></score></tellows>"))),
    ];
    for (what, answer) in bad {
        let outcome = one(answer, LONG);
        assert!(matches!(&outcome, Outcome::Failed(_)), "{what}: {outcome:?}");
    }
}

#[test]
fn who_is_slow_is_not_waited_for() {
    // The server holds the line open and never answers; the deadline alone ends the wait.
    let outcome = one(
        |_, _, stream| {
            let _ = std::io::Read::read(stream, &mut [0; 1]);
        },
        Duration::from_millis(200),
    );
    assert!(matches!(outcome, Outcome::Failed(Error::Unreachable { .. })), "{outcome:?}");
}

#[test]
fn a_source_that_fails_again_and_again_is_left_alone() {
    let server = Server::start(|_, _, stream| send(stream, "500 Oops", "", b""));
    let lookups = Lookups::of_sites(vec![site(&server)]).unwrap();
    for _ in 0..5 {
        lookups.look_up(&number("030 23125555"), LONG);
    }
    assert_eq!(server.asked().len(), 3);
    let busy = Server::start(|_, _, stream| send(stream, "429 Too Many", "Retry-After: 600\r\n", b""));
    let lookups = Lookups::of_sites(vec![site(&busy)]).unwrap();
    for _ in 0..3 {
        lookups.look_up(&number("030 23125555"), LONG);
    }
    assert_eq!(busy.asked().len(), 1);
}

#[test]
fn an_answer_is_remembered_and_no_internal_number_is_asked_for() {
    let server = Server::start(|_, _, stream| send(stream, "200 OK", "", GOOD));
    let lookups = Lookups::of_sites(vec![site(&server)]).unwrap();
    for _ in 0..3 {
        assert_eq!(lookups.look_up(&number("030 23125555"), LONG).len(), 1);
    }
    for internal in ["**610", "110", "11833"] {
        assert!(lookups.look_up(&number(internal), LONG).is_empty(), "{internal}");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("GET /basic/num/03023125555?"), "{}", asked[0]);
}

#[test]
fn plug_ins_answer_with_json_or_not_at_all() {
    let answers = |script: &str| {
        let plug_in = PlugInSettings {
            name: "mine".into(),
            command: vec!["sh".into(), "-c".into(), script.into(), "sh".into(), "{e164}".into()],
            url: None,
        };
        let settings = LookupSettings { plug_ins: vec![plug_in], ..LookupSettings::default() };
        let lookups = Lookups::new(&settings, std::path::Path::new(".")).unwrap();
        lookups.look_closely(&number("030 23125555"), Duration::from_secs(10)).remove(0).outcome
    };
    let named = answers(r#"printf '{"score": 7.6, "votes": 4, "name": "%s"}' "$1""#);
    let Outcome::Known(answer) = named else { panic!("{named:?}") };
    assert_eq!((answer.score, answer.name.as_deref()), (Some(8), Some("+493023125555")));
    assert!(matches!(answers("echo {}"), Outcome::Unknown));
    assert!(matches!(answers("echo sorry"), Outcome::Failed(_)));
    assert!(matches!(answers("exit 3"), Outcome::Failed(_)));
}
