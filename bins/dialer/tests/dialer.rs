//! The dialer as a user starts it, on a simulated line.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use line_sim::voice_modem::{CONEXANT, Settings as SimSettings, SimModem, VoiceState};

fn dialer(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dialer"));
    command.args(args).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    dialer(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn wav(folder: &Path, name: &str, seconds: f64) -> PathBuf {
    let path = folder.join(name);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a second or so")]
    for n in 0..(seconds * 8000.0) as u32 {
        let sample = (f64::from(n) * 0.3).sin() * 8000.0;
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

#[test]
fn each_outcome_has_its_exit_code() {
    for (number, code, word) in
        [("555-0100", 0, "answered"), ("555-0107", 10, "busy"), ("555-0109", 11, "no-answer")]
    {
        let out = run(&["--simulate=8", "call", number]);
        assert_eq!(out.status.code(), Some(code), "{number}: {}{}", text(&out.stdout), text(&out.stderr));
        assert!(text(&out.stdout).contains(word), "{}", text(&out.stdout));
    }
    let out = run(&["--simulate=8", "call", "5550108", "--ring-for", "2s"]);
    assert_eq!(out.status.code(), Some(11), "{}", text(&out.stderr));
}

#[test]
fn what_cannot_be_done_is_told_before_anybody_is_called() {
    for (args, code) in [
        (&["call"][..], 64),
        (&["--simulate=8", "call", "nobody"], 65),
        (&["--simulate=8", "call", "5550100", "--play", "/nonexistent.wav"], 66),
        (&["--simulate=8", "batch", "/nonexistent.csv"], 66),
        (&["--port", "/nonexistent", "call", "5550100"], 69),
        (&["batch", "x.csv", "--hours", "soon"], 64),
    ] {
        let out = run(args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", text(&out.stderr));
    }
    assert!(text(&run(&["--help"]).stdout).contains("Exit codes"));
}

#[test]
fn files_are_played_digits_sent_and_the_other_side_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let sound = wav(folder.path(), "hello.wav", 0.5);
    let sound = sound.to_str().unwrap();
    let recording = folder.path().join("call.wav");
    let args = ["--simulate", "--json", "call", "5550100", "--play", sound, "--digits", "12"];
    let out = run(&[&args[..], &["--record", recording.to_str().unwrap(), "--limit", "5s"]].concat());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["outcome"], "answered", "{report}");
    assert_eq!(report["digits"], "5", "{report}");
    assert!(report["refused"].is_null(), "{report}");
    let mut reader = hound::WavReader::open(&recording).unwrap();
    let loudest = reader.samples::<i32>().map(|s| s.unwrap().unsigned_abs()).max().unwrap();
    assert!(loudest > 40, "{loudest}");
    assert!(reader.duration() > 8000);
}

#[test]
fn a_list_is_called_with_retries_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    let results = folder.path().join("results.csv");
    fs::write(&list, "Name,Number\n\"Otter, A\",5550100\nB,5550107\n# nobody\nC,5550109\n").unwrap();
    let args = ["--simulate=16", "batch", list.to_str().unwrap(), "--results", results.to_str().unwrap()];
    let more = ["--retries", "1", "--retry-pause", "100ms", "--pause", "50ms", "--hours", "00:00-24:00"];
    let out = run(&[&args[..], &more].concat());
    assert_eq!(out.status.code(), Some(20), "{}", text(&out.stderr));
    let rows = fs::read_to_string(&results).unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows.remove(0), "number,name,outcome,tries,at,answered_seconds,digits,recorded,ended");
    rows.sort_unstable();
    assert!(rows[0].starts_with("5550100,\"Otter, A\",answered,1,"), "{rows:?}");
    assert!(rows[1].starts_with("5550107,B,busy,2,"), "{rows:?}");
    assert!(rows[2].starts_with("5550109,C,no-answer,2,"), "{rows:?}");

    fs::write(&list, "5550100\n5550101\n").unwrap();
    let out = run(&[&args[..], &["--resume"]].concat());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!(fs::read_to_string(&results).unwrap().lines().count(), 5);
    assert!(!text(&out.stdout).contains("5550100"));
}

#[test]
fn ctrl_c_ends_the_call_on_hook_and_keeps_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    let results = folder.path().join("results.csv");
    let sound = wav(folder.path(), "long.wav", 60.0);
    fs::write(&list, "number,play\n5550101,\n5550102,long.wav\n5550103,\n").unwrap();
    assert!(sound.exists());
    let mut child = dialer(&["--simulate=4", "batch", list.to_str().unwrap(), "--pause", "0s"])
        .args(["--results", results.to_str().unwrap()])
        .env("RUST_LOG", "dialer=info,line_sim=debug")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    // The second call plays.
    assert!(lines.any(|line| line.contains("voice: playing")));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("on-hook (by command)")), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("off-hook false")), "{rest:?}");
    let rows = fs::read_to_string(&results).unwrap();
    assert!(rows.contains("5550101") && rows.contains("5550102") && !rows.contains("5550103"), "{rows}");
}

#[test]
fn a_modem_that_is_lost_in_a_call_comes_back_and_the_list_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    let results = folder.path().join("results.csv");
    wav(folder.path(), "long.wav", 60.0);
    fs::write(&list, "number,play\n5550101,long.wav\n5550102,\n").unwrap();
    let modem = SimModem::start(SimSettings { speed: 8.0, ..SimSettings::of(&CONEXANT) }).unwrap();
    let mut child = dialer(&["batch", list.to_str().unwrap(), "--pause", "0s", "--retries", "0"])
        .args(["--results", results.to_str().unwrap(), "--port", modem.path().to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let long = Duration::from_secs(60);
    modem.wait_for(long, |s| s.voice == VoiceState::Playing).unwrap();
    modem.unplug();
    assert!(modem.status().call_over());
    modem.replug();
    assert_eq!(child.wait().unwrap().code(), Some(20));
    let rows = fs::read_to_string(&results).unwrap();
    assert!(rows.contains("5550101,,modem-lost,1,") && rows.contains("5550102,,answered,1,"), "{rows}");
    assert!(modem.status().call_over());
}
