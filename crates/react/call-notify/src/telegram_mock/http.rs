//! One request: read, carried out, answered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};

use super::rules::{Refusal, act, refuse, updates};
use super::{Fault, Request, Shared, TOKEN, lock};

pub(super) fn serve(stream: &TcpStream, state: &Shared, stop: &AtomicBool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (verb, path) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
    let (mut length, mut kind) = (0_usize, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "content-type" => kind = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length.min(60_000_000)];
    reader.read_exact(&mut body)?;

    if let Some(file) = path.strip_prefix(&format!("/file/bot{TOKEN}/documents/")) {
        let found = lock(state).files.get(file).cloned();
        return match found {
            Some(bytes) if verb == "GET" => respond(stream, 200, "application/octet-stream", &bytes),
            _ => respond(
                stream,
                404,
                "application/json",
                b"{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
            ),
        };
    }
    let Some(method) = path.strip_prefix(&format!("/bot{TOKEN}/")).map(str::to_owned) else {
        return answer(stream, Err(refuse(401, "Unauthorized")));
    };
    if method != "getUpdates"
        && let Some(fault) = take_fault(state, &method)
    {
        return fail(stream, &fault);
    }
    let fields = match fields(&kind, &body) {
        Ok(fields) => fields,
        Err(why) => return answer(stream, Err(refuse(400, &format!("Bad Request: {why}")))),
    };
    if method == "getUpdates" {
        return match updates(&fields, state, stop) {
            Err(fault) => fail(stream, &fault),
            Ok(done) => answer(stream, done),
        };
    }
    let done = act(&method, &fields, state);
    {
        let mut state = lock(state);
        match &done {
            Ok(_) => state.requests.push(Request { method, fields }),
            Err(refusal) => state.refused.push(format!("{method}: {}", refusal.text)),
        }
    }
    state.1.notify_all();
    answer(stream, done)
}

fn take_fault(state: &Shared, method: &str) -> Option<Fault> {
    let mut state = lock(state);
    let at = state.faults.iter().position(|(of, _)| of.is_empty() || of == method)?;
    state.faults.remove(at).map(|(_, fault)| fault)
}

fn fail(mut stream: &TcpStream, fault: &Fault) -> std::io::Result<()> {
    let refusal = match fault {
        Fault::TooMany(seconds) => Refusal {
            parameters: json!({"retry_after": seconds}),
            ..refuse(429, &format!("Too Many Requests: retry after {seconds}"))
        },
        Fault::Conflict => refuse(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        ),
        Fault::Blocked => refuse(403, "Forbidden: bot was blocked by the user"),
        Fault::BadGateway => {
            return respond(stream, 502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>");
        }
        Fault::Garbage => return respond(stream, 200, "text/html", b"<html>log in to the hotel</html>"),
        Fault::CutOff => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ok\":true,")?;
            return stream.shutdown(std::net::Shutdown::Both);
        }
    };
    answer(stream, Err(refusal))
}

fn answer(stream: &TcpStream, done: Result<Value, Refusal>) -> std::io::Result<()> {
    let (code, body) = match done {
        Ok(result) => (200, json!({"ok": true, "result": result})),
        Err(refusal) => {
            let mut body = json!({"ok": false, "error_code": refusal.code, "description": refusal.text});
            if !refusal.parameters.is_null() {
                body["parameters"] = refusal.parameters;
            }
            (refusal.code, body)
        }
    };
    respond(stream, code, "application/json", body.to_string().as_bytes())
}

fn respond(mut stream: &TcpStream, code: u16, kind: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())
}

/// Reads JSON or a form with files.
fn fields(kind: &str, body: &[u8]) -> Result<Value, String> {
    if kind.starts_with("application/json") {
        let value: Value = serde_json::from_slice(body).map_err(|e| format!("can't parse JSON: {e}"))?;
        return if value.is_object() { Ok(value) } else { Err("object expected".into()) };
    }
    let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") else {
        return if body.is_empty() { Ok(json!({})) } else { Err(format!("unsupported content type {kind}")) };
    };
    let mark = format!("--{boundary}");
    let mut out = json!({});
    let mut rest = body.strip_prefix(mark.as_bytes()).ok_or("no boundary at the start")?;
    loop {
        if rest == b"--\r\n" {
            return Ok(out);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("no line end after a boundary")?;
        let head_end = find(rest, b"\r\n\r\n").ok_or("a part without a body")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let next = format!("\r\n{mark}");
        let end = find(&rest[head_end + 4..], next.as_bytes()).ok_or("no boundary at the end")?;
        let content = &rest[head_end + 4..head_end + 4 + end];
        let attribute = |name: &str| {
            let (_, after) = head.split_once(&format!(" {name}=\""))?;
            after.split_once('"').map(|(value, _)| value.to_owned())
        };
        let name = attribute("name").ok_or("a part without a name")?;
        out[&name] = match attribute("filename") {
            Some(file) => json!({
                "file": file,
                "bytes": content.len(),
                "head": String::from_utf8_lossy(&content[..content.len().min(4)]),
            }),
            None => String::from_utf8_lossy(content).into_owned().into(),
        };
        rest = &rest[head_end + 4 + end + next.len()..];
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}
