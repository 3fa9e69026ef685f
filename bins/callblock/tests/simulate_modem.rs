//! `callblock simulate modem` as a user starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(args: &[&str]) -> (Simulator, impl Iterator<Item = String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["simulate", "modem"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (Simulator(child), lines)
}

fn open(line: &str) -> std::fs::File {
    let path = line.split(' ').next().unwrap();
    std::fs::File::options().read(true).write(true).open(path).unwrap()
}

#[test]
fn a_caller_rings_once_a_program_listens() {
    let (_simulator, mut lines) =
        start(&["--speed", "20", "--call", "03023125555", "--name", "A N OTHER", "--every", "60s"]);
    let mut port = open(&lines.next().unwrap());
    port.write_all(b"AT+VCID=1\r").unwrap();
    let mut got = Vec::new();
    while !got.ends_with(b"NMBR = 03023125555\r\nNAME = A N OTHER\r\n") {
        let mut byte = [0];
        port.read_exact(&mut byte).unwrap();
        got.push(byte[0]);
    }
    assert!(lines.any(|line| line.ends_with("caller ID sent")));
}

#[test]
fn a_script_plays_to_its_end_and_the_link_goes() {
    let folder = std::env::temp_dir().join(format!("callblock-script-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = folder.join("calls");
    let link = folder.join("modem");
    std::fs::write(&script, "wait 1s\ncall P rings=2\non-hook 60s\nunplug\nwait 1s\nplug-in\n").unwrap();
    let args = ["--speed", "50", "--link", link.to_str().unwrap(), "--script", script.to_str().unwrap()];
    let (mut simulator, lines) = start(&args);
    let lines: Vec<String> = lines.collect();
    assert!(simulator.0.wait().unwrap().success());
    let all = lines.join("\n");
    for wanted in ["ring 2", "the other side hung up", "unplugged", "plugged in"] {
        assert!(all.contains(wanted), "{wanted} in {all}");
    }
    assert!(std::fs::symlink_metadata(&link).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_wrong_on_the_command_line_is_told() {
    for (args, code) in [
        (&["--profile", "unheard-of"][..], 64),
        (&["--split-replies", "x"], 64),
        (&["--script", "/nonexistent"], 65),
    ] {
        let (mut simulator, _) = start(args);
        assert_eq!(simulator.0.wait().unwrap().code(), Some(code), "{args:?}");
    }
    let (_simulator, lines) = start(&["--profile", "list"]);
    assert!(lines.count() >= 8);
}
