//! Any bytes at all, in pieces of any size.

use call_monitor::{CallTracker, Entry, Event, Extension, Line, LineFramer, Stamp, Text, parse, redact_line};
use proptest::prelude::*;

use crate::published;

fn lines(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> Vec<Vec<u8>> {
    let (mut framer, mut out) = (LineFramer::new(), Vec::new());
    for piece in pieces {
        framer.push(piece.as_ref(), |line| out.push(line.to_vec()));
    }
    out
}

#[test]
fn one_byte_at_a_time_is_the_same_as_all_at_once() {
    for end in ["\n", "\r\n"] {
        let stream: Vec<u8> = published().flat_map(|line| [line, end.as_bytes()].concat()).collect();
        let whole = lines(std::iter::once(&stream));
        assert_eq!(whole.len(), 37);
        assert_eq!(lines(stream.chunks(1)), whole);
        assert_eq!(lines(stream.chunks(7)), whole);
    }
}

#[test]
fn every_beginning_of_a_line_is_read_or_kept() {
    for line in published() {
        for end in 0..=line.len() {
            if let Line::Unknown(text) = parse(&line[..end]) {
                assert_eq!(text.as_bytes(), &line[..end]);
            }
        }
    }
}

#[test]
fn a_line_without_end_is_dropped_and_the_next_one_read() {
    let mut framer = LineFramer::new();
    let mut seen = Vec::new();
    for _ in 0..1000 {
        framer.push(&[b'x'; 1000], |line| seen.push(line.to_vec()));
    }
    framer.push(b"tail\r\n16.06.20 12:25:46;DISCONNECT;0;0;\r\n", |line| seen.push(line.to_vec()));
    assert_eq!(seen, [b"16.06.20 12:25:46;DISCONNECT;0;0;"]);
    assert_eq!(framer.dropped(), 1);
}

#[test]
fn any_bytes_are_read_written_and_redacted() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut tracker = CallTracker::new();
        for line in lines(bytes.chunks(5)) {
            redact_line(&line);
            let parsed = parse(&line);
            let mut written = Vec::new();
            parsed.write_to(&mut written);
            if let Line::Entry(entry) = parsed {
                tracker.handle(&entry);
            }
        }
    });
}

fn field() -> impl Strategy<Value = String> {
    "[0-9*#+x][0-9()]{0,14}"
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(
        kind in 0..4, id in 0u16..100, extension in 0u16..60, a in field(), b in field(), seconds in 0u32..100_000,
        hour in 0u8..24, minute in 0u8..60,
    ) {
        let date = Some(call_monitor::Date { year: 2026, month: 11, day: 20 });
        let (a, b) = (Text::from(&*a), Text::from(&*b));
        let event = match kind {
            0 => Event::Ring { id, caller: a, called: b, line: Text::from("SIP0") },
            1 => Event::Call { id, extension: Extension(extension), own: a, remote: b, line: Text::from("ISDN") },
            2 => Event::Connect { id, extension: Extension(extension), remote: a },
            _ => Event::Disconnect { id, seconds },
        };
        let line = Line::Entry(Entry { stamp: Stamp { date, hour, minute, second: 7 }, event });
        let mut written = Vec::new();
        line.write_to(&mut written);
        prop_assert_eq!(parse(&written), line);
    }
}
