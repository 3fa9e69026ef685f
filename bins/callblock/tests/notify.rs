//! `callblock notify` as a user runs it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::net::UdpSocket;
use std::process::{Command, Output};
use std::time::Duration;

fn notify(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock"))
        .arg("--dir")
        .arg(folder)
        .arg("--config")
        .arg(folder.join("callblock.toml"))
        .arg("notify")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_test_notice_goes_out_by_each_way_and_failures_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    ear.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let config = format!(
        "[[notify.udp]]\nto = [\"{}\"]\n[[notify.command]]\nprogram = \"/bin/false\"\n",
        ear.local_addr().unwrap()
    );
    std::fs::write(folder.path().join("callblock.toml"), config).unwrap();
    let list = notify(folder.path(), &["list"]);
    assert_eq!(String::from_utf8_lossy(&list.stdout), "command\nudp\n");
    let sent = notify(folder.path(), &["test", "udp"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let mut heard = [0; 200];
    let count = ear.recv(&mut heard).unwrap();
    assert!(heard[..count].starts_with(b"B-DATE = "));
    let all = notify(folder.path(), &["test"]);
    assert!(!all.status.success());
    assert!(String::from_utf8_lossy(&all.stdout).contains("udp: sent"));
    let none = notify(folder.path(), &["test", "mail"]);
    assert_eq!(none.status.code(), Some(64), "what was typed names no sink");
    assert!(String::from_utf8_lossy(&none.stderr).contains("there are: command, udp"));
}
