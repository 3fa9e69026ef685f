//! Every example runs to its end and says what it should.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::process::Command;

fn run(example: &str, args: &[&str]) -> String {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().and_then(|deps| deps.parent()).unwrap().join("examples");
    let out = Command::new(folder.join(example)).args(args).output().expect("cargo test has built it");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{example}: {text}{}", String::from_utf8_lossy(&out.stderr));
    text
}

#[test]
fn place_a_call() {
    let text = run("place_a_call", &["--simulate", "5550100"]);
    assert!(text.contains("5550100 answered") && text.contains("recorded"), "{text}");
    assert!(text.contains("over: longest time reached"), "{text}");
}

#[test]
fn react_to_calls() {
    let text = run("react_to_calls", &["--simulate"]);
    for wanted in ["03023125555 calls: A N OTHER", "ring 2", "pressed 1", "pressed 2", "over: we hung up"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
}

#[test]
fn codec_without_port() {
    let text = run("codec_without_port", &[]);
    assert!(text.contains("to the modem AT+VCID=1\\r"), "{text}");
    assert!(text.contains("A N OTHER"), "{text}");
}

#[test]
fn own_blocker() {
    let text = run("own_blocker", &["--simulate"]);
    assert!(text.contains("019012345: block, we hung up"), "{text}");
    assert!(text.contains("withheld: block"), "{text}");
    assert!(text.contains("03023125555: ring, not answered"), "{text}");
}

#[test]
fn ivr() {
    let text = run("ivr", &["--simulate"]);
    assert!(text.contains("the caller pressed 1") && text.contains("the caller pressed 2"), "{text}");
    assert!(text.contains("03023125555 pressed \"120\": we hung up"), "{text}");
}
