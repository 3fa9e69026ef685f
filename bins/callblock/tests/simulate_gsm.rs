//! `callblock simulate gsm` as another program sees it: a serial port with a stick behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

#[test]
fn a_stick_answers_rings_and_tells_what_the_network_sees() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["simulate", "gsm", "--profile", "simcom", "--for", "60"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let path = first.split_whitespace().next().unwrap().to_owned();
    let mut port = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let mut until = |command: &[u8], wanted: &str| {
        port.write_all(command).unwrap();
        let mut got = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&got).contains(wanted) {
            port.read_exact(&mut byte).unwrap();
            got.push(byte[0]);
        }
    };
    until(b"ATE0+CLIP=1\r", "OK\r\n");
    until(b"AT+CGMM\r", "SIMCOM_SIM7600E-H\r\n\r\nOK\r\n");
    let mut typed = child.stdin.take().unwrap();
    typed.write_all(b"call +447700900123\n").unwrap();
    until(b"", "+CLIP: \"+447700900123\",145,,,,0\r\n");
    until(b"ATA\r", "OK\r\n");
    let mut seen = String::new();
    out.read_line(&mut seen).unwrap();
    assert_eq!(seen, "answered +447700900123\n");
    typed.write_all(b"stop\n").unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_word_that_is_not_known_is_refused_with_those_that_are() {
    let out = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["simulate", "gsm", "--do", "explode"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&out.stderr).contains("hangup NUMBER"));
}
