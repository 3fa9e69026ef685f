//! The web server under TR-064: one request a connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::digest::{self, Refused};
use super::faults::Fault;
use super::{Shared, files, scpd, soap};

/// What is sent back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn xml(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, kind: "text/xml; charset=\"utf-8\"", body: body.into() }
    }

    /// Clients look at the type, not at the status, to see that a file is missing.
    pub(super) fn not_found() -> Self {
        let page = "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>";
        Self { status: 404, kind: "text/html", body: page.into() }
    }
}

/// A request as far as a box reads it.
struct Asked {
    method: String,
    path: String,
    action: Option<String>,
    authorization: Option<String>,
    host: String,
    body: String,
}

const MAX_CONNECTIONS: usize = 64;

pub(super) fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if open.load(Ordering::Relaxed) >= MAX_CONNECTIONS {
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let (shared, open) = (shared.clone(), open.clone());
        let _ = std::thread::Builder::new().name("sim-tr064-peer".into()).spawn(move || {
            if let Err(error) = one(&stream, &shared) {
                log::debug!("simulated TR-064: {error}");
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn one(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    let asked = read(stream)?;
    let slow = shared.state().faults.slow;
    std::thread::sleep(slow);
    let fault = asked.action.as_deref().and_then(|action| take_fault(shared, action, &asked));
    if fault == Some(Fault::Reset) {
        socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
        return Ok(());
    }
    let (answer, header) = answer(shared, &asked, fault);
    let reason = if answer.status == 200 { "OK" } else { "Error" };
    let mut out = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        answer.kind,
        answer.body.len()
    )
    .into_bytes();
    if let Some(header) = header {
        out.extend_from_slice(format!("WWW-Authenticate: {header}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&answer.body);
    if fault == Some(Fault::Cut) {
        out.truncate(out.len() - answer.body.len() / 2);
    }
    let mut stream = stream;
    stream.write_all(&out)?;
    shared.changed.notify_all();
    Ok(())
}

/// The fault meant for this action. A request without name and password never gets that far.
fn take_fault(shared: &Shared, action: &str, asked: &Asked) -> Option<Fault> {
    asked.authorization.as_ref()?;
    let faults = &mut shared.state().faults;
    let list = if soap::writes(action) && !faults.writes.is_empty() {
        &mut faults.writes
    } else {
        &mut faults.actions
    };
    (!list.is_empty()).then(|| list.remove(0))
}

fn answer(shared: &Shared, asked: &Asked, fault: Option<Fault>) -> (Answer, Option<String>) {
    let path = asked.path.split('?').next().unwrap_or_default();
    if asked.method == "GET"
        && let Some(text) = scpd::file(path)
    {
        return (Answer::xml(200, text), None);
    }
    let known = asked.method == "POST" && scpd::service_at(path).is_some() || files::is_file(path);
    if !known {
        return (Answer::not_found(), None);
    }
    let mut state = shared.state();
    let allowed = match &asked.authorization {
        None => Err(Refused::Unknown),
        Some(header) => {
            digest::check(&mut state, &shared.setup.user, &shared.setup.password, &asked.method, header)
        }
    };
    if let Err(refused) = allowed {
        let header = digest::challenge(&mut state, refused);
        let page = "<html><head><title>401 Unauthorized</title></head><body>401 Unauthorized</body></html>";
        return (Answer { status: 401, kind: "text/html", body: page.into() }, Some(header));
    }
    let answer = match scpd::service_at(path) {
        Some(service) => soap::answer(
            &mut state,
            &soap::Question {
                service,
                action: asked.action.as_deref().unwrap_or_default(),
                body: &asked.body,
                host: &asked.host,
                second_factor: shared.setup.second_factor,
            },
            fault,
        ),
        None => files::answer(&state, &asked.path),
    };
    (answer, None)
}

fn read(stream: &TcpStream) -> io::Result<Asked> {
    let mut input = BufReader::new(stream.take(4 << 20));
    let mut line = String::new();
    input.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut asked =
        Asked { method, path, action: None, authorization: None, host: String::new(), body: String::new() };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "authorization" => asked.authorization = Some(value),
            "host" => asked.host = value,
            "soapaction" => {
                asked.action = value.trim_matches('"').split_once('#').map(|(_, action)| action.to_owned());
            }
            _ => {}
        }
    }
    let mut body = vec![0; usize::min(length, 4 << 20)];
    input.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(asked)
}
