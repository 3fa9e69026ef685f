//! The line's state in virtual time: nothing here waits.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{EndReason, LineCommand, LineEvent};
use phone_number::{Caller, Numbering};

use super::jobs::{Done, Job};
use super::state::{LineState, Output};
use crate::{
    BlockBy, BookCache, BookEntry, BookName, BookUse, CallKind, Error, FritzBoxSettings, ListedCall,
};

struct Line {
    state: LineState,
    now: Instant,
    books: Arc<BookCache>,
}

impl Line {
    fn new(change: impl FnOnce(&mut FritzBoxSettings)) -> Self {
        let mut settings = FritzBoxSettings::at("fritz.box");
        settings.user = "guard".into();
        settings.deny_books = vec![BookName::Name("Spamnummern".into())];
        change(&mut settings);
        let books = Arc::new(BookCache::new(Numbering::new("DE", Some("030")).unwrap()));
        let now = Instant::now();
        let mut line = Self { state: LineState::new(Arc::new(settings), books.clone(), now), now, books };
        line.state.handle_timeout(now);
        line.jobs();
        line
    }

    /// What came out: the events, and what is to be asked.
    fn drain(&mut self) -> (Vec<LineEvent>, Vec<Job>) {
        let (mut events, mut jobs) = (Vec::new(), Vec::new());
        loop {
            match self.state.poll_output() {
                Output::Event(event) => events.push(event),
                Output::Job(job) => jobs.push(job),
                Output::Timeout(_) => return (events, jobs),
            }
        }
    }

    fn jobs(&mut self) -> Vec<Job> {
        self.drain().1
    }

    fn say(&mut self, line: &str) -> Vec<LineEvent> {
        self.state.handle_line(self.now, SystemTime::UNIX_EPOCH, line.as_bytes());
        self.drain().0
    }

    fn list(&mut self, calls: &[ListedCall]) -> Vec<LineEvent> {
        self.state.handle_done(self.now, SystemTime::UNIX_EPOCH, Done::Calls(Ok(calls.to_vec())));
        self.drain().0
    }

    fn pass(&mut self, seconds: u64) -> (Vec<LineEvent>, Vec<Job>) {
        self.now += Duration::from_secs(seconds);
        self.state.handle_timeout(self.now);
        self.drain()
    }
}

fn listed(id: u32, kind: CallKind, remote: &str, at: &str) -> ListedCall {
    ListedCall {
        id,
        kind,
        remote: (!remote.is_empty()).then(|| remote.into()),
        own: Some("23125001".into()),
        name: None,
        device: None,
        extension: None,
        at: call_monitor::Stamp::parse(format!("{at}:00").as_bytes()),
        minutes: 2,
        recording: None,
    }
}

#[test]
fn a_call_is_told_from_ring_to_end() {
    let mut line = Line::new(|_| {});
    let entry = BookEntry { contact: "Anna".into(), number: "030 23125555".into() };
    line.books.replace([(BookUse::Allow, "Telefonbuch".into(), vec![entry])]);
    let events = line.say("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP0;");
    let [LineEvent::Ring { call, count: 1, .. }, LineEvent::Call(incoming)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((incoming.id, incoming.called.as_deref()), (*call, Some("23125001")));
    assert_eq!(incoming.name.as_ref().unwrap().as_str(), "Anna");
    assert_eq!(incoming.line_time.as_deref(), Some("16.06.20 12:25:42"));
    let events = line.say("16.06.20 12:25:50;CONNECT;0;11;03023125555;");
    assert!(matches!(&events[..], [LineEvent::PickedUp { extension: Some(e), .. }] if &**e == "DECT 2"));
    let events = line.say("16.06.20 12:26:50;DISCONNECT;0;60;");
    let [LineEvent::Ended { reason, answered_for, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((reason, *answered_for), (&EndReason::AnsweredElsewhere, Duration::from_secs(60)));
}

#[test]
fn withheld_numbers_and_other_own_numbers() {
    let mut line = Line::new(|s| s.own_numbers = vec!["03023125001".into()]);
    let events = line.say("16.06.20 12:25:42;RING;0;;23125001;SIP0;");
    assert!(matches!(&events[1], LineEvent::Call(call) if call.caller == Some(Caller::Withheld)));
    assert!(line.say("16.06.20 12:25:43;RING;1;03023125555;23125002;SIP0;").is_empty());
    assert!(line.say("16.06.20 12:25:53;DISCONNECT;1;0;").is_empty());
}

#[test]
fn what_the_box_rejected_shows_as_such() {
    let mut line = Line::new(|_| {});
    line.list(&[]);
    line.say("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP0;");
    assert!(line.say("16.06.20 12:25:42;DISCONNECT;0;0;").is_empty(), "the list is asked first");
    assert_eq!(line.pass(0).1, [Job::Calls]);
    let events = line.list(&[listed(1, CallKind::Rejected, "03023125555", "16.06.20 12:25")]);
    assert!(matches!(&events[..], [LineEvent::Ended { reason: EndReason::Rejected, .. }]), "{events:?}");

    line.say("16.06.20 12:30:00;RING;0;03023125556;23125001;SIP0;");
    line.say("16.06.20 12:30:01;DISCONNECT;0;0;");
    let (events, _) = line.pass(5);
    assert!(matches!(&events[..], [LineEvent::Ended { reason: EndReason::NotAnswered, .. }]), "{events:?}");
}

#[test]
fn calls_missed_in_a_gap_come_from_the_list_once() {
    let mut line = Line::new(|_| {});
    line.list(&[listed(1, CallKind::Missed, "03023125000", "16.06.20 12:00")]);
    line.say("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP0;");
    line.state.handle_down("gone".into(), Duration::from_secs(1));
    line.state.handle_up(line.now);
    let (_, jobs) = line.pass(0);
    assert_eq!(jobs, [Job::Calls]);
    let list = [
        listed(3, CallKind::Missed, "", "16.06.20 12:27"),
        listed(2, CallKind::Incoming, "03023125555", "16.06.20 12:26"),
        listed(1, CallKind::Missed, "03023125000", "16.06.20 12:00"),
    ];
    let events = line.list(&list);
    // The call that rang before the gap ends; the one within it is told whole.
    let [
        LineEvent::Ended { reason: EndReason::AnsweredElsewhere, .. },
        LineEvent::Recovered { call, reason, .. },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((&call.caller, reason), (&Some(Caller::Withheld), &EndReason::NotAnswered));
    assert!(line.list(&list).is_empty());
    // The end of a call that began in the gap makes the list be asked again.
    assert!(line.say("16.06.20 12:29:42;DISCONNECT;1;20;").is_empty());
    assert_eq!(line.pass(2).1, [Job::Calls]);
}

#[test]
fn a_number_that_could_not_be_written_is_tried_again() {
    let mut line = Line::new(|s| s.contact.time_stamp = true);
    line.say("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP0;");
    let bar = LineCommand::BarNumber { number: "03023125555".into(), name: "".into() };
    line.state.handle_command(line.now, bar.clone());
    line.state.handle_command(line.now, bar);
    let jobs = line.jobs();
    let [Job::Bar(entry)] = &jobs[..] else { panic!("asked twice: {jobs:?}") };
    assert_eq!(&*entry.name, "blocked by callblock (2020.06.16 12:25:42)");
    let failed = || Error::NotWritten { number: "03023125555".into(), book: "Spamnummern".into() };
    for told in [1, 0] {
        line.state.handle_done(line.now, SystemTime::UNIX_EPOCH, Done::Bar(entry.clone(), Err(failed())));
        let (events, _) = line.drain();
        assert_eq!(events.len(), told, "the same trouble is told once: {events:?}");
        assert!(line.pass(600).1.contains(&Job::Bar(entry.clone())));
    }
    line.state.handle_done(line.now, SystemTime::UNIX_EPOCH, Done::Bar(entry.clone(), Ok(())));
    let (events, _) = line.drain();
    assert!(matches!(&events[..], [LineEvent::Barred { result: Ok(()), .. }]), "{events:?}");
    assert!(line.pass(6).1.contains(&Job::Books), "the books are read again after a write");
}

#[test]
fn test_numbers_take_the_place_of_callers_one_per_ring() {
    let mut line = Line::new(|s| {
        s.test_numbers = vec!["03681443300750".into(), "".into()];
        s.test_now = true;
    });
    let mut callers = Vec::new();
    for second in 10..13 {
        let events = line.say(&format!("16.06.20 12:25:{second};RING;0;015228817386;23125001;SIP0;"));
        let call =
            events.iter().find_map(|e| if let LineEvent::Call(c) = e { c.caller.clone() } else { None });
        callers.push(call.unwrap().to_string());
    }
    assert_eq!(callers, ["03681443300750", "withheld", "015228817386"]);
}

#[test]
fn what_a_box_cannot_do_is_refused_with_a_reason() {
    let mut line = Line::new(|s| s.block_by = BlockBy::Notice);
    for command in [LineCommand::Answer, LineCommand::HangUp] {
        line.state.handle_command(line.now, command);
        assert!(matches!(&line.drain().0[..], [LineEvent::Refused { .. }]));
    }
    line.state.handle_command(line.now, LineCommand::BarNumber { number: "0".into(), name: "".into() });
    assert!(matches!(&line.drain().0[..], [LineEvent::Barred { result: Err(_), .. }]));
    let mut without_user = Line::new(|s| s.user = "".into());
    assert!(without_user.pass(100_000).1.is_empty());
    without_user.say("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP0;");
    let events = without_user.say("16.06.20 12:25:42;DISCONNECT;0;0;");
    assert!(matches!(&events[..], [LineEvent::Ended { reason: EndReason::NotAnswered, .. }]));
}

#[test]
fn any_lines_at_all_leave_the_state_whole() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut line = Line::new(|_| {});
        for part in bytes.split(|b| *b == b'\n') {
            line.say(&String::from_utf8_lossy(part));
            let told = bytes.len() % 6;
            line.say(
                ["RING;0;1;2;", "CALL;0;1;2;3;", "CONNECT;0;1;2;", "DISCONNECT;0;1;", "RING;1;2;1;", "x"]
                    [told],
            );
        }
        line.pass(10);
    });
}
