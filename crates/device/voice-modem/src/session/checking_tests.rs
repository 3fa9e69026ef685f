//! Looking over a modem that guards a line.

use super::tests::Pair;
use super::*;
use line_sim::voice_modem as sim;
use line_sim::voice_modem::CallerScript;

fn checked(pair: &Pair) -> Option<String> {
    pair.events.iter().find_map(|event| match event {
        LineEvent::CheckedUp(lines) => Some(lines.join("\n")),
        _ => None,
    })
}

#[test]
fn a_modem_is_looked_over_while_it_guards_the_line() {
    let mut pair = Pair::of(sim::PROFILES[0]);
    pair.secs(10);
    pair.command(LineCommand::CheckUp);
    pair.secs(3);
    let said = checked(&pair).expect("findings");
    assert!(said.starts_with("answers") && said.contains("verdict    can screen"), "{said}");
    pair.next_call_is_handled();
}

#[test]
fn a_call_goes_before_the_check() {
    let mut pair = Pair::of(sim::PROFILES[0]);
    pair.secs(10);
    pair.ring(CallerScript::number("5550100"));
    pair.secs(4);
    pair.command(LineCommand::CheckUp);
    pair.secs(1);
    let refused = |event: &LineEvent| {
        matches!(event, LineEvent::Refused { command, reason }
            if **command == LineCommand::CheckUp && reason.starts_with("a call is on"))
    };
    assert!(pair.saw(refused) && checked(&pair).is_none(), "{:?}", pair.events);
    pair.command(LineCommand::HangUp);
    pair.next_call_is_handled();
}

#[test]
fn a_ring_in_the_middle_of_the_check_is_handled_as_ever() {
    let mut pair = Pair::of(sim::PROFILES[0]);
    pair.secs(10);
    pair.events.clear();
    pair.command(LineCommand::CheckUp);
    pair.ring(CallerScript::number("5550100"));
    pair.secs(4);
    assert_eq!(pair.calls().len(), 1, "{:?}", pair.events);
    pair.command(LineCommand::HangUp);
    pair.next_call_is_handled();
}

#[test]
fn who_asks_while_the_modem_is_set_up_hears_when_that_is_done() {
    let mut pair = Pair::of(sim::PROFILES[0]);
    pair.secs(10);
    pair.ring(CallerScript::number("5550100"));
    pair.secs(4);
    pair.command(LineCommand::HangUp);
    // Step by step up to the moment in which it is set up again.
    while !pair.saw(|event| matches!(event, LineEvent::Ended { .. })) {
        pair.pass(Duration::from_millis(10));
    }
    pair.command(LineCommand::CheckUp);
    pair.secs(10);
    assert!(checked(&pair).is_some(), "{:?}", pair.events);
    pair.next_call_is_handled();
}
