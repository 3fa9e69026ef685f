//! What a caller cannot do, in virtual time; the transcripts stand in `tests/transcripts.rs`.

use std::time::{Duration, Instant};

use super::*;

struct Line {
    collector: CallerIdCollector,
    now: Instant,
    events: Vec<CallerIdEvent>,
}

impl Line {
    fn new() -> Self {
        Self { collector: CallerIdCollector::default(), now: Instant::now(), events: Vec::new() }
    }

    /// One read with these lines.
    fn read(&mut self, lines: &[&[u8]]) -> &mut Self {
        for line in lines {
            if *line == b"RING" {
                self.collector.handle_ring(self.now);
            } else if !self.collector.handle_line(self.now, line, false) {
                self.collector.handle_foreign_line(line);
            }
        }
        self.collector.handle_read_end(self.now, false);
        self.take();
        self
    }

    fn wait(&mut self, time: Duration) -> &mut Self {
        let until = self.now + time;
        while let Some(at) = self.collector.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.collector.handle_timeout(self.now);
            self.take();
        }
        self.now = until;
        self
    }

    fn take(&mut self) {
        while let Some(event) = self.collector.poll_event() {
            if !matches!(event, CallerIdEvent::Number(_)) {
                self.events.push(event);
            }
        }
    }

    fn last(&self) -> &CallerId {
        match self.events.last() {
            Some(CallerIdEvent::Known(id) | CallerIdEvent::Changed(id)) => id,
            other => panic!("no caller ID: {other:?}"),
        }
    }
}

#[test]
fn four_fields_complete_at_once_and_three_after_the_quiet_gap() {
    let mut line = Line::new();
    line.read(&[b"DATE=1203", b"TIME=1452", b"NMBR=5550100"]);
    assert!(line.events.is_empty());
    line.wait(Duration::from_millis(99));
    assert!(line.events.is_empty());
    line.wait(Duration::from_millis(1));
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "5550100");
    assert_eq!(line.last().name, None);

    let mut line = Line::new();
    line.read(&[b"DATE=1203", b"TIME=1452", b"NMBR=5550100", b"NAME=X"]);
    assert_eq!(line.events.len(), 1);
}

#[test]
fn a_number_before_any_name_is_told_at_once() {
    let mut collector = CallerIdCollector::default();
    let now = Instant::now();
    collector.handle_line(now, b"NMBR=5550100", false);
    collector.handle_read_end(now, false);
    let Some(CallerIdEvent::Number(id)) = collector.poll_event() else { panic!("no number") };
    assert_eq!(id.caller.unwrap().to_string(), "5550100");
    // Behind a name it may be part of that name.
    let mut collector = CallerIdCollector::default();
    collector.handle_line(now, b"NAME=X", false);
    collector.handle_line(now, b"NMBR=5550100", false);
    collector.handle_read_end(now, false);
    assert_eq!(collector.poll_event(), None);
}

#[test]
fn a_late_name_changes_the_call() {
    let mut line = Line::new();
    line.read(&[b"RING", b"DATE=1203", b"TIME=1452", b"NMBR=5550100"]).wait(Duration::from_secs(1));
    line.read(&[b"NAME=LATE"]);
    assert_eq!(line.events.len(), 2);
    assert!(matches!(line.events[1], CallerIdEvent::Changed(_)));
    assert_eq!(line.last().name.as_ref().unwrap().as_str(), "LATE");
}

#[test]
fn a_ring_alone_is_an_event_after_the_deadline_and_late_news_change_it() {
    let mut line = Line::new();
    line.read(&[b"RING"]).wait(Duration::from_millis(4999));
    assert!(line.events.is_empty());
    line.wait(Duration::from_millis(1));
    assert_eq!(line.events, [CallerIdEvent::Nothing]);
    line.read(&[b"DATE=1203", b"TIME=1452", b"NMBR=5550100", b"NAME=X"]);
    assert!(matches!(line.events[1], CallerIdEvent::Changed(_)));
}

#[test]
fn a_name_with_line_ends_cannot_forge_a_number() {
    // As iaxmodem prints it: the name stands before the number.
    let mut line = Line::new();
    line.read(&[
        b"DATE=1120",
        b"TIME=2131",
        b"NAME=X",
        b"RING",
        b"NMBR=5550199",
        b"NMBR=5551234",
        b"ANID=<NONE>",
        b"RING",
    ]);
    assert_eq!(line.last().suspect, Some(Suspicion::Contradiction));
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "5551234", "the true number comes last");
    let raw = String::from_utf8(line.last().raw.clone()).unwrap();
    assert!(raw.contains("5550199") && raw.contains("5551234"), "all bytes are kept");

    // The same in two reads: the change comes at once.
    let mut line = Line::new();
    line.read(&[b"DATE=1120", b"TIME=2131", b"NAME=X", b"NMBR=5550199"]);
    assert_eq!(line.last().suspect, None);
    line.read(&[b"NMBR=5551234"]);
    assert!(matches!(line.events[1], CallerIdEvent::Changed(_)));
    assert_eq!(line.last().suspect, Some(Suspicion::Contradiction));

    // Where the number stands before the name, the forged one comes last.
    let mut line = Line::new();
    line.read(&[b"DATE=1120", b"TIME=2131", b"NMBR=5551234", b"NAME=X", b"NMBR=5550199"]);
    assert_eq!(line.last().suspect, Some(Suspicion::Contradiction));
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "5551234");
}

#[test]
fn a_withheld_number_cannot_be_overwritten_by_a_name() {
    for truth in [&b"NMBR=P"[..], b"NMBR=O", b"NMBR=<NONE>", b"NMBR="] {
        let mut line = Line::new();
        line.read(&[b"DATE=1120", b"TIME=2131", b"NAME=X", b"NMBR=5550199", truth]);
        assert!(line.last().suspect.is_some());
        assert!(line.last().caller.as_ref().unwrap().number().is_none());
    }
}

#[test]
fn forged_words_and_fields_of_any_kind_are_suspect() {
    for forged in [&b"OK"[..], b"NO CARRIER", b"some text", b"DATE=0101", b"NAME=OTHER", b"TIME=0000"] {
        let mut line = Line::new();
        line.read(&[b"DATE=1120", b"TIME=2131", b"NAME=X", forged, b"NMBR=5551234"]);
        assert!(line.last().suspect.is_some(), "{}", forged.escape_ascii());
    }
    // A mark that says "end" ends nothing.
    let mut line = Line::new();
    line.read(&[b"DATE=1120", b"TIME=2131", b"NAME=X", b"NMBR=5550199", b"END MSG", b"NMBR=5551234"]);
    assert_eq!(line.last().suspect, Some(Suspicion::Contradiction));
}

#[test]
fn a_repeated_caller_id_and_the_habits_of_networks_are_not_suspect() {
    let id: [&[u8]; 4] = [b"DATE=1120", b"TIME=2131", b"NMBR=5551234", b"NAME=X"];
    let mut line = Line::new();
    line.read(&id).read(&[b"RING"]).read(&id);
    assert_eq!(line.events.len(), 1);
    assert_eq!(line.last().suspect, None);
    // Some networks send the number and then O: the first counts.
    let mut line = Line::new();
    line.read(&[b"DATE=1120", b"TIME=2131", b"NMBR=5551234", b"NMBR=O", b"NAME=X"]);
    assert_eq!(line.last().suspect, None);
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "5551234");
}

#[test]
fn withheld_and_unavailable_are_no_numbers() {
    for (number, name, caller) in [
        ("P", "O", Caller::Withheld),
        ("PRIVATE", "", Caller::Withheld),
        ("O", "", Caller::Unavailable),
        ("-", "", Caller::Unavailable),
        ("", "", Caller::Unavailable),
        ("0000000000", "PrivDirOff", Caller::Withheld),
        ("0000000000", "SOMEONE", Caller::Unavailable),
        ("OUT-OF-AREA", "O", Caller::Unavailable),
        ("ANONYMOUS", "ANONYMOUS", Caller::Withheld),
    ] {
        let mut line = Line::new();
        line.read(&[
            b"DATE=0101",
            b"TIME=0101",
            format!("NMBR = {number}").as_bytes(),
            format!("NAME = {name}").as_bytes(),
        ]);
        assert_eq!(line.last().caller, Some(caller), "{number}/{name}");
    }
}

#[test]
fn a_damaged_burst_is_suspect_and_a_good_one_completes_at_once() {
    let mut line = Line::new();
    line.read(&[b"RING", b"0412303332323234303539313435353132333435"]);
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "9145512345");
    assert_eq!(line.last().suspect, None);
    let mut line = Line::new();
    line.read(&[b"801E01083130313532303338020A37303835353530303031070C552E532E524F424F5449435322"]);
    assert_eq!(line.last().suspect, Some(Suspicion::Damaged));
}

#[test]
fn message_waiting_is_no_call() {
    let mut line = Line::new();
    line.read(&[b"MESG = 0B01FF"]).wait(Duration::from_secs(60));
    assert_eq!(line.events, [CallerIdEvent::MessageWaiting(true)]);
    // With a ring it is a call about which nothing else is known.
    let mut line = Line::new();
    line.read(&[b"RING", b"MESG = 06034242431"]).wait(Duration::from_secs(60));
    assert_eq!(line.events, [CallerIdEvent::MessageWaiting(true), CallerIdEvent::Nothing]);
}

#[test]
fn forty_thousand_characters_are_bounded() {
    let mut line = Line::new();
    let name = [&b"NAME="[..], &[b'x'; 40_000]].concat();
    line.read(&[b"DATE=1120", b"TIME=2131", &name, b"NMBR=5551234"]);
    assert!(line.last().raw.len() <= MAX_RAW);
    assert_eq!(line.last().name.as_ref().unwrap().as_str().len(), CallerName::MAX_CHARS);
    assert_eq!(line.last().caller.as_ref().unwrap().to_string(), "5551234");
}
