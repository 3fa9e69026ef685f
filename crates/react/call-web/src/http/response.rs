//! An answer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::live::Place;
use crate::refusals;

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// A part of a file: from, length.
    File(File, u64, u64),
    /// A stream of events, which begins after this answer.
    Events,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// A place for somebody who watches the news from now on, or since the one that was seen last.
    pub(crate) watch: Option<(Place, Option<u64>)>,
}

impl Response {
    pub(crate) fn bytes(kind: &str, bytes: Vec<u8>) -> Self {
        let headers = vec![("Content-Type", kind.to_owned())];
        Self { status: 200, headers, body: Body::Bytes(bytes), watch: None }
    }

    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::bytes("application/json", bytes).with("Cache-Control", "no-store".into()),
            Err(error) => refusals::NOT_WRITTEN.with(&[&error]),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Writes the head and the body.
    /// A client who takes longer than `within`, and a second for every 32 kB, is given up.
    pub(crate) fn write(
        self,
        stream: &mut TcpStream,
        head_only: bool,
        keep: bool,
        within: Duration,
    ) -> io::Result<()> {
        let length = match &self.body {
            Body::Bytes(bytes) => Some(bytes.len() as u64),
            Body::File(_, _, length) => Some(*length),
            Body::Events => None,
        };
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            // A value with a line break would be another header.
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        for (name, value) in SAFETY {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str(if keep && length.is_some() {
            "Connection: keep-alive\r\n\r\n"
        } else {
            "Connection: close\r\n\r\n"
        });
        let until = Instant::now() + within + Duration::from_secs(length.unwrap_or_default() / 32_768);
        if head_only {
            return send(stream, head.as_bytes(), until);
        }
        match self.body {
            Body::Bytes(bytes) => {
                let mut all = head.into_bytes();
                all.extend_from_slice(&bytes);
                send(stream, &all, until)
            }
            Body::File(mut file, from, length) => {
                send(stream, head.as_bytes(), until)?;
                file.seek(SeekFrom::Start(from))?;
                let mut left = file.take(length);
                let mut piece = vec![0; 64 * 1024];
                loop {
                    match left.read(&mut piece)? {
                        0 => return Ok(()),
                        n => send(stream, &piece[..n], until)?,
                    }
                }
            }
            Body::Events => send(stream, head.as_bytes(), until),
        }
    }
}

/// Writes all; a client who takes a byte now and then does not hold the connection for ever.
fn send(stream: &mut TcpStream, mut bytes: &[u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        if Instant::now() >= until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Sent with every answer: nothing is loaded from elsewhere, nobody frames the page, nothing is guessed.
const SAFETY: [(&str, &str); 5] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
];

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
