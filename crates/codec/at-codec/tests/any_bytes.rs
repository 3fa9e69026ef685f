//! Any bytes into every decoder: nothing panics, memory is bounded, splits change nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::time::{Duration, Instant};

use at_codec::caller_id::{Burst, CallerIdCollector, CallerIdEvent, Field, MAX_RAW, message_parameters};
use at_codec::profile::{Classes, SoundForm};
use at_codec::voice::{Digits, VoiceDecoder, VoicePiece, shield_into};
use at_codec::{Command, Dialogue, Event, Expect, Frame, Framer, Output, ResultCode};
use proptest::prelude::*;

fn frames(chunks: &[&[u8]]) -> Vec<String> {
    let mut framer = Framer::new();
    let mut out = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(frame) = framer.next(&mut input) {
            if let Frame::Line { bytes, .. } = frame {
                assert!(!bytes.is_empty() && bytes.len() <= at_codec::framer::MAX_LINE);
            }
            out.push(format!("{frame:?}"));
        }
    }
    out
}

fn sound(chunks: &[&[u8]]) -> (Vec<u8>, Vec<String>) {
    let mut decoder = VoiceDecoder::new();
    let mut digits = Digits::default();
    let (mut audio, mut events) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(piece) = decoder.next(&mut input) {
            match piece {
                VoicePiece::Audio(bytes) => audio.extend_from_slice(bytes),
                VoicePiece::Event(event) => {
                    digits.press(event);
                    events.push(format!("{event:?}"));
                }
            }
        }
    }
    (audio, events)
}

#[test]
fn lines_of_any_bytes_split_anywhere() {
    bolero::check!().with_iterations(3000).for_each(|bytes: &[u8]| {
        let whole = frames(&[bytes]);
        assert_eq!(frames(&bytes.chunks(1).collect::<Vec<_>>()), whole);
        for cut in 0..bytes.len() {
            assert_eq!(frames(&[&bytes[..cut], &bytes[cut..]]), whole);
        }
    });
}

#[test]
fn sound_of_any_bytes_split_anywhere() {
    bolero::check!().with_iterations(3000).for_each(|bytes: &[u8]| {
        let whole = sound(&[bytes]);
        assert_eq!(sound(&bytes.chunks(1).collect::<Vec<_>>()), whole);
        for cut in 0..bytes.len() {
            assert_eq!(sound(&[&bytes[..cut], &bytes[cut..]]), whole);
        }
    });
}

#[test]
fn parsers_of_any_bytes_never_panic() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let _ = ResultCode::from_words(bytes);
        let _ = ResultCode::from_digits(bytes);
        let _ = Field::parse(bytes);
        let _ = message_parameters(bytes);
        let _ = SoundForm::parse(bytes);
        let _ = Classes::parse([bytes]).fax();
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let bursts = [Burst::from_bytes(bytes), Burst::from_hex(bytes), Burst::from_hex(hex.as_bytes())];
        for burst in bursts.into_iter().flatten() {
            let _ = (burst.caller(), burst.name(), burst.time(), burst.message_waiting());
            let _ = burst.to_bytes();
        }
    });
}

/// Whole calls out of pieces that a malicious caller would use.
#[test]
fn any_mixture_of_lines_keeps_the_collector_bounded_and_true() {
    const PIECES: [&[u8]; 16] = [
        b"RING\r\n",
        b"DATE=1120\r\n",
        b"TIME=2131\r\n",
        b"NAME=X",
        b"\r\n",
        b"NMBR=5551234\r\n",
        b"NMBR=999\r\n",
        b"NMBR=P\r\n",
        b"OK\r\n",
        b"NO CARRIER\r\n",
        b"2\r",
        b"MESG=0B01FF\r\n",
        b"END MSG\r\n",
        b"\x10R\x10X\xff\x00",
        b"0412303332323234303539313435353132333435\r\n",
        b"CONNECT\r\n",
    ];
    bolero::check!().with_iterations(3000).for_each(|choice: &[u8]| {
        let mut now = Instant::now();
        let mut dialogue = Dialogue::new(|line, _| Field::parse(line).is_some());
        let mut collector = CallerIdCollector::default();
        let mut numbers = std::collections::BTreeSet::new();
        for pick in choice {
            let piece = PIECES[usize::from(pick % 16)];
            dialogue.handle_bytes(now, piece);
            while let Output::Event(event) = dialogue.poll_output() {
                let Event::Line { bytes, cut } = event else { continue };
                if let Some(number) = bytes.strip_prefix(b"NMBR=") {
                    numbers.insert(number.to_vec());
                }
                if !collector.handle_line(now, &bytes, cut) {
                    match dialogue.unsolicited(&bytes) {
                        Some(ResultCode::Ring(_)) => collector.handle_ring(now),
                        _ => collector.handle_foreign_line(&bytes),
                    }
                }
            }
            collector.handle_read_end(now, dialogue.is_mid_line());
            if pick & 0x80 != 0 {
                now += Duration::from_millis(200);
                collector.handle_timeout(now);
            }
        }
        collector.handle_timeout(now + Duration::from_secs(60));
        let mut last = None;
        while let Some(event) = collector.poll_event() {
            if let CallerIdEvent::Known(id) | CallerIdEvent::Changed(id) = event {
                assert!(id.raw.len() <= MAX_RAW);
                last = Some(id);
            }
        }
        if let Some(id) = last
            && numbers.contains(&b"5551234"[..])
            && numbers.contains(&b"999"[..])
        {
            assert!(id.suspect.is_some(), "two numbers and not suspect: {:?}", choice);
        }
    });
}

#[test]
fn dialogues_with_any_bytes_never_panic_and_always_end() {
    bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
        let mut now = Instant::now();
        let mut dialogue = Dialogue::new(|line, _| Field::parse(line).is_some());
        dialogue.command(now, Command::line("AT+VRX").expecting(Expect::Receive));
        dialogue.command(now, Command::line("AT+CMGS=3").with_body(b"00\x1a"));
        let mut replies = 0;
        let mut drain = |dialogue: &mut Dialogue| loop {
            match dialogue.poll_output() {
                Output::Event(Event::Reply(_)) => replies += 1,
                Output::Timeout(at) => break at,
                _ => {}
            }
        };
        for chunk in bytes.chunks(3) {
            dialogue.handle_bytes(now, chunk);
            drain(&mut dialogue);
        }
        while let Some(at) = drain(&mut dialogue) {
            now = now.max(at);
            dialogue.handle_timeout(now);
        }
        assert_eq!(replies, 2, "each command has exactly one reply");
        assert!(dialogue.is_idle());
    });
}

proptest! {
    #[test]
    fn shielded_sound_comes_back(
        sound_sent in proptest::collection::vec(prop_oneof![Just(0x10u8), Just(0x03), any::<u8>()], 0..400),
        cut in 0usize..800,
    ) {
        let mut sent = Vec::new();
        shield_into(&sound_sent, &mut sent);
        let cut = cut.min(sent.len());
        let (audio, events) = sound(&[&sent[..cut], &sent[cut..]]);
        prop_assert_eq!(audio, sound_sent);
        prop_assert!(events.is_empty());
    }

    #[test]
    fn bursts_come_back(number in "[0-9]{1,15}", name in "[ -~]{1,40}") {
        use at_codec::caller_id::{Integrity, Parameter};
        let burst = Burst {
            kind: 0x80,
            parameters: vec![
                Parameter::Time(b"11202131"[..].into()),
                Parameter::Number(number.as_bytes().into()),
                Parameter::Name(name.as_bytes().into()),
            ],
            integrity: Integrity::Good,
        };
        prop_assert_eq!(Burst::from_bytes(&burst.to_bytes()), Some(burst));
    }
}
