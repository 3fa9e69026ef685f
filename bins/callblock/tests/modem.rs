//! `callblock modem` as a user calls it, on a simulated modem.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use line_sim::voice_modem::{CONEXANT, FAX_ONLY, Settings, SimModem};

fn callblock(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock")).args(args).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn doctor_tells_what_a_modem_can_do() {
    let modem = SimModem::start(Settings::of(&CONEXANT)).unwrap();
    let port = modem.path().to_str().unwrap();
    let out = callblock(&["modem", "doctor", port, "--country", "US"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for wanted in ["profile    conexant", "yes, by AT+VCID=1", "set to US", "can screen, can speak"] {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    let out = callblock(&["modem", "doctor", port, "--country", "US", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(value["profile"], "conexant");
}

#[test]
fn four_errors_with_four_remedies() {
    let out = callblock(&["modem", "doctor", "/dev/ttyNOTTHERE"]);
    assert_eq!(out.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&out.stderr).contains("no such port"));

    let modem = SimModem::start(Settings::of(&CONEXANT)).unwrap();
    let port = modem.path().to_str().unwrap();
    let held = voice_modem::VoiceModem::open_raw(voice_modem::Settings::on_port(
        call_event::LineId::new("held"),
        modem.path(),
    ))
    .unwrap();
    let out = callblock(&["modem", "doctor", port]);
    assert_eq!(out.status.code(), Some(75), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stderr).contains("another program uses the port"));
    drop(held);

    let deaf = SimModem::start(Settings::of(&FAX_ONLY)).unwrap();
    deaf.deaf(None);
    let out = callblock(&["modem", "doctor", deaf.path().to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&out.stderr).contains("no modem answers there"));

    let out = callblock(&["modem", "doctor", "/dev/null"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("it is no serial port"));
}

#[test]
fn the_terminal_names_bytes_and_ends_on_hook() {
    let modem = SimModem::start(Settings::of(&CONEXANT)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["modem", "terminal", modem.path().to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"ATE0\nATH1\n").unwrap();
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("OK<CR><LF>"), "{text}");
    assert!(!modem.status().off_hook);
}

#[test]
fn list_says_something() {
    let out = callblock(&["modem", "list"]);
    assert!(out.status.success() && !out.stdout.is_empty());
    let out = callblock(&["modem", "list", "--json"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap().is_array());
}
