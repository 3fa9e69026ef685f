//! The simulated stick by itself: what is sent and what comes back, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::time::{Duration, Instant};

use line_sim::gsm::{Deed, Seen, SimCard, Stick, StickOutput, StickProfile};

fn talk(stick: &mut Stick, now: Instant, sent: &str) -> String {
    stick.handle_bytes(now, sent.as_bytes());
    said(stick)
}

fn said(stick: &mut Stick) -> String {
    let mut all = Vec::new();
    loop {
        match stick.poll_output() {
            StickOutput::Transmit(bytes) => all.extend(bytes),
            StickOutput::TransmitEvent(_) | StickOutput::Seen(_) => {}
            StickOutput::Timeout(_) => return String::from_utf8_lossy(&all).into_owned(),
        }
    }
}

#[test]
fn each_command_is_answered_as_written_beside_it() {
    let now = Instant::now();
    let mut stick = Stick::new(StickProfile::quectel(), SimCard::default());
    for (sent, wanted) in [
        ("AT\r", "AT\r\r\nOK\r\n"),
        ("ATE0\r", "ATE0\r\r\nOK\r\n"),
        ("at+cgmm\r", "\r\nEC25\r\n\r\nOK\r\n"),
        ("ATE0V1X4&C1\r", "\r\nOK\r\n"),
        ("AT+CMEE=1;+CLIP=1\r", "\r\nOK\r\n"),
        ("AT+CLIP?\r", "\r\n+CLIP: 1,1\r\n\r\nOK\r\n"),
        ("AT+NONSENSE\r", "\r\n+CME ERROR: 4\r\n"),
        ("AT+CMEE=0\r", "\r\nOK\r\n"),
        ("AT+NONSENSE\r", "\r\nERROR\r\n"),
        ("AT+CLCC\r", "\r\nOK\r\n"),
        ("ATA\r", "\r\nNO CARRIER\r\n"),
        ("AT+CHLD=2\r", "\r\nERROR\r\n"),
        ("AT+CMGR=0\r", "\r\n+CMS ERROR: 321\r\n"),
        ("AT+CPMS?\r", "\r\n+CPMS: \"SM\",0,25,\"SM\",0,25,\"SM\",0,25\r\n\r\nOK\r\n"),
        ("AT+CMGS=5\r", "\r\n> "),
        ("\u{1b}", "\r\nOK\r\n"),
        ("garbage\r", ""),
    ] {
        assert_eq!(talk(&mut stick, now, sent), wanted, "{sent:?}");
    }
}

#[test]
fn a_locked_sim_lets_three_wrong_pins_pass_and_then_none() {
    let now = Instant::now();
    let card = SimCard { pin: Some("4711".into()), ..SimCard::default() };
    let mut stick = Stick::new(StickProfile::simcom(), card);
    talk(&mut stick, now, "ATE0+CMEE=1\r");
    assert_eq!(talk(&mut stick, now, "AT+CPIN?\r"), "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
    assert_eq!(talk(&mut stick, now, "AT+CMGD=1\r"), "\r\n+CME ERROR: 11\r\n");
    for _ in 0..3 {
        assert_eq!(talk(&mut stick, now, "AT+CPIN=\"0000\"\r"), "\r\n+CME ERROR: 16\r\n");
    }
    assert_eq!(talk(&mut stick, now, "AT+CPIN=\"4711\"\r"), "\r\n+CME ERROR: 12\r\n");
    assert_eq!(talk(&mut stick, now, "AT+CPIN?\r"), "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n");
}

#[test]
fn no_event_comes_into_the_middle_of_a_command() {
    let now = Instant::now();
    let mut stick = Stick::new(StickProfile::quectel(), SimCard::default());
    talk(&mut stick, now, "ATE0\r");
    talk(&mut stick, now, "AT+C");
    assert!(stick.call_in(now, Some("+447700900123")));
    assert_eq!(said(&mut stick), "");
    assert_eq!(talk(&mut stick, now, "SQ\r"), "\r\n+CSQ: 21,99\r\n\r\nOK\r\n\r\nRING\r\n");
}

#[test]
fn what_is_typed_is_done_or_refused_with_what_could_stand_there() {
    assert_eq!("call withheld".parse(), Ok(Deed::Call(None)));
    assert_eq!("hangup 123".parse(), Ok(Deed::HangUp("123".into())));
    for wrong in ["", "call", "sms 123", "signal loud", "number 1 sleeps", "fault line"] {
        let error = wrong.parse::<Deed>().unwrap_err();
        assert!(error.contains("unplug | plug"), "{error}");
    }
    assert_eq!(Seen::Joined(vec!["1".into(), "2".into()]).to_string(), "joined 1 2");
}

#[test]
fn any_bytes_are_survived() {
    bolero::check!().with_iterations(5_000).for_each(|bytes: &[u8]| {
        let mut now = Instant::now();
        let mut stick = Stick::new(StickProfile::huawei(), SimCard::default());
        stick.call_in(now, None);
        for piece in bytes.chunks(8) {
            stick.handle_bytes(now, b"AT");
            stick.handle_bytes(now, piece);
            stick.handle_bytes(now, b"\r");
            said(&mut stick);
            now += Duration::from_millis(900);
            stick.handle_timeout(now);
        }
    });
}
