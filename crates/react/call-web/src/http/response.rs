//! An answer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use serde::Serialize;

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// A part of a file: from, length.
    File(File, u64, u64),
    /// Server-sent events, until the channel or the client is gone.
    Events(Receiver<Arc<str>>),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

impl Response {
    pub(crate) fn bytes(kind: &str, bytes: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("Content-Type", kind.to_owned())], body: Body::Bytes(bytes) }
    }

    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::bytes("application/json", bytes).with("Cache-Control", "no-store".into()),
            Err(error) => Self::error(500, &error.to_string()),
        }
    }

    /// Something went wrong; the text is for people.
    pub(crate) fn error(status: u16, text: &str) -> Self {
        let mut response = Self::json(&serde_json::json!({ "error": text }));
        response.status = status;
        response
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Writes the head and a body that is not a stream of events.
    pub(crate) fn write(self, stream: &mut TcpStream, head_only: bool, keep: bool) -> io::Result<()> {
        let length = match &self.body {
            Body::Bytes(bytes) => Some(bytes.len() as u64),
            Body::File(_, _, length) => Some(*length),
            Body::Events(_) => None,
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
        if head_only {
            return stream.write_all(head.as_bytes());
        }
        match self.body {
            Body::Bytes(bytes) => {
                let mut all = head.into_bytes();
                all.extend_from_slice(&bytes);
                stream.write_all(&all)
            }
            Body::File(mut file, from, length) => {
                stream.write_all(head.as_bytes())?;
                file.seek(SeekFrom::Start(from))?;
                let mut left = file.take(length);
                let mut piece = vec![0; 64 * 1024];
                loop {
                    match left.read(&mut piece)? {
                        0 => return Ok(()),
                        n => stream.write_all(&piece[..n])?,
                    }
                }
            }
            Body::Events(_) => stream.write_all(head.as_bytes()),
        }
    }
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
