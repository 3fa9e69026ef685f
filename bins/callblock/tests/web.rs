//! `callblock web`: the page alone, passwords, and the page beside the guard.

#![cfg(feature = "web")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn callblock(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callblock"));
    command.arg("--dir").arg(dir).stdin(Stdio::null());
    command
}

fn password(text: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["web", "password"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A page that is served until the end of the test.
struct Page {
    program: Child,
    address: String,
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Page {
    fn new(dir: &Path) -> Self {
        let mut program = callblock(dir).args(["web", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { program, address }
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    }

    /// The headers of the owner on this machine.
    fn owner(&self) -> String {
        let answer = self.ask("GET", "/api/session", "", "");
        let cookie = answer.split("Set-Cookie: ").nth(1).unwrap().split(';').next().unwrap();
        let token = answer.split("\"csrf\":\"").nth(1).unwrap().split('"').next().unwrap();
        format!("Cookie: {cookie}\r\nX-Csrf-Token: {token}\r\n")
    }
}

#[test]
fn without_a_guard_the_page_shows_the_log_and_changes_lists() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("callblock.toml"), "[numbers]\ncountry = \"DE\"\narea = \"030\"\n")
        .unwrap();
    drop(call_log::CallLog::open(&dir.path().join("callblock.db")).unwrap());
    let page = Page::new(dir.path());
    assert!(page.ask("GET", "/", "", "").contains("<title>callblock</title>"));
    let owner = page.owner();
    assert!(page.ask("GET", "/api/status", &owner, "").starts_with("HTTP/1.1 503"));
    assert!(page.ask("GET", "/api/calls", &owner, "").contains("\"calls\":[]"));

    let block = r#"{"do":"block","number":"0221 4710123","name":"Pest"}"#;
    assert!(page.ask("POST", "/api/command", &owner, block).starts_with("HTTP/1.1 200"));
    let deny = || std::fs::read_to_string(dir.path().join("lists/deny.csv")).unwrap();
    assert!(deny().contains("Pest"), "{}", deny());
    let checked = page.ask("POST", "/api/check", &owner, r#"{"number":"+49 221 4710123"}"#);
    assert!(checked.contains("\"decision\":\"block\""), "{checked}");
    let forget = r#"{"do":"forget","number":"02214710123"}"#;
    assert!(page.ask("POST", "/api/command", &owner, forget).starts_with("HTTP/1.1 200"));
    assert!(!deny().contains("Pest"), "{}", deny());
    assert!(page.ask("POST", "/api/command", &owner, r#"{"do":"hang-up"}"#).starts_with("HTTP/1.1 503"));
}

#[test]
fn a_password_is_hashed_and_a_short_one_refused() {
    let hash = password("three good words\n");
    assert!(hash.status.success());
    assert!(String::from_utf8_lossy(&hash.stdout).starts_with("$argon2id$"));
    let short = password("short\n");
    assert_eq!(short.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&short.stderr).contains("at least 8"));
}

#[test]
fn others_are_not_let_in_without_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let refused = callblock(dir.path()).args(["web", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("callblock web password"));
    let refused = callblock(dir.path()).args(["run", "--web", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(78), "{}", String::from_utf8_lossy(&refused.stderr));
    std::fs::write(dir.path().join("callblock.toml"), "[web]\nlisten = \"0.0.0.0:8480\"\n").unwrap();
    let wrong = callblock(dir.path()).arg("check-config").output().unwrap();
    assert_eq!(wrong.status.code(), Some(78));
    let odd = callblock(dir.path()).args(["web", "here"]).output().unwrap();
    assert!(!odd.status.success() && String::from_utf8_lossy(&odd.stderr).contains("192.168.1.5:8480"));
}
