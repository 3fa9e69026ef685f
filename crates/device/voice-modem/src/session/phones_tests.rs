//! Telephones on the second socket miss the first ring, and nobody ever lifts a dead one.

use std::time::Duration;

use call_event::LineCommand;
use line_sim::voice_modem as sim;
use line_sim::voice_modem::{CallerScript, GENERIC};

use super::tests::Pair;
use crate::SecondSocket;

fn pair(profile: &sim::Profile) -> Pair {
    Pair::with(sim::Settings::of(profile), |settings| {
        settings.second_socket = Some(SecondSocket::default());
    })
}

impl Pair {
    fn handset(&mut self, up: bool) {
        self.machine.line_code(self.now, if up { b'h' } else { b'H' });
        self.secs(1);
    }

    /// Somebody telephones, so that the modem reports the handset once.
    fn telephones(&mut self) {
        self.handset(true);
        self.handset(false);
    }

    /// How often the telephone rang in the last call, of how many rings.
    fn heard(&self) -> (u32, u32) {
        let call = self.machine.status().last_call().cloned().unwrap();
        (call.heard, call.rings)
    }
}

#[test]
fn a_modem_that_never_reported_a_handset_keeps_its_telephones() {
    let mut pair = pair(&GENERIC);
    pair.ring(CallerScript::number("5550100").rings(4));
    pair.secs(60);
    assert_eq!(pair.heard(), (4, 4));
    pair.next_call_is_handled();
}

#[test]
fn a_caller_who_may_ring_is_heard_from_the_second_ring_on() {
    let mut pair = pair(&GENERIC);
    pair.telephones();
    for _ in 0..2 {
        pair.ring(CallerScript::number("5550100").rings(4));
        pair.secs(60);
        assert_eq!(pair.heard(), (3, 4));
    }
    pair.next_call_is_handled();
}

#[test]
fn without_a_caller_id_the_second_ring_is_heard_too() {
    let mut pair = pair(&GENERIC);
    pair.telephones();
    let mut nobody = CallerScript::number("5550100").rings(4);
    nobody.when = sim::When::AfterRing(99);
    pair.ring(nobody);
    pair.secs(60);
    let (heard, rings) = pair.heard();
    assert!(rings == 4 && heard >= 2, "{heard} of {rings}");
    pair.next_call_is_handled();
}

#[test]
fn a_blocked_caller_is_never_heard() {
    let mut pair = pair(&GENERIC);
    pair.telephones();
    for _ in 0..2 {
        pair.ring(CallerScript::number("5550100").rings(4));
        while pair.calls().is_empty() {
            pair.pass(Duration::from_millis(100));
        }
        pair.events.clear();
        pair.command(LineCommand::HangUp);
        pair.secs(20);
        assert_eq!(pair.heard().0, 0);
    }
    pair.next_call_is_handled();
}

#[test]
fn whoever_lifts_finds_the_line_and_keeps_it() {
    let mut pair = pair(&GENERIC);
    pair.telephones();
    assert!(pair.machine.status().phones_apart);
    pair.handset(true);
    assert!(!pair.machine.status().phones_apart, "there is a dial tone");
    pair.secs(900);
    assert!(!pair.machine.status().phones_apart, "nobody is cut off");
    pair.handset(false);
    assert!(pair.machine.status().phones_apart);
    // And one who takes a call.
    pair.ring(CallerScript::number("5550100").rings(2));
    pair.secs(9);
    pair.handset(true);
    pair.secs(600);
    assert!(!pair.machine.status().phones_apart);
    pair.handset(false);
    assert!(pair.machine.status().phones_apart);
    pair.next_call_is_handled();
}

#[test]
fn who_leaves_joins_them() {
    let mut pair = pair(&GENERIC);
    pair.telephones();
    assert!(pair.machine.status().phones_apart);
    pair.command(LineCommand::ShutDown);
    pair.secs(1);
    assert!(!pair.machine.status().phones_apart);
}

#[test]
fn a_modem_that_knows_no_such_thing_rings_as_ever() {
    for profile in [&sim::CONEXANT, &sim::CALLER_ID_ONLY] {
        let mut pair = pair(profile);
        pair.telephones();
        pair.ring(CallerScript::number("5550100").rings(3));
        pair.secs(60);
        assert_eq!(pair.heard(), (3, 3), "{}", profile.name);
        pair.next_call_is_handled();
    }
}
