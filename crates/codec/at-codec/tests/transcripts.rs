//! What modems have been seen to print, read whole, split anywhere, and one byte at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use at_codec::caller_id::{CallerId, CallerIdCollector, CallerIdEvent};
use at_codec::{Dialogue, Event, Output, ResultCode};

/// What came: bytes, or a pause.
enum Part {
    Bytes(Vec<u8>),
    Pause(Duration),
}

struct Transcript {
    path: PathBuf,
    parts: Vec<Part>,
    expected: String,
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&code, after) = rest.split_first().expect("a code behind the backslash");
        rest = after;
        match code {
            b'r' => out.push(b'\r'),
            b'n' => out.push(b'\n'),
            b'x' => {
                let hex = std::str::from_utf8(&rest[..2]).unwrap();
                out.push(u8::from_str_radix(hex, 16).unwrap());
                rest = &rest[2..];
            }
            other => panic!("unknown escape {}", char::from(other)),
        }
    }
    out
}

fn transcripts() -> Vec<Transcript> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures");
    let mut found = Vec::new();
    for make in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()) {
        for path in std::fs::read_dir(make).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|end| end != "modem") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("# "), "{}: says not where it is from", path.display());
            let mut parts = Vec::new();
            let mut expected = String::new();
            for line in text.lines() {
                match line.split_at_checked(2) {
                    Some(("< ", bytes)) => parts.push(Part::Bytes(unescape(bytes))),
                    Some(("~ ", millis)) => {
                        parts.push(Part::Pause(Duration::from_millis(millis.parse().unwrap())));
                    }
                    Some(("= ", text)) => expected = text.into(),
                    Some(("# ", _)) => {}
                    _ => panic!("{}: {line}", path.display()),
                }
            }
            found.push(Transcript { path, parts, expected });
        }
    }
    assert!(found.len() >= 40, "only {} transcripts found", found.len());
    found
}

/// A line without a call on it, in virtual time.
struct Line {
    dialogue: Dialogue,
    collector: CallerIdCollector,
    now: Instant,
    last: Option<CallerId>,
    nothing: bool,
    messages: Option<bool>,
    reports: usize,
}

impl Line {
    fn new() -> Self {
        Self {
            dialogue: Dialogue::new(|_, _| true),
            collector: CallerIdCollector::default(),
            now: Instant::now(),
            last: None,
            nothing: false,
            messages: None,
            reports: 0,
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        self.dialogue.handle_bytes(self.now, bytes);
        while let Output::Event(event) = self.dialogue.poll_output() {
            let Event::Line { bytes, cut } = event else { continue };
            if self.collector.handle_line(self.now, &bytes, cut) {
                continue;
            }
            match self.dialogue.unsolicited(&bytes) {
                Some(ResultCode::Ring(_) | ResultCode::RingOn(_)) => self.collector.handle_ring(self.now),
                Some(ResultCode::RingOff(_)) => {}
                // Transcripts hold replies of which the commands are not given here.
                _ => {}
            }
        }
        self.collector.handle_read_end(self.now, self.dialogue.is_mid_line());
        self.take();
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.collector.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.collector.handle_timeout(self.now);
            self.take();
        }
        self.now = until;
    }

    fn take(&mut self) {
        while let Some(event) = self.collector.poll_event() {
            match event {
                CallerIdEvent::Known(id) | CallerIdEvent::Changed(id) => {
                    self.last = Some(id);
                    self.reports += 1;
                }
                CallerIdEvent::Nothing => self.nothing = true,
                CallerIdEvent::MessageWaiting(on) => self.messages = Some(on),
                _ => {}
            }
        }
    }

    fn result(&mut self) -> String {
        self.wait(Duration::from_secs(30));
        let mut parts = Vec::new();
        if let Some(on) = self.messages {
            parts.push(format!("messages {}", if on { "on" } else { "off" }));
        }
        match &self.last {
            Some(id) => {
                parts.push(id.caller.as_ref().unwrap().to_string());
                parts.push(id.name.as_ref().map_or(String::new(), |name| name.as_str().into()));
                parts.push(id.line_time.as_deref().unwrap_or("").to_owned());
                if let Some(why) = id.suspect {
                    parts.push(format!("{why:?}").to_lowercase());
                }
            }
            None => parts.push(if self.nothing { "nothing" } else { "none" }.into()),
        }
        parts.join("|")
    }
}

fn run(transcript: &Transcript, mut read: impl FnMut(&mut Line, &[u8])) -> String {
    let mut line = Line::new();
    for part in &transcript.parts {
        match part {
            Part::Bytes(bytes) => read(&mut line, bytes),
            Part::Pause(time) => line.wait(*time),
        }
    }
    line.result()
}

#[test]
fn every_transcript_reads_as_it_should_in_one_read_a_line() {
    for transcript in transcripts() {
        let result = run(&transcript, |line, bytes| line.read(bytes));
        assert_eq!(result, transcript.expected, "{}", transcript.path.display());
    }
}

#[test]
fn every_transcript_reads_the_same_byte_by_byte_with_pauses() {
    for pause in [0, 1, 15, 60] {
        for transcript in transcripts() {
            let result = run(&transcript, |line, bytes| {
                for byte in bytes {
                    line.read(&[*byte]);
                    line.wait(Duration::from_millis(pause));
                }
            });
            assert_eq!(result, transcript.expected, "{} with {pause} ms", transcript.path.display());
        }
    }
}

#[test]
fn every_transcript_reads_the_same_split_anywhere() {
    for transcript in transcripts() {
        let all: Vec<u8> = transcript
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Bytes(bytes) => Some(bytes.as_slice()),
                Part::Pause(_) => None,
            })
            .flatten()
            .copied()
            .collect();
        for cut in 0..=all.len() {
            let mut line = Line::new();
            line.read(&all[..cut]);
            line.wait(Duration::from_millis(15));
            line.read(&all[cut..]);
            assert_eq!(line.result(), transcript.expected, "{} cut at {cut}", transcript.path.display());
        }
    }
}
