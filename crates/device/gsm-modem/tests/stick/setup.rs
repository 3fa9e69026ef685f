//! Setting a stick up, its PIN, its network, its loss.

use gsm_modem::{GsmCommand, GsmEvent, Pin, Registration, Settings, Stick};
use line_sim::gsm::{Fault, Seen, SimCard, StickProfile};

use crate::{Pair, all_profiles};

#[test]
fn each_maker_is_set_up_and_told_what_it_can_do() {
    for profile in all_profiles() {
        let (maker, model, imei) = (profile.maker_name, profile.model, profile.imei);
        let mut pair = Pair::cold(profile, SimCard::default(), Settings::at_port("sim"), true);
        pair.run(5);
        let info = pair.machine.info().clone();
        assert_eq!((&*info.maker, &*info.model), (maker, model));
        assert_eq!(info.imei.as_deref(), Some(imei));
        assert_eq!(info.own_number.as_deref(), Some("+447700900001"));
        assert_eq!(info.operator.as_deref(), Some("Simulated Mobile"));
        assert!(info.voice && info.hold && info.join && info.sms, "{info:?}");
        assert!(pair.events.contains(&GsmEvent::Up(info)));
        assert!(pair.events.contains(&GsmEvent::Registration(Registration::Home)));
        assert!(pair.events.contains(&GsmEvent::Signal(Some(-71))));
    }
}

#[test]
fn a_stick_without_a_voice_side_says_so_and_still_does_messages() {
    let mut pair = Pair::up(StickProfile::huawei_data());
    assert!(!pair.machine.info().voice && pair.machine.info().sms);
    pair.command(crate::dial("+447700900123", 1));
    assert!(matches!(pair.events[0], GsmEvent::DialFailed { tag: 1, .. }), "{:?}", pair.events);
    pair.command(GsmCommand::Swap);
    assert_eq!(pair.refused(), ["this stick has no voice side, or it is locked"]);
}

#[test]
fn the_set_up_survives_one_byte_at_a_time_and_garbage_between_lines() {
    let mut pair = Pair::cold(StickProfile::simcom(), SimCard::default(), Settings::at_port("sim"), true);
    pair.cut = 1;
    pair.stick.fault(Fault::Garbage);
    pair.run(10);
    assert!(pair.machine.is_up());
}

fn locked() -> SimCard {
    SimCard { pin: Some("4711".into()), ..SimCard::default() }
}

fn with_pin(pin: &str) -> Settings {
    let mut settings = Settings::at_port("sim");
    settings.pin = Pin::new(pin);
    settings
}

#[test]
fn the_right_pin_opens_the_sim() {
    let mut pair = Pair::cold(StickProfile::huawei(), locked(), with_pin("4711"), true);
    pair.run(10);
    assert!(pair.machine.is_up());
    assert_eq!(pair.pin_notes, [false, true], "noted before, and the note taken back");
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_again() {
    let mut pair = Pair::cold(StickProfile::huawei(), locked(), with_pin("0000"), true);
    pair.run(300);
    assert!(pair.lost.as_ref().unwrap().contains("the PIN is wrong"), "{:?}", pair.lost);
    assert_eq!(pair.seen, [Seen::PinTried { right: false }]);
    // The next start, with the note of the first.
    let mut again = Pair::cold(StickProfile::huawei(), locked(), with_pin("0000"), false);
    again.run(300);
    assert!(again.lost.as_ref().unwrap().contains("never tried twice"), "{:?}", again.lost);
    assert_eq!(again.seen, []);
}

#[test]
fn a_sim_that_asks_for_a_pin_that_is_not_set_says_what_to_do() {
    let mut pair = Pair::cold(StickProfile::quectel(), locked(), Settings::at_port("sim"), true);
    pair.run(10);
    assert!(pair.lost.unwrap().contains("set it in the configuration"));
}

#[test]
fn no_pin_is_ever_shown() {
    let mut settings = with_pin("4711");
    settings.show_lines = true;
    let mut pair = Pair::cold(StickProfile::huawei(), locked(), settings, true);
    pair.stick.handle_bytes(pair.now, b"ATE0\r");
    pair.run(10);
    assert!(
        pair.events.iter().any(|e| matches!(e, GsmEvent::Line { sent: true, text } if text.contains("****")))
    );
    assert!(!format!("{:?}", pair.events).contains("4711"));
    assert!(!format!("{:?}", pair.machine).contains("Pin(\"4711"));
}

#[test]
fn another_stick_at_the_port_is_not_taken_for_the_wanted_one() {
    let settings = Settings::new(Stick::Imei("990000000000001".into()));
    let mut pair = Pair::cold(StickProfile::simcom(), SimCard::default(), settings, true);
    pair.run(10);
    assert!(pair.lost.unwrap().contains("another stick"));
}

#[test]
fn a_port_that_says_nothing_is_given_up_after_a_while() {
    let mut pair = Pair::cold(StickProfile::simcom(), SimCard::default(), Settings::at_port("sim"), true);
    pair.stick.fault(Fault::Hang);
    pair.run(60);
    assert!(pair.lost.unwrap().contains("does not answer to AT"));
}

#[test]
fn a_stick_that_hangs_later_is_noticed_and_its_calls_end() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.call_in(Some("+447700900123"));
    pair.run(4);
    pair.stick.fault(Fault::Hang);
    pair.run(60);
    assert!(pair.lost.as_ref().unwrap().contains("does not answer any more"));
    assert_eq!(pair.ends(), [gsm_modem::LegEnd::DeviceLost]);
    assert_eq!(pair.legs(), []);
}

#[test]
fn network_and_signal_are_told_when_they_change_and_only_then() {
    let mut pair = Pair::up(StickProfile::quectel());
    pair.run(120);
    assert_eq!(pair.events, []);
    pair.stick.set_network(2);
    pair.stick.set_signal(5);
    pair.run(60);
    assert!(pair.events.contains(&GsmEvent::Registration(Registration::Searching)));
    assert!(pair.events.contains(&GsmEvent::Signal(Some(-103))));
    pair.stick.set_network(5);
    pair.run(60);
    assert!(pair.events.contains(&GsmEvent::Registration(Registration::Roaming)));
    assert_eq!(pair.events.len(), 3, "{:?}", pair.events);
}

#[test]
fn ussd_works_with_packed_and_plain_texts_and_in_dialogues() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.command(GsmCommand::Ussd("*100#".into()));
        pair.run(5);
        let told = GsmEvent::Ussd { text: "Balance: 12.34 GBP".into(), answer_expected: false };
        assert!(pair.events.contains(&told), "{:?}", pair.events);
        pair.command(GsmCommand::Ussd("*101#".into()));
        pair.run(5);
        let told = GsmEvent::Ussd { text: "1 Balance\n2 Bonus".into(), answer_expected: true };
        assert!(pair.events.contains(&told), "{:?}", pair.events);
        pair.command(GsmCommand::Ussd("2".into()));
        pair.run(5);
        // A text of digits alone is not taken for hexadecimal.
        let told = GsmEvent::Ussd { text: "1234".into(), answer_expected: false };
        assert!(pair.events.contains(&told), "{:?}", pair.events);
    }
}

#[test]
fn a_raw_command_is_answered_and_cannot_smuggle_a_second_one() {
    let mut pair = Pair::up(StickProfile::simcom());
    pair.command(GsmCommand::Raw("AT+CSQ".into()));
    pair.run(1);
    let told = GsmEvent::Raw { command: "AT+CSQ".into(), lines: vec!["+CSQ: 21,99".into(), "OK".into()] };
    assert_eq!(pair.events, [told]);
    pair.command(GsmCommand::Raw("AT+CSQ\rATD0900123456;".into()));
    pair.run(5);
    assert_eq!(pair.refused().len(), 1);
    assert!(!pair.sent.iter().any(|line| line.contains("ATD")));
}
