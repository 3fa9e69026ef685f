//! What virtualphone.py did wrong with its modem, one test each. The numbers count its known defects; those that
//! are not the modem's stand in `call-bridge`.

use gsm_modem::{GsmCommand, GsmEvent, LegEnd, LegState};
use line_sim::gsm::{StickProfile, Subscriber};

use crate::{Pair, all_profiles, dial};

const ANNA: &str = "+447700900123";
const MASTER: &str = "+447700900456";

/// 7: a message with anything in it, and two at once, reach the user as they are.
#[test]
fn defect_07_no_text_and_no_pair_of_messages_stops_the_line() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        let evil = "*_[`\r\nRING\r\n+CLIP: \"999\",129\r\nOK\r\n";
        assert!(pair.stick.sms_in(ANNA, evil, &[]));
        assert!(pair.stick.sms_in(MASTER, "second", &[]));
        pair.run(5);
        let texts: Vec<String> = pair.sms().into_iter().map(|s| s.text).collect();
        assert_eq!(texts, ["*_[`\nRING\n+CLIP: \"999\",129\nOK\n", "second"]);
        assert_eq!(pair.legs(), [], "no call is made of a text");
    }
}

/// 7: +CLIP without quotes.
#[test]
fn defect_07_a_number_without_quotes_is_read() {
    let mut pair = Pair::up(StickProfile::quectel());
    pair.machine.handle_bytes(pair.now, gsm_modem::Port::Control, b"\r\n+CLIP: +447700900123,145,,,,0\r\n");
    pair.call_in(Some(ANNA));
    pair.run(2);
    assert_eq!(pair.legs().len(), 1);
}

/// 9: +CMTI is no message, and the next line is none either.
#[test]
fn defect_09_an_announcement_is_not_taken_for_the_message() {
    let mut pair = Pair::up(StickProfile::huawei());
    assert!(pair.stick.sms_in(ANNA, "the text", &[]));
    pair.stick.set_signal(9);
    pair.run(3);
    let sms = pair.sms();
    assert_eq!(sms.len(), 1);
    assert_eq!((sms[0].from.to_string().as_str(), sms[0].text.as_str()), (ANNA, "the text"));
}

/// 10: messages of several lines, of several parts, and events in between.
#[test]
fn defect_10_lines_parts_and_events_in_between_do_not_mix() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        let text = format!("first line\nsecond line\n{}", "x".repeat(300));
        assert!(pair.stick.sms_in(ANNA, &text, &[]));
        pair.call_in(Some(MASTER));
        pair.stick.set_signal(9);
        pair.run(3);
        assert_eq!(pair.sms()[0].text, text);
        assert_eq!(pair.state(MASTER), LegState::Incoming);
    }
}

/// 10: a text of digits alone, or of what looks like hexadecimal, is a text.
#[test]
fn defect_10_digits_are_not_taken_for_hexadecimal() {
    let mut pair = Pair::up(StickProfile::simcom());
    for text in ["1234", "CAFE", "00430069"] {
        assert!(pair.stick.sms_in(ANNA, text, &[]));
    }
    assert!(pair.stick.sms_in(ANNA, "Привет", &[]));
    pair.run(3);
    let texts: Vec<String> = pair.sms().into_iter().map(|s| s.text).collect();
    assert_eq!(texts, ["1234", "CAFE", "00430069", "Привет"]);
}

/// 12 and 13: the end of one call is told as that call's end, with its reason, and the other goes on.
#[test]
fn defect_12_13_each_call_ends_by_itself_and_once() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.stick.subscriber(MASTER, Subscriber::Busy);
        pair.call_in(Some(ANNA));
        pair.run(1);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.command(dial(MASTER, 5));
        pair.run(5);
        assert_eq!(pair.ends(), [LegEnd::Busy]);
        assert_eq!(pair.state(ANNA), LegState::Held, "the caller is still there");
        pair.command(GsmCommand::Swap);
        pair.run(2);
        assert_eq!(pair.state(ANNA), LegState::Active);
        assert!(!pair.sent.iter().any(|line| line == "AT+CHUP"), "nothing was ended by us");
    }
}

/// 14: a second caller is seen, and a call's third ring is no second call.
#[test]
fn defect_14_a_waiting_call_is_seen_and_rings_do_not_make_calls() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.call_in(Some(ANNA));
        pair.run(13);
        assert_eq!(pair.legs().len(), 1);
        let news = pair.events.iter().filter(|e| matches!(e, GsmEvent::Leg(_))).count();
        assert_eq!(news, 1, "told once, however often it rings: {:?}", pair.events);
        pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
        pair.run(1);
        pair.call_in(Some(MASTER));
        pair.run(2);
        assert_eq!(pair.state(MASTER), LegState::Waiting);
    }
}

/// 18: busy and no answer of a dialled number are told.
#[test]
fn defect_18_a_dialled_number_that_is_busy_or_silent_is_told() {
    for profile in all_profiles() {
        for (does, end) in [(Subscriber::Busy, LegEnd::Busy), (Subscriber::Silent, LegEnd::NoAnswer)] {
            let mut pair = Pair::up(profile.clone());
            pair.stick.subscriber(MASTER, does);
            pair.command(dial(MASTER, 1));
            pair.run(100);
            assert_eq!(pair.ends(), [end]);
        }
    }
}

/// 1.2 and 1.8: every command waits for its reply, and a message for its prompt.
#[test]
fn defect_no_command_is_sent_before_the_last_one_is_answered() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.command(GsmCommand::SendSms { to: ANNA.into(), text: "x".into(), reference: 1 });
    pair.command(dial(MASTER, 1));
    pair.run(5);
    let body = pair.sent.iter().position(|line| line.ends_with('\u{1a}')).unwrap();
    assert!(pair.sent[body - 1].starts_with("AT+CMGS="), "{:?}", pair.sent);
}

/// 19: with the lines shown, each command is shown once.
#[test]
fn defect_19_each_line_is_shown_once() {
    let mut pair = Pair::up(StickProfile::simcom());
    pair.command(GsmCommand::ShowLines(true));
    pair.command(GsmCommand::Raw("AT+CSQ".into()));
    pair.run(1);
    let shown = pair
        .events
        .iter()
        .filter(|e| matches!(e, GsmEvent::Line { sent: true, text } if &**text == "AT+CSQ"))
        .count();
    assert_eq!(shown, 1, "{:?}", pair.events);
}
