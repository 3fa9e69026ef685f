//! An HTTP answer.

use std::io::{self, BufRead, Read as _};

/// All header lines together are no longer than this.
const MAX_HEAD: u64 = 64 << 10;

/// One answer, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(Box<str>, Box<str>)>,
    pub(crate) body: Vec<u8>,
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Response {
    /// Every header of that name.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Reads an answer; one that is longer than `max_body`, cut, or no HTTP is an error.
    pub(crate) fn read(input: &mut impl BufRead, max_body: usize) -> io::Result<Self> {
        let mut left = MAX_HEAD;
        let mut response = loop {
            let status = status_line(&line(input, &mut left)?)?;
            let mut headers = Vec::new();
            loop {
                let line = line(input, &mut left)?;
                if line.is_empty() {
                    break;
                }
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.trim().into(), value.trim().into()));
                }
            }
            // 1xx announces that the real answer follows.
            if status >= 200 {
                break Self { status, headers, body: Vec::new() };
            }
        };
        response.body = response.read_body(input, max_body)?;
        Ok(response)
    }

    fn read_body(&self, input: &mut impl BufRead, max: usize) -> io::Result<Vec<u8>> {
        if self.status == 204 || self.status == 304 {
            return Ok(Vec::new());
        }
        if self.header("transfer-encoding").is_some_and(|e| e.to_ascii_lowercase().contains("chunked")) {
            return chunks(input, max);
        }
        match self.header("content-length") {
            Some(length) => {
                let length: usize = length.parse().map_err(|_| wrong("the answer's length is no number"))?;
                part(input, length, max)
            }
            None => {
                let mut body = Vec::new();
                input.take(max as u64 + 1).read_to_end(&mut body)?;
                if body.len() > max {
                    return Err(wrong("the answer is too long"));
                }
                Ok(body)
            }
        }
    }
}

fn status_line(line: &str) -> io::Result<u16> {
    let rest = line.strip_prefix("HTTP/1.").ok_or_else(|| wrong("the answer is not HTTP"))?;
    rest.split_ascii_whitespace()
        .nth(1)
        .and_then(|code| code.parse().ok())
        .filter(|code| (100..600).contains(code))
        .ok_or_else(|| wrong("the answer has no status"))
}

/// One header line without its end.
fn line(input: &mut impl BufRead, left: &mut u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    let taken = input.take(*left).read_until(b'\n', &mut bytes)?;
    *left -= taken as u64;
    if bytes.last() != Some(&b'\n') {
        return Err(if *left == 0 { wrong("the answer's head is too long") } else { cut() });
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within the answer")
}

/// Exactly that many bytes. Memory is taken as they come, not as they are announced.
fn part(input: &mut impl BufRead, length: usize, max: usize) -> io::Result<Vec<u8>> {
    if length > max {
        return Err(wrong("the answer is too long"));
    }
    let mut out = Vec::new();
    input.take(length as u64).read_to_end(&mut out)?;
    if out.len() < length { Err(cut()) } else { Ok(out) }
}

fn chunks(input: &mut impl BufRead, max: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut left = 1024;
        let head = line(input, &mut left)?;
        let size = head.split(';').next().unwrap_or_default().trim();
        let size =
            usize::from_str_radix(size, 16).map_err(|_| wrong("a part of the answer has no length"))?;
        if size == 0 {
            // What follows the last part is of no use here, and the connection is closed anyway.
            return Ok(body);
        }
        body.extend(part(input, size, max.saturating_sub(body.len()))?);
        let mut left = 2;
        line(input, &mut left)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Response> {
        Response::read(&mut &*bytes, 1000)
    }

    #[test]
    fn three_ways_to_end_a_body() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.0 200 OK\n\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        ] {
            let response = read(text.as_bytes()).unwrap();
            assert_eq!((response.status, &*response.body), (200, &b"hello"[..]), "{text}");
        }
    }

    #[test]
    fn cut_and_endless_answers_are_errors() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(70_000));
        assert!(read(long.as_bytes()).is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nx").is_err());
        let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b'x'; 2000]].concat();
        assert!(read(&endless).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let _ = read(bytes);
            let _ = read(&[b"HTTP/1.1 200 OK\r\n".as_slice(), bytes].concat());
        });
    }
}
