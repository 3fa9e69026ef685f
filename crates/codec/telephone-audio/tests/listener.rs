//! The listener: everything at once, in order, whatever the pieces; and nothing a line sends can break it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod cases;

use cases::sounds::Speech;
use cases::to_samples;
use telephone_audio::generate::{self, SitCode};
use telephone_audio::machine::{Answered, MachineDetector, WhyMachine};
use telephone_audio::star::StarSettings;
use telephone_audio::{Country, Heard, Listener, ListenerSettings, Tone, What, millis};

fn listen(settings: ListenerSettings, sound: &[i16], size: usize) -> Vec<Heard> {
    let mut told = Vec::new();
    let mut listener = Listener::new(settings);
    sound.chunks(size).for_each(|piece| listener.push(piece, |heard| told.push(heard)));
    listener.finish(|heard| told.push(heard));
    told
}

fn speech(seconds: usize, seed: u64) -> Vec<i16> {
    let mut voice = Speech::new(seed, -16.0);
    to_samples(&(0..seconds * 8000).map(|_| voice.next_sample()).collect::<Vec<f32>>())
}

#[test]
fn a_call_from_ringback_to_busy() {
    let country = Country::Us;
    let mut call: Vec<i16> = generate::silence(500).collect();
    call.extend(generate::ringback(country, -19.0).samples(7000));
    call.extend(speech(5, 1));
    call.extend(generate::silence(1500));
    call.extend(generate::digits("1", -12.0, 80, 1000));
    call.extend(generate::busy(country, -24.0).samples(4000));
    let told = listen(ListenerSettings::for_country(country), &call, 160);
    let order: Vec<String> = told
        .iter()
        .filter_map(|heard| match heard.what {
            What::Tone { tone, .. } => Some(tone.to_string()),
            What::Voice { .. } => Some("voice".into()),
            What::Digit { digit, .. } => Some(digit.to_string()),
            What::CallerGone { .. } => Some("gone".into()),
            _ => None,
        })
        .collect();
    let mut order = order;
    order.dedup();
    assert_eq!(order, ["ringback", "voice", "1", "busy", "gone"], "{told:#?}");
    assert!(told.windows(2).all(|w| w[0].at <= w[1].at), "out of order: {told:#?}");
}

#[test]
fn tones_and_digits_are_no_voice() {
    let mut call: Vec<i16> = generate::silence(1000).collect();
    call.extend(generate::digits("0123456789*#", -8.0, 100, 100));
    call.extend(generate::busy(Country::De, -15.0).samples(5000));
    call.extend(generate::sit(SitCode::Intercept, -14.0).pause(1500));
    call.extend(generate::ced(-20.0).pause(500));
    let told = listen(ListenerSettings::for_country(Country::De), &call, 333);
    assert!(!told.iter().any(|h| matches!(h.what, What::Voice { .. })), "{told:#?}");
    assert!(told.iter().any(|h| matches!(h.what, What::Sit { code: SitCode::Intercept, .. })), "{told:#?}");
    assert!(told.iter().any(|h| matches!(h.what, What::Tone { tone: Tone::FaxAnswer, .. })), "{told:#?}");
    let beeps = told.iter().filter(|h| matches!(h.what, What::Tone { tone: Tone::Beep, .. })).count();
    assert_eq!(beeps, 0, "{told:#?}");
}

#[test]
fn the_beep_of_a_machine_is_found() {
    for hz in [450.0, 800.0, 1000.0, 1400.0] {
        let mut call = speech(4, 2);
        call.extend(generate::ToneSequence::new().pause(300).tone(&[(hz, -14.0)], 400).pause(1500));
        let told = listen(ListenerSettings::for_country(Country::Us), &call, 160);
        let start = told.iter().find_map(|h| match h.what {
            What::Tone { tone: Tone::Beep, start } => Some(start),
            _ => None,
        });
        let start = start.unwrap_or_else(|| panic!("{hz} Hz: {told:#?}"));
        assert!(start.abs_diff(4 * 8000 + 2400) < millis(80), "{hz} Hz at {start}");
    }
}

#[test]
fn a_digit_is_told_within_40_ms() {
    for (seed, digit) in "1234567890*#ABCD".chars().enumerate() {
        let lead = 800 + 7 * seed;
        let mut call = vec![0i16; lead];
        call.extend(generate::digits(&digit.to_string(), -12.0, 100, 200));
        let mut listener = Listener::new(ListenerSettings::default());
        let mut told = None;
        for (i, piece) in call.chunks(8).enumerate() {
            listener.push(piece, |heard| {
                if let What::DigitBegan { .. } = heard.what {
                    told.get_or_insert((i as u64 + 1) * 8);
                }
            });
        }
        let after = told.expect("the digit is heard") - lead as u64;
        assert!(after <= millis(40), "{digit} told after {after} samples");
    }
}

#[test]
fn the_star_key_counts_once_a_press() {
    let presses = |settings: StarSettings, sound: &[i16]| {
        let settings = {
            let mut all = ListenerSettings::default();
            all.star = Some(settings);
            all
        };
        listen(settings, sound, 160).iter().filter(|h| matches!(h.what, What::Star { .. })).count()
    };
    for on in [100, 200, 500, 1000, 2500] {
        let five: Vec<i16> =
            generate::silence(500).chain(generate::digits("*****", -14.0, on, 2000)).collect();
        assert_eq!(presses(StarSettings::default(), &five), 5, "{on} ms");
        let held = if on >= 700 { 5 } else { 0 };
        assert_eq!(presses(StarSettings::like_jcblock(), &five), held, "{on} ms");
    }
    let twice: Vec<i16> = generate::digits("**", -14.0, 150, 300).pause(3000).collect();
    assert_eq!(presses(StarSettings::like_jcblock(), &twice), 1);
    let other: Vec<i16> = generate::digits("*1*", -14.0, 150, 300).pause(3000).collect();
    assert_eq!(presses(StarSettings::like_jcblock(), &other), 0);
}

#[test]
fn eighty_four_minutes_of_speech_hold_no_star() {
    let mut voice = Speech::new(9, -14.0);
    let mut settings = ListenerSettings::default();
    (settings.star, settings.tones, settings.voice) = (Some(StarSettings::default()), false, None);
    let mut listener = Listener::new(settings);
    let mut piece = vec![0.0; 8000];
    let mut stars = 0;
    for _ in 0..84 * 60 {
        piece.iter_mut().for_each(|x| *x = voice.next_sample());
        listener
            .push(&to_samples(&piece), |heard| stars += u32::from(matches!(heard.what, What::Star { .. })));
    }
    assert_eq!(stars, 0);
}

#[test]
fn pieces_of_any_size_are_heard_alike() {
    let mut call: Vec<i16> = generate::digits("42#", -12.0, 60, 80).collect();
    call.extend(generate::busy(Country::Uk, -20.0).samples(3000));
    call.extend(speech(3, 5));
    let what = |size| -> Vec<What> {
        listen(ListenerSettings::for_country(Country::Uk), &call, size).iter().map(|h| h.what).collect()
    };
    let whole = what(160);
    for size in [1, 80, 320, 8000] {
        let mut other = what(size);
        // Events that become certain within the same 20 ms may change places.
        assert_eq!(other.len(), whole.len(), "{size}");
        other.retain(|w| !whole.contains(w));
        assert!(other.is_empty(), "{size}: {other:?}");
    }
}

#[test]
fn who_answered() {
    let decide = |sound: &[i16]| MachineDetector::new(Default::default()).push(sound);
    let mut hello: Vec<i16> = generate::silence(600).collect();
    hello.extend(speech(1, 3).into_iter().take(5000));
    hello.extend(generate::silence(2000));
    assert_eq!(decide(&hello), Some(Answered::Person));
    let mut greeting: Vec<i16> = generate::silence(400).collect();
    greeting.extend(generate::ToneSequence::new().tone(&[(600.0, -16.0), (1100.0, -18.0)], 3000));
    assert_eq!(decide(&greeting), Some(Answered::Machine(WhyMachine::LongGreeting)));
    let mut words: Vec<i16> = generate::silence(400).collect();
    for _ in 0..4 {
        words.extend(generate::ToneSequence::new().tone(&[(500.0, -16.0)], 200).pause(250));
    }
    assert_eq!(decide(&words), Some(Answered::Machine(WhyMachine::ManyWords)));
    assert_eq!(decide(&vec![0; 30_000]), Some(Answered::Machine(WhyMachine::InitialSilence)));
}

#[test]
fn any_samples_at_all_are_survived() {
    bolero::check!().with_max_len(4096).with_iterations(300).for_each(|bytes: &[u8]| {
        let samples: Vec<i16> =
            bytes.as_chunks::<2>().0.iter().map(|&b| i16::from_le_bytes(b)).cycle().take(9000).collect();
        let told = listen(ListenerSettings::for_country(Country::Us), &samples, 160);
        for heard in told {
            if let What::Digit { start, end, .. } = heard.what {
                assert!(start <= end && end <= heard.at);
            }
        }
    });
}
