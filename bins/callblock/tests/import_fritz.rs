//! `callblock import fbcallrouter` and `a1fbox`: the old files become configurations that `check-config` accepts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

fn callblock(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock")).args(words).output().unwrap()
}

fn taken(program: &str, file: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(program).join(file);
    let out = folder.path().join("callblock.toml");
    let (source, written) = (source.to_str().unwrap(), out.to_str().unwrap());
    let output = callblock(&["import", program, source, "--out", written]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let checked = callblock(&["check-config", written]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let again = callblock(&["import", program, source, "--out", written]);
    assert_eq!(again.status.code(), Some(74), "what is there is not overwritten");
    let shown = callblock(&["import", program, source]);
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("secret"), "a password is never shown");
    let password = std::fs::read_to_string(folder.path().join("fritzbox-password")).unwrap();
    (std::fs::read_to_string(out).unwrap(), password)
}

#[test]
fn the_configuration_of_fbcallrouter() {
    let (text, password) = taken("fbcallrouter", "config.php");
    assert_eq!(password, "it's \"secret\"\n");
    for line in [
        "address = \"fritz.box\"",
        "allow-books = [0, 2]",
        "deny-books = [1]",
        "new-contact-book = 3",
        "refresh-hours = 48",
        "own-numbers = [\"23125001\", \"23125002\"]",
        "name = \"autoBlacklisted\"",
        "rule-set = [\"fbcallrouter\"]",
        "score = 9",
        "votes = 3",
        "file = \"/var/log/callrouter/callblock.log\"",
        "\"004433456778\", \"\"]",
        "[[notify.mail]]\nserver = \"smtp.example.org\"\nport = 587\nsecurity = \"starttls\"\nuser = \"anna@example.org\"",
        "password-file = \"mail-password\"\nfrom = \"anna@example.org\"\nto = [\"anna@example.org\"]",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn the_configuration_of_the_airport1_tools() {
    let (text, password) = taken("a1fbox", "config.py");
    assert_eq!(password, "secret # no comment\n");
    assert!(
        text.contains("user = \"guard\"")
            && text.contains("[[notify.telegram]]\ntoken-file = \"telegram-token\"\nchats = [-12]"),
        "{text}"
    );
    assert!(!text.contains("1:x"), "{text}");
}

#[test]
fn a_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.php");
    std::fs::write(&file, "<?php return ['fritzbox' => ['password' => shell_exec('id')]];").unwrap();
    let output = callblock(&["import", "fbcallrouter", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65));
}
