//! The stick in the words of all lines.

use std::time::SystemTime;

use call_event::{EndReason, LineCommand, LineEvent, LineId, LineKind};
use gsm_modem::{GsmCommand, Translator};
use line_sim::gsm::StickProfile;

use crate::Pair;

fn told(pair: &mut Pair, translator: &mut Translator) -> Vec<LineEvent> {
    let events = std::mem::take(&mut pair.events);
    events.into_iter().flat_map(|event| translator.event(SystemTime::UNIX_EPOCH, event)).collect()
}

#[test]
fn a_call_rings_and_is_rejected_in_the_words_of_all_lines() {
    let mut pair = Pair::up(StickProfile::huawei());
    let mut translator = Translator::new(LineId::new("mobile"));
    pair.command(GsmCommand::Inform);
    pair.run(1);
    let up = told(&mut pair, &mut translator);
    assert!(matches!(&up[0], LineEvent::Up(info) if info.kind == LineKind::GsmModem && info.caller_id));
    pair.call_in(Some("+447700900123"));
    pair.run(1);
    let events = told(&mut pair, &mut translator);
    let LineEvent::Call(call) = &events[0] else { panic!("{events:?}") };
    assert_eq!(call.caller.as_ref().unwrap().to_string(), "+447700900123");
    assert!(matches!(events[1], LineEvent::Ring { count: 1, .. }));
    // What it cannot do is refused, and it still rings.
    let refused = translator.command(LineCommand::StopPlaying).unwrap_err();
    assert!(matches!(*refused, LineEvent::Refused { .. }));
    let reject = translator.command(LineCommand::HangUp).unwrap();
    pair.command(reject);
    pair.run(3);
    let events = told(&mut pair, &mut translator);
    assert!(matches!(events.last(), Some(LineEvent::Ended { reason: EndReason::HungUp, .. })), "{events:?}");
    assert_eq!(pair.stick.calls(), 0);
}

#[test]
fn a_dialled_call_carries_the_id_of_the_command() {
    let mut pair = Pair::up(StickProfile::quectel());
    let mut translator = Translator::new(LineId::new("mobile"));
    let call = call_event::CallId(77);
    let dial = LineCommand::Dial { number: "+447700900123".into(), hide_own_number: None, call };
    let command = translator.command(dial).unwrap();
    pair.command(command);
    pair.run(8);
    let events = told(&mut pair, &mut translator);
    assert!(matches!(events[0], LineEvent::Outgoing { call: c, .. } if c == call), "{events:?}");
    assert!(events.contains(&LineEvent::Answered { call }));
}
