//! What is heard of a voice message, by the codec's own decoder. That others hear the same is a proof of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use ropus::{Channels, DecodeMode, Decoder};

use super::*;

/// The packets of an Ogg file and the position at its end; its pages are checked.
fn packets(ogg: &[u8]) -> (Vec<Vec<u8>>, u64) {
    let (mut rest, mut out, mut end, mut number) = (ogg, Vec::new(), 0, 0_u32);
    while !rest.is_empty() {
        assert_eq!(&rest[..5], b"OggS\0");
        assert_eq!(rest[18..22], number.to_le_bytes());
        end = u64::from_le_bytes(rest[6..14].try_into().unwrap());
        let laces = usize::from(rest[26]);
        let mut at = 27 + laces;
        for lace in &rest[27..27 + laces] {
            assert!(*lace < 255, "no packet needs two places");
            out.push(rest[at..at + usize::from(*lace)].to_vec());
            at += usize::from(*lace);
        }
        number += 1;
        rest = &rest[at..];
        assert_eq!(rest.is_empty(), ogg[ogg.len() - rest.len() - at + 5] & LAST != 0);
    }
    (out, end)
}

const LAST: u8 = 4;

fn made(samples: &[i16], piece: usize) -> VoiceMessage {
    let mut maker = VoiceMessageMaker::new();
    for piece in samples.chunks(piece) {
        maker.push(piece).unwrap();
    }
    maker.finish().unwrap()
}

fn heard(message: &VoiceMessage) -> Vec<i16> {
    let (packets, end) = packets(&message.ogg);
    assert!(packets[0].starts_with(b"OpusHead") && packets[1].starts_with(b"OpusTags"));
    let mut decoder = Decoder::new(8_000, Channels::Mono).unwrap();
    let mut sound = Vec::new();
    for packet in &packets[2..] {
        let mut piece = [0; FRAME];
        assert_eq!(decoder.decode(packet, &mut piece, DecodeMode::Normal).unwrap(), FRAME);
        sound.extend(piece);
    }
    let samples = |ticks: u64| usize::try_from(ticks / TICKS_PER_SAMPLE).unwrap();
    sound[samples(DELAY_TICKS.into())..samples(end)].to_vec()
}

/// A voice: a buzz of a hundred tones a second apart in loudness, which comes and goes.
fn voice(samples: usize) -> Vec<i16> {
    (0..samples)
        .map(|n| {
            let t = n as f32 / 8000.0;
            let loud = (t * 3.0 * std::f32::consts::PI).sin().abs();
            let buzz: f32 =
                (1..12).map(|k| (t * 120.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            (buzz * loud * 5000.0) as i16
        })
        .collect()
}

fn likeness(a: &[i16], b: &[i16]) -> f64 {
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| -> f64 { a.iter().zip(b).map(|(&x, &y)| f(x.into(), y.into())).sum() };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn what_is_heard_is_what_was_said_as_long_and_at_the_same_moment() {
    let said = voice(8_000 * 5 + 77);
    let message = made(&said, 1_000);
    let heard = heard(&message);
    assert_eq!(heard.len(), said.len());
    assert!(likeness(&said, &heard) > 0.9, "{}", likeness(&said, &heard));
    assert_eq!(message.length, Duration::from_millis(5_009));
    assert!(message.ogg.len() < said.len() * 2 / 6, "{} bytes", message.ogg.len());
}

#[test]
fn the_pieces_in_which_the_sound_comes_make_no_difference() {
    let said = voice(4_001);
    for piece in [1, 7, 159, 160, 161, 4_001] {
        assert_eq!(made(&said, piece), made(&said, 333), "pieces of {piece}");
    }
}

#[test]
fn every_length_around_a_page_is_heard_to_its_end() {
    for samples in [1, 107, 108, 159, 160, 161, 7_891, 7_892, 7_893, 8_000, 8_001] {
        assert_eq!(heard(&made(&voice(samples), 160)).len(), samples);
    }
}

#[test]
fn no_sound_is_too_much_for_it() {
    let loud = |n: usize| if (n / 20).is_multiple_of(2) { i16::MAX } else { i16::MIN };
    let clicks = |n: usize| if n.is_multiple_of(163) { i16::MIN } else { 0 };
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as u16 as i16
    };
    let sounds: [Vec<i16>; 5] = [
        vec![0; 8_000],
        vec![i16::MIN; 8_000],
        (0..8_000).map(loud).collect(),
        (0..8_000).map(clicks).collect(),
        (0..8_000).map(|_| noise()).collect(),
    ];
    for sound in sounds {
        assert_eq!(heard(&made(&sound, 500)).len(), sound.len());
    }
    bolero::check!().with_iterations(200).for_each(|bytes: &[u8]| {
        let sound: Vec<i16> = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
        if !sound.is_empty() {
            let sound = sound.repeat(30);
            assert_eq!(heard(&made(&sound, 333)).len(), sound.len());
        }
    });
}

#[test]
fn a_recording_that_is_empty_too_long_or_none_makes_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, samples: &[i16]| {
        let path = folder.path().join(name);
        crate::write_wav(&path, samples).unwrap();
        path
    };
    let minute = Duration::from_secs(60);
    let message = VoiceMessage::of_wav(file("a.wav", &voice(20_000)), minute).unwrap().unwrap();
    assert_eq!(message, made(&voice(20_000), 160));
    assert_eq!(VoiceMessage::of_wav(file("b.wav", &[]), minute).unwrap(), None);
    assert_eq!(VoiceMessage::of_wav(file("c.wav", &vec![0; 8_010]), Duration::from_secs(1)).unwrap(), None);
    std::fs::write(folder.path().join("d.wav"), "no sound").unwrap();
    assert!(VoiceMessage::of_wav(folder.path().join("d.wav"), minute).is_err());
}
