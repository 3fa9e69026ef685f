//! Any order of anything: no call without an end, no panic, and the list of calls agrees in the end.

use std::time::Duration;

use gsm_modem::{GsmCommand, GsmEvent, LegId, Machine, MachineOutput, Port, Settings};
use line_sim::gsm::{Fault, Subscriber};
use proptest::prelude::*;

use crate::{Pair, all_profiles, dial};

const NUMBERS: [&str; 3] = ["+447700900123", "+447700900456", "+447700900789"];

#[derive(Debug, Clone)]
enum Act {
    Wait(u64),
    CallIn(Option<usize>),
    RemoteEnds(usize),
    RemoteAnswers(usize),
    Behave(usize, u8),
    Sms(usize),
    Command(u8, u32),
    /// Two at once, before the stick has answered either.
    Commands([(u8, u32); 2]),
    Silent(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0u64..8).prop_map(Act::Wait),
        proptest::option::of(0usize..3).prop_map(Act::CallIn),
        (0usize..3).prop_map(Act::RemoteEnds),
        (0usize..3).prop_map(Act::RemoteAnswers),
        (0usize..3, 0u8..5).prop_map(|(n, does)| Act::Behave(n, does)),
        (0usize..3).prop_map(Act::Sms),
        (0u8..12, 1u32..6).prop_map(|(what, leg)| Act::Command(what, leg)),
        [(0u8..12, 1u32..6), (0u8..12, 1u32..6)].prop_map(Act::Commands),
        any::<bool>().prop_map(Act::Silent),
    ]
}

fn does(n: u8) -> Subscriber {
    match n {
        0 => Subscriber::Busy,
        1 => Subscriber::Silent,
        2 => Subscriber::Unknown,
        3 => Subscriber::Refuses(Duration::from_secs(2)),
        _ => Subscriber::Answers(Duration::from_secs(2)),
    }
}

/// Each number that is dialled gets the next tag.
fn command((what, leg): (u8, u32), tags: &mut u32) -> GsmCommand {
    let id = LegId(leg);
    match what {
        0 | 1 => {
            *tags += 1;
            dial(NUMBERS[usize::from(what)], *tags)
        }
        2 | 3 => GsmCommand::Answer(id),
        4 => GsmCommand::Reject(id),
        5 => GsmCommand::HangUp(id),
        6 => GsmCommand::Swap,
        7 => GsmCommand::Join,
        8 => GsmCommand::Split(id),
        9 => GsmCommand::HangUpAll,
        10 => GsmCommand::Digits("1,2".into()),
        _ => GsmCommand::SendSms { to: NUMBERS[2].into(), text: "hello".into(), reference: leg.into() },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn in_the_end_every_call_is_over_and_told_so(which in 0usize..3, acts in proptest::collection::vec(act(), 1..40)) {
        let mut pair = Pair::up(all_profiles()[which].clone());
        let mut tags = 0;
        for act in acts {
            match act {
                Act::Wait(seconds) => pair.run(seconds),
                Act::CallIn(who) => { pair.stick.call_in(pair.now, who.map(|n| NUMBERS[n])); pair.pump(); }
                Act::RemoteEnds(who) => { pair.stick.remote_ends(pair.now, NUMBERS[who]); pair.pump(); }
                Act::RemoteAnswers(who) => { pair.stick.remote_answers(pair.now, NUMBERS[who]); pair.pump(); }
                Act::Behave(who, n) => pair.stick.subscriber(NUMBERS[who], does(n)),
                Act::Sms(who) => { pair.stick.sms_in(NUMBERS[who], "text", &[]); pair.pump(); }
                Act::Command(what, leg) => pair.command(command((what, leg), &mut tags)),
                Act::Commands(both) => pair.commands(both.map(|one| command(one, &mut tags))),
                Act::Silent(silent) => pair.stick.fault(if silent { Fault::SilentEvents } else { Fault::None }),
            }
        }
        pair.run(15);
        prop_assert_eq!(pair.lost.clone(), None, "{:?}", pair.sent);
        // The list of calls agrees with what was told.
        prop_assert_eq!(pair.legs().len(), pair.stick.calls(), "{:?} {:?}", pair.events, pair.sent);
        pair.command(GsmCommand::HangUpAll);
        pair.run(20);
        prop_assert_eq!(pair.stick.calls(), 0);
        prop_assert_eq!(pair.legs(), vec![]);
        // Each number that was to be dialled came to a call or to a failure, once.
        for wanted in 1..=tags {
            let came_to = pair.events.iter().filter(|e| match e {
                GsmEvent::LegEnded { leg, .. } => leg.tag == Some(wanted),
                GsmEvent::DialFailed { tag, .. } => *tag == wanted,
                _ => false,
            });
            prop_assert_eq!(came_to.count(), 1, "{} in {:?} {:?}", wanted, pair.events, pair.sent);
        }
        prop_assert!(pair.machine.is_idle());
    }
}

/// Whatever bytes a stick sends at whatever time, the machine neither panics nor grows without bound.
#[test]
fn any_bytes_from_the_stick_are_survived() {
    bolero::check!().with_iterations(3_000).for_each(|bytes: &[u8]| {
        let mut now = std::time::Instant::now();
        let mut machine = Machine::new(now, Settings::at_port("sim"), true);
        for piece in bytes.chunks(16) {
            machine.handle_bytes(now, Port::Control, piece);
            machine.handle_bytes(now, Port::Events, piece);
            let mut outputs = 0;
            while !matches!(machine.poll_output(), MachineOutput::Timeout(_)) {
                outputs += 1;
                assert!(outputs < 500);
            }
            now += Duration::from_millis(700);
            machine.handle_timeout(now);
        }
    });
}
