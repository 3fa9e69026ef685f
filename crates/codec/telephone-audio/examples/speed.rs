//! How fast the detectors are, for the script that compares them with spandsp in one run.
//!
//! `speed write FILE` writes the sound that both listen to, `speed run` prints one line for each measurement:
//! its name, then millions of samples a second, the best of several rounds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measuring program fails by panicking")]

#[path = "../tests/cases/mod.rs"]
mod cases;

use std::hint::black_box;
use std::time::Instant;

use cases::sounds::Speech;
use cases::{Dice, to_samples};
use telephone_audio::dtmf::DtmfReceiver;
use telephone_audio::tones::{ProgressDetector, SingleToneDetector, SitDetector};
use telephone_audio::{Country, Decoder, Encoder, Format, Listener, ListenerSettings, generate};

/// What a line carries: a third digits, a third speech, the rest noise, tones and silence.
fn line() -> Vec<i16> {
    let mut line: Vec<i16> = generate::digits("0123456789ABCD*#", -10.0, 50, 50).collect();
    let mut speech = Speech::new(1, -18.0);
    line.extend(to_samples(&(0..13_000).map(|_| speech.next_sample()).collect::<Vec<f32>>()));
    let mut dice = Dice::new(2);
    line.extend(to_samples(&(0..4000).map(|_| dice.gauss() * 300.0).collect::<Vec<f32>>()));
    line.extend(generate::busy(Country::Us, -20.0).samples(500));
    line.resize(40_000, 0);
    line
}

/// Millions of samples a second, the best of the rounds.
fn best(samples: usize, mut run: impl FnMut()) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..400 {
        let start = Instant::now();
        let mut rounds = 0;
        while start.elapsed().as_micros() < 1000 {
            run();
            rounds += 1;
        }
        best = best.max(samples as f64 * f64::from(rounds) / start.elapsed().as_secs_f64() / 1e6);
    }
    best
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let line = line();
    if arguments.get(1).map(String::as_str) == Some("write") {
        let bytes: Vec<u8> = line.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(&arguments[2], bytes).expect("the file can be written");
        return;
    }
    let n = line.len();
    let mut digits = 0u32;
    for (name, piece) in [("dtmf", 160), ("dtmf-recorded", 8000)] {
        let mut receiver = DtmfReceiver::new();
        let speed = best(n, || {
            for piece in line.chunks(piece) {
                receiver.push(piece, |_| digits += 1);
            }
        });
        println!("{name} {speed:.0}");
    }
    let mut receivers = vec![DtmfReceiver::new(); 16];
    let speed = best(16 * n, || {
        for piece in line.chunks(160) {
            for receiver in &mut receivers {
                receiver.push(piece, |_| digits += 1);
            }
        }
    });
    println!("dtmf-16 {speed:.0}");

    // What spandsp's own set of detectors hears: digits, fax and modem tones, call progress, SIT.
    let mut settings = ListenerSettings::for_country(Country::Us);
    settings.voice = None;
    for (name, settings) in [("all", settings), ("all-and-voice", ListenerSettings::for_country(Country::Us))]
    {
        let mut listener = Listener::new(settings);
        let speed = best(n, || {
            for piece in line.chunks(160) {
                listener.push(piece, |_| digits += 1);
            }
        });
        println!("{name} {speed:.0}");
    }
    let mut progress = ProgressDetector::new(Country::Us);
    let mut single = SingleToneDetector::new();
    let mut sit = SitDetector::new();
    println!("progress {:.0}", best(n, || progress.push(&line, |_| digits += 1)));
    println!("single {:.0}", best(n, || single.push(&line, |_| digits += 1)));
    println!("sit {:.0}", best(n, || sit.push(&line, |_| digits += 1)));
    let mut voice = telephone_audio::voice::VoiceDetector::new();
    println!("voice {:.0}", best(n, || voice.push(&line, |_| digits += 1)));
    black_box(digits);

    for format in [Format::PcmU8, Format::MuLaw, Format::ALaw, Format::ImaAdpcm] {
        let mut bytes = Vec::new();
        Encoder::new(format).encode(&line, &mut bytes);
        let mut samples = Vec::new();
        let from = best(n, || {
            samples.clear();
            Decoder::new(format).decode(black_box(&bytes), &mut samples);
            black_box(&samples);
        });
        let to = best(n, || {
            bytes.clear();
            Encoder::new(format).encode(black_box(&line), &mut bytes);
            black_box(&bytes);
        });
        println!("from-{format} {from:.0}\nto-{format} {to:.0}");
    }
}
