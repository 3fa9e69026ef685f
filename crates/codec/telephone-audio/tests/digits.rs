//! Holds the DTMF receiver to its part of the accuracy table, in 16 bits and in 8.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod cases;

use cases::digits::{cases, score};
use cases::sounds::{Music, Speech, Sweeps};
use cases::{eight_bits, to_samples};
use telephone_audio::dtmf::{DigitEvent, DtmfReceiver};

fn heard(samples: &[i16]) -> String {
    let mut digits = String::new();
    let mut receiver = DtmfReceiver::new();
    let mut take = |event| {
        if let DigitEvent::Ended { digit, .. } = event {
            digits.push(digit);
        }
    };
    receiver.push(samples, &mut take);
    receiver.finish(&mut take);
    digits
}

#[test]
fn every_case_of_the_table() {
    let mut failed = Vec::new();
    for case in cases() {
        for (bits, samples) in [(16, case.samples.clone()), (8, eight_bits(&case.samples))] {
            let (right, others) = score(&case.sent, &heard(&samples));
            let sent = case.sent.len();
            println!("{:32} {bits:2} bits: {right:3} of {sent}, {others} others", case.name);
            if !case.must.met(sent, right, others) {
                failed.push(format!("{} ({bits} bits): {right} of {sent}, {others} others", case.name));
            }
        }
    }
    assert!(failed.is_empty(), "not as the table has it: {failed:#?}");
}

/// Digits heard in so many minutes of a sound without any.
fn false_digits(minutes: usize, mut next: impl FnMut() -> f32) -> usize {
    let mut receiver = DtmfReceiver::new();
    let (mut found, mut at) = (0, 0);
    let mut piece = vec![0.0; 8000];
    for _ in 0..minutes * 60 {
        piece.iter_mut().for_each(|x| *x = next());
        receiver.push(&to_samples(&piece), |event| {
            if let DigitEvent::Began { digit, start } = event {
                println!("{digit} at {:.2} s", start as f64 / 8000.0);
                found += 1;
            }
        });
        at += 1;
    }
    assert_eq!(at, minutes * 60);
    found
}

#[test]
fn an_hour_of_speech_holds_no_digit() {
    let mut speech = Speech::new(1, -16.0);
    assert_eq!(false_digits(60, || speech.next_sample()), 0);
}

#[test]
fn an_hour_of_sweeps_holds_no_digit() {
    let mut sweeps = Sweeps::new(2);
    assert_eq!(false_digits(60, || sweeps.next_sample()), 0);
}

#[test]
fn an_hour_of_music_holds_no_digit() {
    let mut music = Music::new(3);
    assert_eq!(false_digits(60, || music.next_sample()), 0);
}
