//! Messages: both ways, long ones, reports, full stores, failures.

use gsm_modem::{GsmCommand, GsmEvent, Port, SmsFate, SmsSender};
use line_sim::gsm::{Fault, Seen, SimCard, StickOutput, StickProfile};

use crate::{Pair, all_profiles};

const ANNA: &str = "+447700900123";

fn send(text: &str, reference: u64) -> GsmCommand {
    GsmCommand::SendSms { to: ANNA.into(), text: text.into(), reference }
}

#[test]
fn a_message_is_sent_and_its_delivery_reported() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.command(send("Grüße, 1234 €", 42));
        pair.run(5);
        assert!(pair.seen.contains(&Seen::Sms { to: ANNA.into(), text: "Grüße, 1234 €".into() }));
        let report = GsmEvent::SmsReport { reference: 42, to: ANNA.into(), fate: SmsFate::Delivered };
        assert_eq!(pair.events, [GsmEvent::SmsSent { reference: 42, parts: 1 }, report]);
    }
}

#[test]
fn a_long_message_goes_in_parts_and_is_reported_once() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        let text = "Привет, мир! 😉 ".repeat(20);
        pair.command(send(&text, 1));
        pair.run(20);
        let got: String = pair
            .seen
            .iter()
            .filter_map(|s| if let Seen::Sms { text, .. } = s { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(got, text);
        assert!(
            matches!(pair.events[..], [GsmEvent::SmsSent { parts: 5, .. }, GsmEvent::SmsReport { .. }]),
            "{:?}",
            pair.events
        );
    }
}

#[test]
fn a_received_message_is_told_and_deleted_only_once_it_is_kept() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        assert!(pair.stick.sms_in(ANNA, "Hello", &[]));
        pair.run(2);
        let sms = pair.sms();
        assert_eq!(sms.len(), 1);
        assert_eq!(
            (sms[0].from.to_string().as_str(), sms[0].text.as_str(), sms[0].incomplete),
            (ANNA, "Hello", false)
        );
        assert_eq!(sms[0].sent_at.as_deref(), Some("2026-11-20T12:00:00+01:00"));
        pair.run(120);
        assert_eq!(pair.stick.stored(), 1, "it stays until it is kept");
        pair.command(GsmCommand::SmsKept(sms[0].id));
        pair.run(2);
        assert_eq!(pair.stick.stored(), 0);
        assert_eq!(pair.sms().len(), 1);
    }
}

#[test]
fn a_message_that_is_listed_and_announced_is_told_once_and_costs_no_other_its_place() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        let again = |pair: &mut Pair| {
            pair.machine.handle_bytes(pair.now, Port::Control, b"\r\n+CMTI: \"SM\",1\r\n");
            pair.run(2);
        };
        assert!(pair.stick.sms_in(ANNA, "first", &[]));
        pair.run(2);
        again(&mut pair);
        let told = pair.sms();
        assert_eq!(told.len(), 1, "{told:?}");
        // Announced once more while it is being deleted; then the place is filled anew.
        pair.machine.command(pair.now, GsmCommand::SmsKept(told[0].id));
        again(&mut pair);
        assert_eq!(pair.stick.stored(), 0);
        assert!(pair.stick.sms_in(ANNA, "second", &[]));
        pair.run(2);
        assert_eq!(pair.sms().last().map(|sms| sms.text.clone()).as_deref(), Some("second"));
        pair.command(GsmCommand::SmsKept(told[0].id));
        pair.run(2);
        assert_eq!((pair.sms().len(), pair.stick.stored()), (2, 1));
        assert_eq!(pair.sent.iter().filter(|line| line.starts_with("AT+CMGD")).count(), 1);
    }
}

#[test]
fn a_place_that_another_program_filled_anew_keeps_its_new_message() {
    let mut pair = Pair::up(StickProfile::quectel());
    assert!(pair.stick.sms_in(ANNA, "old", &[]));
    pair.run(2);
    let old = pair.sms()[0].id;
    // Another program at the other port deletes it; the network brings the next one to its place.
    pair.stick.handle_bytes(pair.now, b"AT+CMGD=1\r");
    while !matches!(pair.stick.poll_output(), StickOutput::Timeout(_)) {}
    assert!(pair.stick.sms_in(ANNA, "new", &[]));
    pair.run(2);
    pair.command(GsmCommand::SmsKept(old));
    pair.run(2);
    assert_eq!((pair.sms().len(), pair.stick.stored()), (2, 1), "the new one is not kept yet");
}

#[test]
fn messages_that_came_while_nobody_listened_are_found_at_the_start() {
    for profile in all_profiles() {
        let mut pair = Pair::cold(profile, SimCard::default(), gsm_modem::Settings::at_port("sim"), true);
        for n in 0..5 {
            assert!(pair.stick.sms_in(ANNA, &format!("number {n}"), &[]));
        }
        pair.run(10);
        let texts: Vec<String> = pair.sms().into_iter().map(|sms| sms.text).collect();
        assert_eq!(texts, ["number 0", "number 1", "number 2", "number 3", "number 4"]);
    }
}

#[test]
fn parts_that_arrived_before_and_after_a_restart_are_joined() {
    for profile in all_profiles() {
        let text = "y".repeat(300);
        let mut pair = Pair::up(profile);
        assert!(pair.stick.sms_in(ANNA, &text, &[2]));
        pair.run(5);
        assert_eq!(pair.sms(), []);
        // The program starts anew; then the other part comes under the same reference.
        pair.machine = gsm_modem::Machine::new(pair.now, gsm_modem::Settings::at_port("sim"), true);
        pair.run(5);
        assert!(pair.machine.is_up());
        let parts = at_codec::gsm::Composer::new()
            .compose(&at_codec::gsm::Address::number(ANNA).unwrap(), &text, 1)
            .unwrap();
        let second = parts[1].clone();
        let pdu = at_codec::gsm::Pdu::Deliver(at_codec::gsm::Deliver {
            centre: None,
            more: false,
            flags: 0,
            from: second.to,
            protocol: 0,
            coding: second.coding,
            sent_at: at_codec::gsm::Timestamp::decode([0x62, 0x11, 0x02, 0, 0, 0, 0]),
            header: second.header,
            content: second.content,
        })
        .encode()
        .unwrap();
        pair.stick.pdu_in(pdu.length(), pdu.hex());
        pair.run(2);
        let sms = pair.sms();
        assert_eq!(sms.len(), 1, "{:?}", pair.events);
        assert_eq!((sms[0].text.as_str(), sms[0].parts, sms[0].incomplete), (text.as_str(), 2, false));
        pair.command(GsmCommand::SmsKept(sms[0].id));
        pair.run(2);
        assert_eq!(pair.stick.stored(), 0, "both parts are deleted");
    }
}

#[test]
fn a_message_with_a_missing_part_is_told_after_a_while_and_marked() {
    let mut pair = Pair::up(StickProfile::quectel());
    assert!(pair.stick.sms_in(ANNA, &"z".repeat(400), &[2]));
    pair.run(599);
    assert_eq!(pair.sms(), []);
    pair.run(10);
    let sms = pair.sms();
    assert_eq!(sms.len(), 1);
    assert!(sms[0].incomplete && sms[0].text.contains("[...]"), "{:?}", sms[0]);
}

#[test]
fn a_word_as_sender_is_no_number() {
    let mut pair = Pair::up(StickProfile::simcom());
    assert!(pair.stick.sms_in("MyBank", "Your code is 1234", &[]));
    pair.run(2);
    assert!(matches!(&pair.sms()[0].from, SmsSender::Word(word) if word.as_str() == "MyBank"));
}

#[test]
fn a_damaged_message_is_told_as_such_and_does_not_come_for_ever() {
    for profile in all_profiles() {
        let mut pair = Pair::up(profile);
        pair.stick.pdu_in(20, "07912143658709F1040BFF918100551512".into());
        pair.run(2);
        let sms = pair.sms();
        assert_eq!(sms.len(), 1);
        assert!(sms[0].text.contains("cannot be read"));
        pair.command(GsmCommand::SmsKept(sms[0].id));
        pair.run(2);
        assert_eq!(pair.stick.stored(), 0);
    }
}

#[test]
fn a_message_that_the_network_refuses_fails_with_the_reason_and_the_next_goes() {
    let mut pair = Pair::up(StickProfile::simcom());
    pair.stick.fault(Fault::SmsFails(21));
    pair.command(send("one", 1));
    pair.run(2);
    assert!(
        matches!(&pair.events[0], GsmEvent::SmsFailed { reference: 1, reason } if reason.contains("rejected"))
    );
    pair.stick.fault(Fault::None);
    pair.command(send("two", 2));
    pair.run(2);
    assert_eq!(pair.events[1], GsmEvent::SmsSent { reference: 2, parts: 1 });
}

#[test]
fn trouble_of_the_network_is_waited_for() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.stick.fault(Fault::SmsFails(42));
    pair.command(send("one", 1));
    pair.run(5);
    assert_eq!(pair.events, []);
    pair.stick.fault(Fault::None);
    pair.run(10);
    assert!(pair.events.contains(&GsmEvent::SmsSent { reference: 1, parts: 1 }));
}

/// chan_dongle's note 4: the prompt hangs; ESC leads out of it.
#[test]
fn a_prompt_that_never_comes_fails_the_message_and_not_the_stick() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.stick.fault(Fault::NoPrompt);
    pair.command(send("one", 1));
    pair.run(10);
    assert!(matches!(pair.events[..], [GsmEvent::SmsFailed { reference: 1, .. }]), "{:?}", pair.events);
    assert_eq!(pair.lost, None);
    assert!(pair.sent.contains(&"\u{1b}".to_owned()));
    pair.stick.fault(Fault::None);
    pair.command(send("two", 2));
    pair.run(3);
    assert!(pair.events.contains(&GsmEvent::SmsSent { reference: 2, parts: 1 }));
}

#[test]
fn calls_go_on_while_messages_are_sent() {
    let mut pair = Pair::up(StickProfile::huawei());
    pair.command(send(&"long ".repeat(200), 1));
    pair.call_in(Some(ANNA));
    pair.run(1);
    pair.command(GsmCommand::Answer(pair.leg(ANNA).id));
    pair.run(10);
    assert_eq!(pair.state(ANNA), gsm_modem::LegState::Active);
    assert!(pair.events.iter().any(|e| matches!(e, GsmEvent::SmsSent { .. })));
}

#[test]
fn a_full_store_is_told_and_read() {
    let mut pair = Pair::up(StickProfile::huawei());
    for n in 0..21 {
        pair.stick.sms_in(ANNA, &format!("{n}"), &[]);
    }
    pair.run(5);
    assert!(pair.events.contains(&GsmEvent::SmsStoreFull));
    assert_eq!(pair.sms().len(), 20);
}

#[test]
fn what_cannot_be_sent_to_is_refused_by_name() {
    let mut pair = Pair::up(StickProfile::huawei());
    for wrong in ["", "Anna", "1\r2", "123456789012345678901234567890"] {
        pair.command(GsmCommand::SendSms { to: wrong.into(), text: "x".into(), reference: 5 });
    }
    pair.run(1);
    assert_eq!(pair.events.len(), 4);
    assert!(pair.events.iter().all(|e| matches!(e, GsmEvent::SmsFailed { reference: 5, .. })));
}

/// A place number means something only in the store that is selected.
#[test]
fn nothing_is_deleted_while_another_store_is_being_selected() {
    let mut pair = Pair::up(StickProfile::simcom());
    assert!(pair.stick.sms_in(ANNA, "Hello", &[]));
    pair.run(2);
    let id = pair.sms()[0].id;
    // Announced in a store that the stick then does not let us select.
    pair.machine.handle_bytes(pair.now, Port::Control, b"\r\n+CMTI: \"ME\",0\r\n");
    pair.machine.command(pair.now, GsmCommand::SmsKept(id));
    pair.sent.clear();
    pair.run(2);
    assert_eq!(pair.sent[..2], ["AT+CPMS=\"ME\"", "AT+CMGD=0"], "the deletion waited for the answer");
    assert_eq!(pair.stick.stored(), 0);
    // One that answers late: nothing is deleted before it has answered.
    assert!(pair.stick.sms_in(ANNA, "Hello again", &[]));
    pair.run(2);
    let id = pair.sms()[1].id;
    pair.stick.fault(Fault::Hang);
    pair.machine.handle_bytes(pair.now, Port::Control, b"\r\n+CMTI: \"ME\",0\r\n");
    pair.machine.command(pair.now, GsmCommand::SmsKept(id));
    pair.sent.clear();
    pair.run(2);
    assert!(!pair.sent.iter().any(|line| line.starts_with("AT+CMGD")), "{:?}", pair.sent);
}
