//! One connection: requests in, answers out, each with a deadline.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::request::{Method, Request, target};

/// The largest head of a request.
const MAX_HEAD: usize = 16 * 1024;
/// How long a head may take to arrive once it has begun, and how long a connection may idle before.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);
/// How long a body may take.
const BODY_WITHIN: Duration = Duration::from_secs(60);
/// How long one piece of an answer may take to be accepted.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client is gone, idle or too slow; nothing is to be said.
    Gone,
    /// This is to be answered, then the connection is closed.
    Bad(u16, &'static str),
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What came after the last request.
    ahead: Vec<u8>,
    peer: IpAddr,
}

/// A head that is complete.
struct Head {
    request: Request,
    length: usize,
    expects: bool,
    keep: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_WITHIN))?;
        let peer = stream.peer_addr()?.ip();
        Ok(Self { stream, ahead: Vec::new(), peer })
    }

    /// The next request, and whether the client wants to go on after it. `most` says how large a body may be.
    pub(crate) fn request(&mut self, most: impl Fn(&Request) -> usize) -> Result<(Request, bool), ReadError> {
        let mut end = Instant::now() + IDLE;
        let mut begun = !self.ahead.is_empty();
        let head = loop {
            if begun {
                end = end.min(Instant::now() + HEAD_WITHIN);
            }
            if let Some(head) = parse(&mut self.ahead, self.peer)? {
                break head;
            }
            if self.ahead.len() > MAX_HEAD {
                return Err(ReadError::Bad(431, "the head of this request is too long"));
            }
            self.more(end)?;
            if !begun {
                begun = true;
                end = Instant::now() + HEAD_WITHIN;
            }
        };
        let Head { mut request, length, expects, keep } = head;
        if length > most(&request) {
            return Err(ReadError::Bad(413, "that is too large"));
        }
        if expects && self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err() {
            return Err(ReadError::Gone);
        }
        let end = Instant::now() + BODY_WITHIN;
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
        Err(httparse::Error::TooManyHeaders) => return Err(ReadError::Bad(431, "too many headers")),
        Err(_) => return Err(ReadError::Bad(400, "this is no HTTP request")),
    };
    let method = parsed
        .method
        .and_then(Method::read)
        .ok_or(ReadError::Bad(405, "that method is not answered here"))?;
    let (path, query) =
        parsed.path.and_then(target).ok_or(ReadError::Bad(400, "that address cannot be read"))?;
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
                    return Err(ReadError::Bad(400, "two lengths"));
                }
                length = value.trim().parse().map_err(|_| ReadError::Bad(400, "that is no length"))?;
            }
            "transfer-encoding" => return Err(ReadError::Bad(411, "send the length of what you send")),
            "expect" => expects = value.eq_ignore_ascii_case("100-continue"),
            "connection" if value.to_ascii_lowercase().contains("close") => keep = false,
            "host" if named.contains_key("host") => return Err(ReadError::Bad(400, "two hosts")),
            _ => {}
        }
        named.insert(name, value);
    }
    bytes.drain(..used);
    let request = Request { method, path, query, headers: named, body: Vec::new(), peer };
    Ok(Some(Head { request, length, expects, keep }))
}
