//! Holds the tone detectors to their part of the accuracy table.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod cases;

use cases::eight_bits;
use cases::lines::{fax_cases, progress_cases, sit_cases};
use telephone_audio::generate;
use telephone_audio::tones::{
    ProgressDetector, ProgressEvent, SingleToneDetector, SingleToneEvent, SitDetector,
};
use telephone_audio::{Country, Progress, Tone};

fn single_tones(samples: &[i16]) -> Vec<Tone> {
    let mut told = Vec::new();
    let mut detector = SingleToneDetector::new();
    detector.push(samples, |event| {
        if let SingleToneEvent::Recognised { tone, .. } = event {
            told.push(tone);
        }
    });
    told
}

#[test]
fn fax_tones_in_eight_bits_down_to_40_below() {
    for level in [-10.0, -20.0, -30.0, -35.0, -40.0] {
        for (tone, found) in [
            (Tone::FaxCalling, fax_cases(generate::cng, level, 6500)),
            (Tone::FaxAnswer, fax_cases(generate::ced, level, 3100)),
            (Tone::BellAnswer, fax_cases(generate::bell_answer, level, 3000)),
            (Tone::DataCalling, fax_cases(generate::data_calling, level, 5000)),
        ] {
            for (bits, right) in [
                (16, found.iter().filter(|s| single_tones(s).contains(&tone)).count()),
                (8, found.iter().filter(|s| single_tones(&eight_bits(s)).contains(&tone)).count()),
            ] {
                println!("{tone} {level} dBm0 {bits} bits: {right} of {}", found.len());
                assert!(right >= 11, "{tone} at {level} dBm0, {bits} bits: {right} of {}", found.len());
            }
        }
    }
}

#[test]
fn answer_tones_are_told_apart() {
    for level in [-12.0, -20.0, -30.0] {
        let plain: Vec<i16> = generate::ced(level).collect();
        assert_eq!(single_tones(&plain), [Tone::FaxAnswer], "{level}");
        let reversing: Vec<i16> = generate::ced_with_reversals(level).collect();
        assert_eq!(single_tones(&reversing), [Tone::FaxAnswer, Tone::AnswerReversing], "{level}");
        let modulated: Vec<i16> = generate::ansam(level).collect();
        let told = single_tones(&modulated);
        assert_eq!(told.first(), Some(&Tone::FaxAnswer), "{level}");
        assert_eq!(told.last(), Some(&Tone::AnswerModulated), "{level}");
    }
}

#[test]
fn call_progress_tones_of_every_country() {
    let (mut all, mut wrong) = (0, Vec::new());
    for (country, meaning, name, samples) in progress_cases() {
        for (bits, samples) in [(16, samples.clone()), (8, eight_bits(&samples))] {
            if bits == 8
                && (country, meaning) == (Country::Jp, Progress::Ringback)
                && name.contains("-40 dBm0")
            {
                // Half of each swing of this tone is softer than half a step of eight bits: it is not there.
                continue;
            }
            all += 1;
            let mut told = Vec::new();
            let mut detector = ProgressDetector::new(country);
            detector.push(&samples, |event| {
                if let ProgressEvent::Began { meaning, .. } = event {
                    told.push(meaning);
                }
            });
            if told.is_empty() || told.iter().any(|&t| t != meaning) {
                wrong.push(format!("{name} {bits} bits: {told:?}"));
            }
        }
    }
    println!("{} of {all} right", all - wrong.len());
    assert!(wrong.is_empty(), "{} of {all} wrong: {wrong:#?}", wrong.len());
}

#[test]
fn special_information_tones_are_named_right() {
    let mut wrong = Vec::new();
    let all = sit_cases();
    for (code, name, samples) in &all {
        for (bits, samples) in [(16, samples.clone()), (8, eight_bits(samples))] {
            let mut told = Vec::new();
            SitDetector::new().push(&samples, |event| told.push(event.code));
            if told != [*code] {
                wrong.push(format!("{name} {bits} bits: {told:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong: {wrong:#?}", wrong.len(), 2 * all.len());
}

#[test]
fn a_detector_hears_the_same_in_pieces_of_any_size() {
    let sound = generate::ringback(Country::Uk, -20.0).samples(7000);
    let listen = |size: usize| {
        let mut told = Vec::new();
        let mut detector = ProgressDetector::new(Country::Uk);
        sound.chunks(size).for_each(|piece| detector.push(piece, |event| told.push(event)));
        told
    };
    let whole = listen(sound.len());
    assert_eq!(whole.len(), 1, "{whole:?}");
    for size in [1, 7, 80, 160, 333, 4096] {
        assert_eq!(listen(size), whole, "{size}");
    }
}
