//! The network's message-waiting lamp: kept in the log, each change once, and known again after a restart.

use std::path::Path;
use std::time::{Duration, Instant};

use call_event::{GuardCommand, GuardReply, LineEvent, LineId};
use call_guard::{EverybodyRings, Guard, GuardFolder, LineEnds, LogDiary};
use call_log::{CallLog, MessageKind};
use crossbeam_channel::bounded;

/// What the status says after a guard has heard these of its two lines.
fn told(dir: &Path, events: &[(usize, bool)]) -> bool {
    let database = dir.join("callblock.db");
    let mut guard = Guard::new(GuardFolder::new(dir), EverybodyRings, LogDiary::open(database, ""));
    let mut lines = Vec::new();
    for name in ["home", "office"] {
        let (to_guard, events) = bounded(16);
        let (commands, from_guard) = bounded(16);
        guard.add_line(LineId::new(name), LineEnds { events, commands });
        lines.push((to_guard, from_guard));
    }
    let handle = guard.handle();
    let news = handle.hub().subscribe(100);
    let running = std::thread::spawn(move || guard.run());
    for (line, on) in events {
        lines[*line].0.send(LineEvent::MessageWaiting(*on)).unwrap();
        // The order of two lines' events is their order in time.
        news.notices().recv_timeout(Duration::from_secs(20)).unwrap();
    }
    let GuardReply::Status(status) = handle.ask(GuardCommand::Status) else { panic!("no status") };
    handle.ask(GuardCommand::Stop);
    drop(lines);
    running.join().unwrap();
    status.message_waiting
}

fn logged(dir: &Path) -> Vec<(String, MessageKind)> {
    let mut log = CallLog::open_read_only(&dir.join("callblock.db")).unwrap();
    let mut messages = log.messages(None, 100).unwrap();
    messages.reverse();
    messages.into_iter().map(|message| (message.line, message.kind)).collect()
}

#[test]
fn the_lamp_is_logged_when_it_changes_and_outlives_the_guard() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!told(dir.path(), &[]));
    assert!(told(dir.path(), &[(0, true), (0, true), (1, false), (1, true), (1, false)]));
    let (on, off) = (MessageKind::Waiting, MessageKind::NoneWaiting);
    let home = |kind| ("home".to_owned(), kind);
    let office = |kind| ("office".to_owned(), kind);
    assert_eq!(logged(dir.path()), [home(on), office(off), office(on), office(off)]);
    assert!(told(dir.path(), &[]), "a new guard knows what was said last");
    let until = Instant::now() + Duration::from_secs(20);
    while told(dir.path(), &[(0, false)]) {
        assert!(Instant::now() < until, "the lamp never goes out");
    }
    assert!(!told(dir.path(), &[]));
}
