//! One connection: requests in, answers out, each with a deadline.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::Patience;
use crate::refusals::{self, Refusal};

use super::request::{Method, Request, target};

/// The largest head of a request.
const MAX_HEAD: usize = 16 * 1024;

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client is gone, idle or too slow; nothing is to be said.
    Gone,
    /// This is to be answered, then the connection is closed.
    Bad(Refusal),
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What came after the last request.
    ahead: Vec<u8>,
    peer: IpAddr,
    patience: Patience,
}

/// A head that is complete.
struct Head {
    request: Request,
    length: usize,
    expects: bool,
    keep: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, patience: Patience) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(patience.piece))?;
        let peer = stream.peer_addr()?.ip();
        Ok(Self { stream, ahead: Vec::new(), peer, patience })
    }

    /// The next request, and whether the client wants to go on after it. `most` says how large a body may be.
    pub(crate) fn request(&mut self, most: impl Fn(&Request) -> usize) -> Result<(Request, bool), ReadError> {
        let mut begun = !self.ahead.is_empty();
        let mut end = Instant::now() + if begun { self.patience.head } else { self.patience.idle };
        let head = loop {
            if let Some(head) = parse(&mut self.ahead, self.peer)? {
                break head;
            }
            if self.ahead.len() > MAX_HEAD {
                return Err(ReadError::Bad(refusals::LONG_HEAD));
            }
            self.more(end)?;
            if !begun {
                begun = true;
                end = Instant::now() + self.patience.head;
            }
        };
        let Head { mut request, length, expects, keep } = head;
        if length > most(&request) {
            return Err(ReadError::Bad(refusals::TOO_LARGE));
        }
        if expects && self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
            return Err(ReadError::Gone);
        }
        let end = Instant::now() + self.patience.body;
        while self.ahead.len() < length {
            self.more(end)?;
        }
        request.body = self.ahead.drain(..length).collect();
        Ok((request, keep))
    }

    /// Reads what has come, waiting until `end` at the latest.
    fn more(&mut self, end: Instant) -> Result<(), ReadError> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ReadError::Gone);
        }
        self.stream.set_read_timeout(Some(left)).map_err(|_| ReadError::Gone)?;
        let mut piece = [0; 8192];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(ReadError::Gone),
            Ok(n) => {
                self.ahead.extend_from_slice(&piece[..n]);
                Ok(())
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(ReadError::Gone),
        }
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Ends the connection so that the client still reads what was said last.
    pub(crate) fn close(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = self.stream.set_read_timeout(Some(Duration::from_millis(300)));
        let mut rest = [0; 4096];
        for _ in 0..16 {
            if !matches!(self.stream.read(&mut rest), Ok(n) if n > 0) {
                break;
            }
        }
    }
}

/// Takes a head off the bytes if it is complete.
fn parse(bytes: &mut Vec<u8>, peer: IpAddr) -> Result<Option<Head>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let used = match parsed.parse(bytes) {
        Ok(httparse::Status::Partial) => return Ok(None),
        Ok(httparse::Status::Complete(used)) => used,
        Err(httparse::Error::TooManyHeaders) => return Err(ReadError::Bad(refusals::MANY_HEADERS)),
        Err(_) => return Err(ReadError::Bad(refusals::NO_HTTP)),
    };
    let method = parsed.method.and_then(Method::read).ok_or(ReadError::Bad(refusals::NO_METHOD))?;
    let (path, query) = parsed.path.and_then(target).ok_or(ReadError::Bad(refusals::NO_ADDRESS))?;
    let mut named = std::collections::HashMap::new();
    let mut length = 0;
    let mut expects = false;
    let mut keep = parsed.version == Some(1);
    for header in parsed.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(header.value).into_owned();
        match name.as_str() {
            // Two lengths, or a second way to give one, are how requests are smuggled.
            "content-length" => {
                if named.contains_key("content-length") {
                    return Err(ReadError::Bad(refusals::TWO_LENGTHS));
                }
                length = value.trim().parse().map_err(|_| ReadError::Bad(refusals::NO_LENGTH))?;
            }
            "transfer-encoding" => return Err(ReadError::Bad(refusals::LENGTH_NEEDED)),
            "expect" => expects = value.eq_ignore_ascii_case("100-continue"),
            "connection" if value.to_ascii_lowercase().contains("close") => keep = false,
            "host" if named.contains_key("host") => return Err(ReadError::Bad(refusals::TWO_HOSTS)),
            _ => {}
        }
        named.insert(name, value);
    }
    bytes.drain(..used);
    let request = Request { method, path, query, headers: named, body: Vec::new(), peer };
    Ok(Some(Head { request, length, expects, keep }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const REQUEST: &[u8] = b"POST /api/lists/my%20list/entries?a=b+c HTTP/1.1\r\nHost: localhost:8480\r\n\
        Content-Length: 2\r\nCookie: other=1; callblock=abc\r\n\r\n{}";

    fn read(bytes: &[u8]) -> Result<Option<Head>, u16> {
        parse(&mut bytes.to_vec(), HERE).map_err(|e| match e {
            ReadError::Gone => 0,
            ReadError::Bad(refusal) => refusal.status,
        })
    }

    #[test]
    fn every_beginning_of_a_request_waits_for_the_rest() {
        let head = REQUEST.len() - 2;
        for end in 0..head {
            assert!(read(&REQUEST[..end]).is_ok_and(|head| head.is_none()), "{end}");
        }
        let read = read(&REQUEST[..head]).unwrap().unwrap();
        assert_eq!(read.request.path, "/api/lists/my list/entries");
        assert_eq!(read.request.query["a"], "b c");
        assert_eq!(read.request.cookie("callblock"), Some("abc"));
        assert_eq!((read.length, read.keep, read.expects), (2, true, false));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (head, status) in [
            ("Content-Length: 1\r\nContent-Length: 1", 400),
            ("Content-Length: 1\r\ncontent-length: 2", 400),
            ("Content-Length: -1", 400),
            ("Content-Length: 99999999999999999999999", 400),
            ("Content-Length: 1, 1", 400),
            ("Transfer-Encoding: chunked", 411),
            ("Host: a\r\nHost: b", 400),
            ("Na me: x", 400),
            (" folded: x", 400),
        ] {
            let text = format!("GET / HTTP/1.1\r\n{head}\r\n\r\n");
            assert_eq!(read(text.as_bytes()).err(), Some(status), "{head}");
        }
        for (line, status) in [
            ("BREW / HTTP/1.1", 405),
            ("GET http://elsewhere/ HTTP/1.1", 400),
            ("GET /%zz HTTP/1.1", 400),
            ("GET /%00 HTTP/1.1", 400),
            ("GET /%ff HTTP/1.1", 400),
            ("GET / HTTP/3.0", 400),
        ] {
            assert_eq!(read(format!("{line}\r\n\r\n").as_bytes()).err(), Some(status), "{line}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        bolero::check!().with_iterations(5000).for_each(|bytes: &[u8]| {
            let _ = read(bytes);
            let _ = read(&[b"GET /", bytes, b" HTTP/1.1\r\n\r\n"].concat());
            if let Ok(Some(head)) = read(&[b"GET / HTTP/1.1\r\nHost: a\r\n", bytes, b"\r\n\r\n"].concat()) {
                assert_eq!(head.request.path, "/");
            }
        });
    }
}
