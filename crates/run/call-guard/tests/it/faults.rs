//! Whatever goes wrong, the call ends in the log and the line on-hook, and the next call is handled.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{Action, EndReason, LineEvent, LineInfo, LineKind, LineTone};
use call_guard::ActionSettings;
use proptest::prelude::*;

use crate::line::{Fault, Line, info};

const FAULTS: [Fault; 8] = [
    Fault::None,
    Fault::NeverAnswers,
    Fault::NeverPlays,
    Fault::LosesOneHangUp,
    Fault::NeverHangsUp,
    Fault::Refuses,
    Fault::LostOnAnswer,
    Fault::CallerGone,
];

fn actions() -> Vec<Action> {
    let minute = Duration::from_secs(60);
    vec![
        Action::HangUp,
        Action::Fax,
        Action::Message(None),
        Action::Message(Some(PathBuf::from("/m.wav"))),
        Action::Record(minute),
        Action::Transmit(minute),
        Action::Duplex(minute),
        Action::VoiceMail,
        Action::Challenge { digit: '1' },
        Action::KeepBusy,
        Action::Ring { rings: Some(1) },
        Action::Bar,
    ]
}

#[test]
fn every_action_survives_every_fault_twice() {
    for pause in [0, 2] {
        for action in actions() {
            for fault in FAULTS {
                let settings =
                    ActionSettings { hang_up_pause: Duration::from_secs(pause), ..ActionSettings::default() };
                let mut line = Line::new(action.clone(), settings).with_fault(fault);
                for round in 1..=2 {
                    line.call_comes();
                    line.seconds(1200);
                    assert!(line.flow.call().is_none(), "{action:?} {fault:?}: call {round} does not end");
                    assert!(line.flow.poll_timeout().is_none());
                    assert_eq!(line.finished.len(), round, "{action:?} {fault:?}: each call once in the log");
                    if line.off_hook && fault != Fault::LostOnAnswer {
                        let ended = line.finished[round - 1].ended.to_string();
                        let alone = ended == "longest time reached" || ended == "the other side hung up";
                        assert!(line.hang_ups() > 0 || alone, "{action:?} {fault:?}: left off-hook, {ended}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_line_that_never_confirms_is_told_three_times_and_reported() {
    let mut line = Line::new(Action::HangUp, ActionSettings::default()).with_fault(Fault::NeverHangsUp);
    line.call_comes();
    line.seconds(60);
    assert_eq!(line.hang_ups(), 3);
    assert!(line.news.iter().any(|n| format!("{n:?}").contains("did not confirm")));
    line.one_call();
}

#[test]
fn a_call_whose_end_was_lost_gives_way_to_the_next() {
    let mut line = Line::new(Action::Ring { rings: None }, ActionSettings::default());
    line.call_comes();
    line.call_comes();
    assert_eq!(line.finished.len(), 1);
    line.seconds(100);
    assert_eq!(line.finished.len(), 2, "and a ringing call of which nothing is heard is over after a minute");
}

#[test]
fn events_of_another_call_change_nothing() {
    let mut line = Line::new(Action::Duplex(Duration::from_secs(60)), ActionSettings::default());
    line.call_comes();
    line.seconds(1);
    let strange = call_event::CallId(99);
    line.event(LineEvent::Ended { call: strange, reason: EndReason::HungUp, answered_for: Duration::ZERO });
    line.event(LineEvent::Tone { call: strange, tone: LineTone::Busy });
    line.event(LineEvent::Digit { call: strange, digit: '#' });
    assert_eq!(line.finished.len(), 0);
    assert_eq!(line.hang_ups(), 0);
}

#[test]
fn a_caller_who_presses_keys_for_ever_fills_no_memory() {
    let mut line = Line::new(Action::Transmit(Duration::from_secs(60)), ActionSettings::default());
    line.call_comes();
    line.seconds(1);
    for _ in 0..10_000 {
        line.press('7');
    }
    line.seconds(100);
    assert_eq!(line.one_call().facts.digits.len(), 64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any events in any order at any time: every call ends, and nothing is left waiting.
    #[test]
    fn any_order_of_events_ends_on_hook(
        action in 0..12_usize,
        fault in 0..8_usize,
        events in proptest::collection::vec((0..12_u8, 0..9_u64), 0..40),
    ) {
        let mut line = Line::new(actions()[action].clone(), ActionSettings::default()).with_fault(FAULTS[fault]);
        line.call_comes();
        let mut calls = 1;
        for (what, seconds) in events {
            match what {
                0 => { line.call_comes(); calls += 1; }
                1 => line.press('1'),
                2 => line.press('#'),
                3 => line.speaks(),
                4 => line.silence(seconds),
                5 => line.ring(2),
                6 => line.event_now(|call| LineEvent::Tone { call, tone: LineTone::Busy }),
                7 => line.event_now(|call| LineEvent::Played { call }),
                8 => line.event_now(|call| LineEvent::Answered { call }),
                9 => line.event_now(|call| LineEvent::PickedUp { call, extension: None }),
                10 => line.event(LineEvent::Down { reason: "gone".into(), retry_in: Duration::from_secs(1) }),
                _ => line.seconds(seconds),
            }
        }
        line.seconds(100_000);
        prop_assert!(line.flow.call().is_none());
        prop_assert!(line.flow.poll_timeout().is_none());
        // A call that was already over may be spoken of again, which opens it anew; none is ever lost.
        prop_assert!(line.finished.len() >= calls);
    }
}

#[test]
fn a_box_that_cannot_be_reached_goes_on_with_its_calls() {
    let mut line = Line::new(Action::Ring { rings: None }, ActionSettings::default());
    line.event(LineEvent::Up(LineInfo { kind: LineKind::FritzBox, ..info(false) }));
    line.call_comes();
    line.event(LineEvent::Down { reason: "no route".into(), retry_in: Duration::from_secs(1) });
    assert!(line.finished.is_empty(), "its end is still told");
    let ended = LineEvent::Ended {
        call: line.call,
        reason: EndReason::AnsweredElsewhere,
        answered_for: Duration::from_secs(60),
    };
    line.event(ended);
    assert_eq!(line.finished.len(), 1);
}
