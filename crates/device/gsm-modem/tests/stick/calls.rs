//! Calls: in, out, two at once, joined, apart, and each way they end.

use std::time::Duration;

use gsm_modem::{Direction, GsmCommand, GsmEvent, LegEnd, LegState};
use line_sim::gsm::{Fault, Seen, StickProfile, Subscriber};
use phone_number::Caller;

use crate::{Pair, all_profiles, dial};

const ANNA: &str = "+447700900123";
const BERT: &str = "+447700900456";
const CARL: &str = "+447700900789";

#[test]
fn a_call_comes_in_is_answered_and_ends() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(7);
        let leg = pair.leg(ANNA);
        assert_eq!((leg.direction, leg.state), (Direction::Incoming, LegState::Incoming));
        let rings: Vec<u32> = pair
            .events
            .iter()
            .filter_map(|e| if let GsmEvent::Ring { count, .. } = e { Some(*count) } else { None })
            .collect();
        assert_eq!(rings, [1, 2, 3]);
        pair.command(GsmCommand::Answer(leg.id));
        pair.run(2);
        assert_eq!(pair.state(ANNA), LegState::Active);
        pair.run(10);
        pair.stick.remote_ends(pair.now, ANNA);
        pair.run(5);
        assert_eq!(pair.ends(), [LegEnd::HungUp]);
        let Some(GsmEvent::LegEnded { answered_for, .. }) = pair.events.last() else {
            panic!("{:?}", pair.events)
        };
        assert!((11..=14).contains(&answered_for.as_secs()), "{answered_for:?}");
        assert!(pair.machine.is_idle());
    }
}

#[test]
fn a_withheld_number_is_told_as_withheld() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(None);
        pair.run(4);
        assert_eq!(pair.legs()[0].number, Some(Caller::Withheld));
    }
}

#[test]
fn a_caller_who_gives_up_is_missed() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(4);
        pair.stick.remote_ends(pair.now, ANNA);
        pair.run(5);
        assert_eq!(pair.ends(), [LegEnd::Missed]);
    }
}

#[test]
fn a_rejected_call_ends_by_us() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Reject(pair.leg(ANNA).id));
        pair.run(3);
        assert_eq!(pair.ends(), [LegEnd::ByUs]);
        assert!(pair.seen.contains(&Seen::Ended(ANNA.into(), true)));
    }
}

#[test]
fn a_dialled_number_answers() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.command(dial(ANNA, 7));
        pair.run(2);
        let leg = pair.leg(ANNA);
        assert_eq!((leg.direction, leg.tag), (Direction::Outgoing, Some(7)));
        assert_eq!(leg.state, LegState::Alerting);
        pair.run(4);
        assert_eq!(pair.state(ANNA), LegState::Active);
        pair.command(GsmCommand::HangUp(leg.id));
        pair.run(3);
        assert_eq!(pair.ends(), [LegEnd::ByUs]);
    }
}

#[test]
fn busy_refused_silent_and_unknown_numbers_are_told_apart() {
    for profile in all_profiles() {
        let maker = profile.maker;
        for (does, expected) in [
            (Subscriber::Busy, LegEnd::Busy),
            (Subscriber::Refuses(Duration::from_secs(2)), LegEnd::Refused),
            (Subscriber::Silent, LegEnd::NoAnswer),
            (Subscriber::Unknown, LegEnd::Network(Some(1))),
        ] {
            let mut pair = Pair::up(profile.clone());
            pair.stick.subscriber(ANNA, does);
            pair.command(dial(ANNA, 1));
            pair.run(100);
            let huawei = maker == line_sim::gsm::Maker::Huawei;
            let end = match pair.ends().as_slice() {
                [end] => end.clone(),
                other => panic!("{other:?}"),
            };
            match expected {
                LegEnd::Busy | LegEnd::NoAnswer => assert_eq!(end, expected, "{maker:?}"),
                // Only Huawei says the cause.
                _ if huawei => assert_eq!(end, expected),
                _ => assert_eq!(end, LegEnd::Network(None)),
            }
            assert!(pair.machine.is_idle());
        }
    }
}

#[test]
fn a_number_that_rings_for_ever_is_given_up_after_the_limit() {
    let mut settings = gsm_modem::Settings::at_port("sim");
    settings.dial_limit = Duration::from_secs(20);
    let mut pair = Pair::cold(StickProfile::huawei(), line_sim::gsm::SimCard::default(), settings, true);
    pair.run(5);
    pair.stick.subscriber(ANNA, Subscriber::Silent);
    pair.command(dial(ANNA, 1));
    pair.run(30);
    assert_eq!(pair.ends(), [LegEnd::NoAnswer]);
    assert!(pair.seen.contains(&Seen::Ended(ANNA.into(), true)));
}

/// The whole of the virtual phone: a call held, another dialled, both joined, one leaves, the other is ended.
#[test]
fn hold_dial_join_and_the_end_of_each() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(2);
        pair.command(dial(BERT, 2));
        pair.run(2);
        assert_eq!(pair.state(ANNA), LegState::Held);
        pair.run(4);
        assert_eq!(pair.state(BERT), LegState::Active);
        pair.command(GsmCommand::Join);
        pair.run(2);
        assert!(pair.leg(ANNA).joined && pair.leg(BERT).joined, "{:?}", pair.legs());
        assert!(pair.seen.contains(&Seen::Joined(vec![ANNA.into(), BERT.into()])));
        pair.stick.remote_ends(pair.now, BERT);
        pair.run(4);
        assert_eq!(pair.legs().len(), 1);
        assert!(!pair.events.iter().any(|e| matches!(e, GsmEvent::SoundLost(_))), "they were joined");
        pair.command(GsmCommand::HangUpAll);
        pair.run(5);
        assert_eq!(pair.legs(), []);
        assert_eq!(pair.stick.calls(), 0);
    }
}

#[test]
fn a_split_call_leaves_the_other_on_hold_and_a_swap_turns_it_round() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.command(dial(BERT, 2));
        pair.run(6);
        pair.command(GsmCommand::Join);
        pair.run(2);
        pair.command(GsmCommand::Split(pair.leg(BERT).id));
        pair.run(2);
        assert_eq!((pair.state(ANNA), pair.state(BERT)), (LegState::Held, LegState::Active));
        pair.command(GsmCommand::Swap);
        pair.run(2);
        assert_eq!((pair.state(ANNA), pair.state(BERT)), (LegState::Active, LegState::Held));
        pair.command(GsmCommand::HangUp(pair.leg(BERT).id));
        pair.run(3);
        assert_eq!(pair.legs().len(), 1);
        assert_eq!(pair.state(ANNA), LegState::Active);
    }
}

#[test]
fn a_second_caller_waits_and_can_be_taken_or_rejected() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.call_in(Some(BERT));
        pair.run(2);
        assert_eq!(pair.state(BERT), LegState::Waiting);
        // Swapping now would answer the second call.
        pair.command(GsmCommand::Swap);
        assert_eq!(pair.refused(), ["a call waits; answer or reject it first"]);
        pair.command(GsmCommand::Reject(pair.leg(BERT).id));
        pair.run(2);
        assert_eq!(pair.state(ANNA), LegState::Active);
        assert_eq!(pair.legs().len(), 1);
        pair.call_in(Some(CARL));
        pair.run(2);
        pair.command(GsmCommand::Answer(pair.leg(CARL).id));
        pair.run(2);
        assert_eq!((pair.state(ANNA), pair.state(CARL)), (LegState::Held, LegState::Active));
        // A third has no place.
        pair.call_in(Some(BERT));
        pair.run(2);
        let waiting = pair.leg(BERT).id;
        pair.command(GsmCommand::Answer(waiting));
        assert_eq!(pair.refused().len(), 2);
    }
}

/// chan_dongle's note 1: `AT+CHLD=1x` before `^CONF` kills the stick.
#[test]
fn a_call_that_is_not_confirmed_is_not_ended_by_its_number_on_huawei() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.call_in(Some(ANNA));
    pair.run(1);
    pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
    pair.run(1);
    pair.command(dial(BERT, 2));
    pair.run(0);
    let id = pair.leg(BERT).id;
    assert_eq!(pair.state(BERT), LegState::Dialing);
    pair.command(GsmCommand::HangUp(id));
    pair.run(30);
    assert_eq!(pair.lost, None, "the stick was killed");
    assert_eq!(pair.ends(), [LegEnd::ByUs]);
    assert_eq!(pair.legs().len(), 1, "the other call lives");
}

/// chan_dongle's note 2: of two calls that are not joined, the one that remains has no sound.
#[test]
fn the_call_that_may_have_lost_its_sound_is_named() {
    for (profile, expected) in [(StickProfile::huawei(), 1), (StickProfile::simcom(), 0)] {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.command(dial(BERT, 2));
        pair.run(6);
        pair.stick.remote_ends(pair.now, BERT);
        pair.run(4);
        let anna = pair.leg(ANNA).id;
        let named = pair.events.iter().filter(|e| **e == GsmEvent::SoundLost(anna)).count();
        assert_eq!(named, expected);
    }
}

#[test]
fn calls_are_followed_by_the_list_when_every_event_is_lost() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.stick.fault(Fault::SilentEvents);
        pair.command(dial(ANNA, 1));
        pair.run(8);
        assert_eq!(pair.state(ANNA), LegState::Active);
        pair.stick.remote_ends(pair.now, ANNA);
        pair.run(6);
        assert_eq!(pair.legs(), []);
    }
}

#[test]
fn digits_go_to_the_active_call_in_order_and_come_from_it() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.command(GsmCommand::Digits("1".into()));
        assert_eq!(pair.refused().len(), 1, "no call");
        pair.command(dial(ANNA, 1));
        pair.run(6);
        pair.command(GsmCommand::Digits("12,A#".into()));
        pair.run(3);
        let heard: String = pair
            .seen
            .iter()
            .filter_map(|s| if let Seen::Digit(_, d) = s { Some(*d) } else { None })
            .collect();
        assert_eq!(heard, "12A#");
        pair.stick.remote_digit('5');
        pair.run(1);
        let leg = Some(pair.leg(ANNA).id);
        assert!(pair.events.contains(&GsmEvent::Digit { leg, digit: '5' }));
    }
}

#[test]
fn a_number_dialled_while_the_last_call_is_being_ended_waits_for_its_end() {
    for profile in all_profiles() {
        for tenths in [0, 1, 2, 3, 5, 8, 12, 20, 40] {
            let mut pair = Pair::up(profile.clone());
            pair.stick.subscriber(ANNA, Subscriber::Silent);
            pair.command(dial(ANNA, 1));
            pair.run_for(Duration::from_millis(100 * tenths));
            match pair.legs().first() {
                Some(leg) if tenths % 2 == 0 => pair.commands([GsmCommand::HangUp(leg.id), dial(BERT, 2)]),
                _ => pair.commands([GsmCommand::HangUpAll, dial(BERT, 2)]),
            }
            pair.run(20);
            let legs = pair.legs();
            assert_eq!(legs.len(), 1, "{legs:?} after {tenths}: {:?}", pair.seen);
            assert_eq!((legs[0].tag, legs[0].state), (Some(2), LegState::Active), "after {tenths}");
            let ended = pair.seen.contains(&Seen::Ended(ANNA.into(), true));
            assert_eq!(ended, pair.seen.contains(&Seen::Dialled(ANNA.into())), "{:?}", pair.seen);
        }
    }
}

#[test]
fn the_next_telephone_is_called_when_one_does_not_answer_and_the_caller_stays_on_hold() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(CARL));
        pair.run(2);
        pair.command(GsmCommand::Answer(pair.leg(CARL).id));
        pair.run(2);
        pair.stick.subscriber(ANNA, Subscriber::Silent);
        pair.command(dial(ANNA, 1));
        pair.run(10);
        pair.commands([GsmCommand::HangUp(pair.leg(ANNA).id), dial(BERT, 2)]);
        pair.run(20);
        assert_eq!(pair.state(BERT), LegState::Active);
        assert_eq!(pair.state(CARL), LegState::Held);
        pair.command(GsmCommand::Join);
        pair.run(3);
        assert!(pair.legs().iter().all(|l| l.joined), "{:?}", pair.legs());
    }
}

#[test]
fn a_number_waits_only_so_long_for_a_stick_that_ends_nothing() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.stick.subscriber(ANNA, Subscriber::Silent);
    pair.command(dial(ANNA, 1));
    pair.run(3);
    pair.stick.fault(Fault::KeepsCalls);
    pair.command(GsmCommand::HangUp(pair.leg(ANNA).id));
    pair.command(dial(BERT, 2));
    pair.run(20);
    let failed = pair.events.iter().any(|e| {
        matches!(e, GsmEvent::DialFailed { tag: 2, reason: LegEnd::NotPlaced(why) } if why.contains("does not end"))
    });
    assert!(failed, "{:?}", pair.events);
}

#[test]
fn what_is_no_number_is_never_dialled() {
    let mut pair = Pair::up(StickProfile::huawei());
    for wrong in ["", "+", "12;ATH", "12\rAT", "tel", "１２"] {
        pair.command(dial(wrong, 1));
    }
    pair.run(2);
    assert_eq!(pair.events.iter().filter(|e| matches!(e, GsmEvent::DialFailed { .. })).count(), 6);
    assert!(!pair.sent.iter().any(|line| line.starts_with("ATD")));
    pair.command(dial("+44 (7700) 900-123", 2));
    pair.run(1);
    assert!(pair.sent.contains(&"ATD+447700900123;".to_owned()));
}

#[test]
fn without_a_network_dialling_fails_with_the_reason() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.stick.set_network(3);
        pair.run(1);
        pair.command(dial(ANNA, 9));
        pair.run(5);
        let why = pair.events.iter().find_map(|e| match e {
            GsmEvent::DialFailed { tag: 9, reason } => Some(reason.to_string()),
            _ => None,
        });
        assert!(why.as_ref().is_some_and(|w| w.contains("no network")), "{why:?} {:?}", pair.events);
    }
}

#[test]
fn shutting_down_ends_every_call() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.command(dial(BERT, 2));
        pair.run(6);
        pair.command(GsmCommand::ShutDown { within: Duration::from_secs(5) });
        pair.run(5);
        assert_eq!(pair.stick.calls(), 0);
        assert!(pair.machine.is_idle());
    }
}
