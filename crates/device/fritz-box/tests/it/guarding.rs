//! The line as the guard holds it.

use std::time::Duration;

use call_event::{CallId, EndReason, LineCommand, LineEvent};
use fritz_box::{BlockBy, BookName, BookUse, FritzBoxSettings, FritzLine, spawn};
use line_sim::fritz_box::{Fault, FritzBoxSim, Setup};

use crate::simulated;

/// The next event that is looked for; others are passed over.
fn wait<T>(line: &FritzLine, mut wanted: impl FnMut(&LineEvent) -> Option<T>) -> T {
    loop {
        let event = line.events.recv_timeout(Duration::from_secs(20)).expect("the event comes");
        if let Some(found) = wanted(&event) {
            return found;
        }
    }
}

fn guarded(change: impl FnOnce(&mut FritzBoxSettings)) -> (FritzBoxSim, FritzLine) {
    let (sim, mut settings) = simulated(Setup::default());
    sim.add_contact("Telefonbuch", "Anna", &["030 23125001"]);
    settings.allow_books = vec![BookName::Position(0)];
    settings.deny_books = vec![BookName::Name("Spamnummern".into())];
    change(&mut settings);
    let line = spawn(settings).unwrap();
    wait(&line, |e| matches!(e, LineEvent::Up(_)).then_some(()));
    assert!(sim.wait_for_monitors(1));
    (sim, line)
}

/// The books are read before anybody needs them.
fn with_books(line: &FritzLine) {
    while !line.books.is_filled() {
        std::thread::yield_now();
    }
}

#[test]
fn a_number_that_was_barred_is_rejected_by_the_box_from_then_on() {
    let (sim, line) = guarded(|_| {});
    with_books(&line);
    assert_eq!(line.books.find("23125001").unwrap().book_use, BookUse::Allow);
    sim.faults(|f| f.writes = vec![Fault::Code(820)]);
    let bar = LineCommand::BarNumber { number: "03023125555".into(), name: "a bad \"one\" & co".into() };
    line.commands.send(bar).unwrap();
    let result = |e: &LineEvent| match e {
        LineEvent::Barred { result, .. } => Some(result.clone()),
        _ => None,
    };
    assert!(wait(&line, result).unwrap_err().contains("820"));
    assert_eq!(line.books.find("03023125555"), None, "not taken for written");
    assert_eq!(wait(&line, result), Ok(()));
    assert!(sim.wait_for_number("Spamnummern", "03023125555"));
    assert_eq!(line.books.find("03023125555").unwrap().book_use, BookUse::Deny);
    sim.ring("03023125555", "23125001");
    let reason = wait(&line, |e| match e {
        LineEvent::Ended { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason, EndReason::Rejected);
}

#[test]
fn no_call_is_missed_when_the_connection_is_reset() {
    let (sim, line) = guarded(|_| {});
    with_books(&line);
    // The list is looked at for the first time right after the start; a whole call proves that it was.
    sim.ring("03023125001", "23125001");
    wait(&line, |e| matches!(e, LineEvent::Call(_)).then_some(()));
    sim.end(0);
    wait(&line, |e| matches!(e, LineEvent::Ended { .. }).then_some(()));
    for reset in [true, false] {
        sim.drop_monitors(reset);
        let missed = sim.ring("015228817386", "23125001");
        sim.end(missed);
        wait(&line, |e| matches!(e, LineEvent::Down { .. }).then_some(()));
        let call = wait(&line, |e| match e {
            LineEvent::Recovered { call, reason: EndReason::NotAnswered, .. } => Some(call.clone()),
            _ => None,
        });
        assert_eq!(call.caller.unwrap().number().unwrap().as_str(), "015228817386");
        assert!(sim.wait_for_monitors(1));
    }
    sim.ring("03023125777", "23125001");
    wait(&line, |e| matches!(e, LineEvent::Call(_)).then_some(()));
}

#[test]
fn a_box_that_is_not_there_is_waited_for() {
    let (sim, mut settings) = simulated(Setup::default());
    settings.user = "".into();
    let address = sim.monitor_addr();
    drop(sim);
    let line = spawn(settings).unwrap();
    let reason = wait(&line, |e| match e {
        LineEvent::Down { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("#96*5*"), "{reason}");
    let _sim = FritzBoxSim::start(Setup { monitor: address, ..Setup::default() }).unwrap();
    wait(&line, |e| matches!(e, LineEvent::Up(_)).then_some(()));
}

#[test]
fn call_barring_new_contacts_and_dialling() {
    let (sim, line) = guarded(|s| {
        s.block_by = BlockBy::CallBarring;
        s.new_contact_book = Some(BookName::Name("Telefonbuch".into()));
    });
    line.commands.send(LineCommand::BarNumber { number: "03023125555".into(), name: "x".into() }).unwrap();
    assert!(sim.wait_for_number("", "03023125555"));
    line.commands
        .send(LineCommand::EnterContact { number: "02214710001".into(), name: "Praxis".into() })
        .unwrap();
    assert!(sim.wait_for_number("Telefonbuch", "02214710001"));
    wait(&line, |e| matches!(e, LineEvent::ContactEntered { result: Ok(()), .. }).then_some(()));
    let call = CallId::next();
    line.commands
        .send(LineCommand::Dial { number: "02214710001".into(), hide_own_number: None, call })
        .unwrap();
    while sim.dialled().is_none() {
        std::thread::yield_now();
    }
    let id = sim.dial(10, "23125001", "02214710001#");
    let outgoing = wait(&line, |e| match e {
        LineEvent::Outgoing { call, number, .. } => Some((*call, number.clone())),
        _ => None,
    });
    assert_eq!(outgoing, (call, "02214710001".into()));
    sim.end(id);
    wait(&line, |e| matches!(e, LineEvent::Ended { reason: EndReason::NoAnswer, .. }).then_some(()));
    line.commands.send(LineCommand::ShutDown).unwrap();
    while line.events.recv_timeout(Duration::from_secs(20)).is_ok() {}
}
