//! As much of an HTTP client as a box in the house needs: one request, one connection, every wait bounded.

mod digest;
mod message;
#[cfg(feature = "tls")]
mod tls;

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

pub(crate) use digest::Challenge;
pub(crate) use message::Response;

use crate::{Error, FritzBoxSettings};

/// A box in the same house answers at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A large phone book takes a box a few seconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read: a full phone book has 2 MB.
const MAX_BODY: usize = 32 << 20;

/// One request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    /// `None` for GET.
    pub(crate) body: Option<&'a str>,
    pub(crate) soap_action: Option<&'a str>,
    pub(crate) authorization: Option<String>,
}

impl Request<'_> {
    pub(crate) fn method(&self) -> &'static str {
        if self.body.is_some() { "POST" } else { "GET" }
    }

    fn write(&self, host: &str) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: callblock\r\n",
            self.method(),
            self.path
        );
        if let Some(action) = self.soap_action {
            head.push_str(&format!("SOAPAction: \"{action}\"\r\n"));
        }
        if let Some(authorization) = &self.authorization {
            head.push_str(&format!("Authorization: {authorization}\r\n"));
        }
        if let Some(body) = self.body {
            head.push_str(&format!(
                "Content-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        head.push_str("\r\n");
        head.push_str(self.body.unwrap_or_default());
        head.into_bytes()
    }
}

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Http {
    host: Box<str>,
    port: u16,
    timeout: Duration,
    #[cfg(feature = "tls")]
    tls: Option<tls::Pinned>,
}

impl Http {
    pub(crate) fn new(settings: &FritzBoxSettings) -> Result<Self, Error> {
        #[cfg(not(feature = "tls"))]
        if settings.encrypted {
            return Err(Error::NoTls);
        }
        let port = if settings.encrypted { settings.tr064_tls_port } else { settings.tr064_port };
        Ok(Self {
            host: settings.address.clone(),
            port,
            timeout: REQUEST_TIMEOUT,
            #[cfg(feature = "tls")]
            tls: settings.encrypted.then(|| tls::Pinned::new(settings.certificate_file.clone())),
        })
    }

    /// Address and port, for messages.
    pub(crate) fn peer(&self) -> Box<str> {
        format!("{}:{}", self.host, self.port).into()
    }

    /// Sends one request and reads its answer, whatever the answer's status.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Response, Error> {
        let until = Instant::now() + self.timeout;
        let stream = Timed { stream: connect(&self.host, self.port)?, until };
        let bytes = request.write(&self.peer());
        #[cfg(feature = "tls")]
        if let Some(pinned) = &self.tls {
            return pinned
                .exchange(stream, &bytes, MAX_BODY)
                .map_err(|source| self.broken(source))?
                .ok_or_else(|| Error::OtherCertificate { peer: self.peer(), file: pinned.file().cloned() });
        }
        exchange(stream, &bytes, MAX_BODY).map_err(|source| self.broken(source))
    }

    fn broken(&self, source: io::Error) -> Error {
        if source.kind() == io::ErrorKind::InvalidData {
            Error::BadAnswer { peer: self.peer(), what: source.to_string().into() }
        } else {
            Error::Broken { peer: self.peer(), source }
        }
    }
}

/// Writes the request and reads the answer.
fn exchange(mut stream: impl Read + Write, request: &[u8], max_body: usize) -> io::Result<Response> {
    stream.write_all(request)?;
    stream.flush()?;
    Response::read(&mut BufReader::new(stream), max_body)
}

fn connect(host: &str, port: u16) -> Result<TcpStream, Error> {
    let unknown = |source| Error::Unknown { address: host.into(), source };
    let addresses = (host, port).to_socket_addrs().map_err(unknown)?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    let peer = format!("{host}:{port}").into();
    Err(match last.kind() {
        io::ErrorKind::ConnectionRefused => Error::Tr064Off { peer, source: last },
        _ => Error::Unreachable { peer, source: last },
    })
}

/// A connection that nobody waits for longer than until then.
#[derive(Debug)]
pub(crate) struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time"));
        }
        Ok(left)
    }
}

/// Unix says "would block" where a socket's time is up.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock {
        return io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time");
    }
    error
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buf).map_err(timed_out)
    }
}

impl Write for Timed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(buf).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
