//! The driver on a real serial port: a pseudo-terminal with the simulated stick behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::time::{Duration, Instant};

use gsm_modem::{GsmCommand, GsmEvent, GsmLine, LegEnd, LegState, Pin, Settings};
use line_sim::gsm::{Deed, Seen, SimCard, SimStick, StickProfile};

/// No test waits longer; every wait ends as soon as its event is there.
const LONGEST: Duration = Duration::from_secs(40);

fn wait<T>(line: &GsmLine, mut wanted: impl FnMut(&GsmEvent) -> Option<T>) -> T {
    let until = Instant::now() + LONGEST;
    let mut all = Vec::new();
    loop {
        match line.events.recv_deadline(until) {
            Ok(event) => match wanted(&event) {
                Some(found) => return found,
                None => all.push(event),
            },
            Err(error) => panic!("{error}; there were only {all:?}"),
        }
    }
}

fn up(line: &GsmLine) {
    wait(line, |e| matches!(e, GsmEvent::Up(_)).then_some(()));
}

fn stick(profile: StickProfile, card: SimCard) -> SimStick {
    SimStick::plug_in(profile, card, None).unwrap()
}

#[test]
fn a_call_and_a_message_over_a_real_port() {
    let stick = stick(StickProfile::quectel(), SimCard::default());
    let line = gsm_modem::spawn(Settings::at_port(stick.path())).unwrap();
    up(&line);
    stick.deed(Deed::Call(Some("+447700900123".into())));
    let leg = wait(&line, |e| match e {
        GsmEvent::Leg(leg) if leg.state == LegState::Incoming => Some(leg.clone()),
        _ => None,
    });
    assert_eq!(leg.number.unwrap().to_string(), "+447700900123");
    line.commands.send(GsmCommand::Answer(leg.id)).unwrap();
    wait(&line, |e| matches!(e, GsmEvent::Leg(leg) if leg.state == LegState::Active).then_some(()));
    stick.deed(Deed::Sms { from: "+447700900456".into(), text: "käse 🧀".into(), lost: Vec::new() });
    let sms = wait(&line, |e| match e {
        GsmEvent::Sms(sms) => Some(sms.clone()),
        _ => None,
    });
    assert_eq!(sms.text, "käse 🧀");
    line.commands.send(GsmCommand::SmsKept(sms.id)).unwrap();
    line.commands.send(GsmCommand::HangUpAll).unwrap();
    let end = wait(&line, |e| match e {
        GsmEvent::LegEnded { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(end, LegEnd::ByUs);
}

#[test]
fn a_stick_pulled_out_during_a_call_ends_it_and_is_taken_up_again() {
    let stick = stick(StickProfile::huawei(), SimCard::default());
    let line = gsm_modem::spawn(Settings::at_port(stick.path())).unwrap();
    up(&line);
    stick.deed(Deed::Call(None));
    let leg = wait(&line, |e| match e {
        GsmEvent::Leg(leg) => Some(leg.id),
        _ => None,
    });
    stick.deed(Deed::Unplug);
    let (gone, reason) = wait(&line, |e| match e {
        GsmEvent::LegEnded { leg, reason, .. } => Some((leg.id, reason.clone())),
        _ => None,
    });
    assert_eq!((gone, reason), (leg, LegEnd::DeviceLost));
    wait(&line, |e| matches!(e, GsmEvent::Down { .. }).then_some(()));
    stick.deed(Deed::PlugIn);
    up(&line);
    stick.deed(Deed::Call(None));
    let next = wait(&line, |e| match e {
        GsmEvent::Leg(leg) => Some(leg.id),
        _ => None,
    });
    assert!(next > leg, "no id is given twice");
}

#[test]
fn a_stick_that_is_not_there_is_waited_for_and_commands_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyGSM0");
    let line = gsm_modem::spawn(Settings::at_port(&path)).unwrap();
    let reason = wait(&line, |e| match e {
        GsmEvent::Down { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("ttyGSM0") && reason.contains("plugged in"), "{reason}");
    line.commands.send(GsmCommand::SendSms { to: "1".into(), text: "x".into(), reference: 3 }).unwrap();
    wait(&line, |e| matches!(e, GsmEvent::SmsFailed { reference: 3, .. }).then_some(()));
    let stick = SimStick::plug_in(StickProfile::simcom(), SimCard::default(), Some(&path)).unwrap();
    up(&line);
    drop(stick);
}

#[test]
fn a_wrong_pin_is_not_tried_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let card = SimCard { pin: Some("4711".into()), ..SimCard::default() };
    let stick = stick(StickProfile::simcom(), card);
    let mut settings = Settings::at_port(stick.path());
    settings.pin = Pin::new("1234");
    settings.state_dir = Some(folder.path().join("state"));
    let line = gsm_modem::spawn(settings.clone()).unwrap();
    let down = |line: &GsmLine| {
        wait(line, |e| match e {
            GsmEvent::Down { reason, .. } => Some(reason.to_string()),
            _ => None,
        })
    };
    assert!(down(&line).contains("the PIN is wrong"));
    assert!(down(&line).contains("never tried twice"));
    drop(line);
    let line = gsm_modem::spawn(settings.clone()).unwrap();
    assert!(down(&line).contains("never tried twice"));
    drop(line);
    assert_eq!(stick.seen.try_iter().collect::<Vec<_>>(), [Seen::PinTried { right: false }]);
    // Corrected, and the note removed.
    std::fs::remove_file(folder.path().join("state/pin-tried")).unwrap();
    settings.pin = Pin::new("4711");
    let line = gsm_modem::spawn(settings).unwrap();
    up(&line);
    assert!(!folder.path().join("state/pin-tried").exists());
}

#[test]
fn dropping_the_line_ends_its_calls() {
    let stick = stick(StickProfile::huawei(), SimCard::default());
    let line = gsm_modem::spawn(Settings::at_port(stick.path())).unwrap();
    up(&line);
    line.commands
        .send(GsmCommand::Dial { number: "+447700900123".into(), hide_own_number: None, tag: 1 })
        .unwrap();
    wait(&line, |e| matches!(e, GsmEvent::Leg(_)).then_some(()));
    drop(line);
    let until = Instant::now() + LONGEST;
    loop {
        match stick.seen.recv_deadline(until) {
            Ok(Seen::Ended(number, true)) => {
                assert_eq!(number, "+447700900123");
                return;
            }
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
