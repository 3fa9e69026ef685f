//! `callblock sound`, as a user calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use telephone_audio::generate::{self, SitCode};
use telephone_audio::{Country, read_wav, write_wav};

fn sound(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock"))
        .current_dir(folder)
        .arg("sound")
        .args(arguments)
        .output()
        .expect("callblock starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn listen_prints_one_json_line_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut line: Vec<i16> = generate::silence(1280).collect();
    line.extend(generate::digits("5", -10.0, 60, 500));
    line.extend(generate::sit(SitCode::NoCircuit, -16.0).pause(1000));
    line.extend(generate::busy(Country::De, -18.0).samples(4000));
    line.extend(generate::silence(1500));
    write_wav(folder.path().join("call.wav"), &line).unwrap();

    let out = sound(folder.path(), &["listen", "call.wav", "--country", "DE", "--json"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let events: Vec<Value> = text(&out.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(
        text(&out.stdout).contains(r#"{"t":1.28,"event":"dtmf","digit":"5","end":1.3"#),
        "{}",
        text(&out.stdout)
    );
    let of = |name: &str| events.iter().filter(|e| e["event"] == name).collect::<Vec<_>>();
    assert_eq!(of("dtmf").len(), 1, "{events:?}");
    let digit = of("dtmf")[0];
    assert_eq!(digit["digit"], "5");
    assert!((digit["t"].as_f64().unwrap() - 1.28).abs() < 0.02, "{digit}");
    assert!((digit["end"].as_f64().unwrap() - 1.34).abs() < 0.02, "{digit}");
    assert_eq!(of("sit")[0]["code"], "NC", "{events:?}");
    assert_eq!(of("tone").len(), 1, "{events:?}");
    assert_eq!(of("tone")[0]["name"], "busy");
    assert!(of("voice").is_empty(), "{events:?}");
    assert_eq!(of("silence")[0]["t"], 0.0, "{events:?}");

    let out = sound(folder.path(), &["listen", "call.wav", "call.wav", "--country", "DE"]);
    assert_eq!(text(&out.stdout).matches("dtmf     5").count(), 2, "{}", text(&out.stdout));
}

#[test]
fn what_is_wrong_with_a_file_is_said_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(folder.path().join("in.wav"), spec).unwrap();
    for n in 0..88_200u32 {
        let x = (f64::from(n) * 440.0 / 44_100.0 * std::f64::consts::TAU).sin() * 200.0;
        #[allow(clippy::cast_possible_truncation, reason = "at most 200")]
        for _ in 0..2 {
            writer.write_sample(x as i16).unwrap();
        }
    }
    writer.finalize().unwrap();

    let out = sound(folder.path(), &["check", "in.wav"]);
    assert_eq!(out.status.code(), Some(65));
    let said = text(&out.stdout);
    for trouble in ["44100 samples", "2 channels", "too soft", "sound convert in.wav"] {
        assert!(said.contains(trouble), "{said}");
    }
    let out = sound(folder.path(), &["convert", "in.wav", "out.wav"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let out = sound(folder.path(), &["check", "out.wav"]);
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
    let samples = read_wav(folder.path().join("out.wav")).unwrap();
    assert!((15_500..16_500).contains(&samples.len()), "{}", samples.len());
    assert!((telephone_audio::level(&samples[4000..12_000]) - -18.0).abs() < 1.0);
    assert!(!folder.path().join("out.wav.part").exists());
}

#[test]
fn errors_name_the_file_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.wav"), "this is no sound").unwrap();
    let out = sound(folder.path(), &["listen", "no.wav"]);
    assert_eq!(out.status.code(), Some(65));
    assert!(text(&out.stderr).contains("no.wav: this is not a WAV file"), "{}", text(&out.stderr));
    let out = sound(folder.path(), &["convert", "missing.mp3", "out.wav"]);
    assert_eq!(out.status.code(), Some(66));
    assert!(text(&out.stderr).contains("missing.mp3"));
    let out = sound(folder.path(), &["convert", "no.wav", "out.wav"]);
    assert_eq!(out.status.code(), Some(65));
    assert!(!folder.path().join("out.wav").exists());
    let out = sound(folder.path(), &["listen", "no.wav", "--country", "XX"]);
    assert_eq!(out.status.code(), Some(64));
    assert!(text(&out.stderr).contains("known are ITU, US, DE"), "{}", text(&out.stderr));
}

#[test]
fn ready_sounds_are_made_and_can_be_played() {
    let folder = tempfile::tempdir().unwrap();
    let out = sound(folder.path(), &["make", "--to", "sounds", "--country", "US"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    for name in ["disconnected", "sit", "beep", "fax-answer", "busy"] {
        let samples = read_wav(folder.path().join("sounds").join(name).with_extension("wav")).unwrap();
        assert!(samples.len() > 3000, "{name}");
    }
    let out = sound(folder.path(), &["listen", "sounds/fax-answer.wav", "--json"]);
    assert!(text(&out.stdout).contains("\"name\":\"ced\""), "{}", text(&out.stdout));
    let out = sound(folder.path(), &["make", "nonsense"]);
    assert_eq!(out.status.code(), Some(64));
}

#[test]
fn the_meter_shows_the_star_key() {
    let folder = tempfile::tempdir().unwrap();
    let line: Vec<i16> = generate::silence(400).chain(generate::digits("*", -12.0, 900, 300)).collect();
    write_wav(folder.path().join("star.wav"), &line).unwrap();
    let out = sound(folder.path(), &["meter", "star.wav"]);
    let shown = text(&out.stdout);
    assert!(shown.contains("941 Hz: rel mag=") && shown.contains("1209 Hz: rel mag="), "{shown}");
    assert!(shown.contains("detection=FALSE") && shown.contains("detection=TRUE"), "{shown}");
    assert!(shown.contains("*-KEY press detected"), "{shown}");
}

#[test]
fn without_a_speaking_program_the_remedy_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .current_dir(folder.path())
        .env("PATH", folder.path())
        .args(["sound", "say", "Please hang up", "out.wav"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(69));
    assert!(text(&out.stderr).contains("apt install espeak-ng"), "{}", text(&out.stderr));
}
