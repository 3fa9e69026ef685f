//! What a service manager is told: only while every line's thread lives, and that the guard stops when it begins to.

use std::thread;
use std::time::Duration;

use call_event::{GuardCommand, LineCommand, LineEvent, LineId};
use call_guard::{EverybodyRings, Guard, GuardFolder, Heartbeat, LineEnds, NoDiary};
use crossbeam_channel::{Receiver, Sender, bounded};

const EVERY: Duration = Duration::from_millis(20);
/// Something that is to come has so long.
const PATIENCE: Duration = Duration::from_secs(20);

struct Driver {
    events: Sender<LineEvent>,
    commands: Receiver<LineCommand>,
}

impl Driver {
    /// Answers everything that was asked until there is a beat.
    fn answer_until_a_beat(&self, beats: &Receiver<()>) {
        while beats.try_recv().is_err() {
            if let Ok(LineCommand::SignOfLife) = self.commands.recv_timeout(PATIENCE) {
                self.events.send(LineEvent::Alive).unwrap();
            }
        }
    }

    /// The next question for a sign of life; it stays without an answer.
    fn is_asked(&self) {
        loop {
            match self.commands.recv_timeout(PATIENCE).unwrap() {
                LineCommand::SignOfLife => return,
                LineCommand::ShutDown => panic!("the guard stops"),
                _ => {}
            }
        }
    }
}

#[test]
fn a_line_that_hangs_is_noticed_whether_its_device_is_there_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut guard = Guard::new(GuardFolder::new(dir.path()), EverybodyRings, NoDiary);
    let (events, from_line) = bounded(16);
    let (to_line, commands) = bounded(16);
    guard.add_line(LineId::new("home"), LineEnds { events: from_line, commands: to_line });
    let line = Driver { events, commands };
    let (beat, beats) = bounded(1000);
    let beat = Box::new(move || beat.send(()).unwrap());
    guard.set_heartbeat(Heartbeat { every: EVERY, beat });
    let (stop, stops) = bounded(1);
    guard.set_at_stop(move || stop.send(()).unwrap());
    let handle = guard.handle();
    let running = thread::spawn(move || guard.run());

    line.answer_until_a_beat(&beats);
    let down = LineEvent::Down { reason: "it is unplugged".into(), retry_in: PATIENCE };
    line.events.send(down).unwrap();
    for _ in 0..3 {
        line.answer_until_a_beat(&beats);
    }
    // The question after the last answer may have been told as well; each later one stays without an answer.
    line.is_asked();
    while beats.try_recv().is_ok() {}
    for _ in 0..4 {
        line.is_asked();
    }
    assert!(beats.try_recv().is_err(), "it hangs while its device is away, and all is said to be well");
    line.events.send(LineEvent::Alive).unwrap();
    line.answer_until_a_beat(&beats);

    assert!(stops.try_recv().is_err());
    handle.ask(GuardCommand::Stop);
    assert!(stops.try_recv().is_ok(), "its stop is told before its calls have ended");
    assert!(!running.is_finished(), "a line that does not end is waited for");
    drop(line);
    running.join().unwrap();
}
