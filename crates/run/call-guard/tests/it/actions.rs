//! Every action from the first ring to the log.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{Action, EndReason, GuardNews, LineCommand, LineEvent, LineTone, Stage, VoiceMode};
use call_guard::{ActionSettings, CallMark, Certainty};

use crate::line::{Line, info, verdict};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_blocked_call_is_hung_up_at_once() {
    let mut line = Line::new(Action::HangUp, ActionSettings::default());
    line.call_comes();
    assert_eq!(line.commands, [LineCommand::HangUp], "no time may pass before the order to hang up");
    line.seconds(5);
    let call = line.one_call();
    assert_eq!(call.ended, EndReason::HungUp);
    assert_eq!(call.mark(), CallMark::Blocked);
    assert_eq!(call.action, "hang-up");
}

#[test]
fn a_pause_before_hanging_up_answers_first() {
    let pause = Duration::from_millis(1500);
    let mut line =
        Line::new(Action::HangUp, ActionSettings { hang_up_pause: pause, ..ActionSettings::default() });
    line.call_comes();
    assert_eq!(line.commands, [LineCommand::Answer]);
    line.pass(Duration::from_millis(1700));
    assert_eq!(line.commands, [LineCommand::Answer], "the pause runs from the moment the line answered");
    line.pass(Duration::from_millis(200));
    assert_eq!(line.commands, [LineCommand::Answer, LineCommand::HangUp]);
    line.seconds(3);
    assert_eq!(line.one_call().ended, EndReason::HungUp);
}

#[test]
fn a_call_that_may_ring_is_left_alone() {
    let mut line = Line::new(Action::Ring { rings: None }, ActionSettings::default());
    line.call_comes();
    for count in 2..20 {
        line.seconds(5);
        line.ring(count);
    }
    line.event_now(|call| LineEvent::Ended {
        call,
        reason: EndReason::NotAnswered,
        answered_for: Duration::ZERO,
    });
    assert_eq!(line.commands, []);
    let call = line.one_call();
    assert_eq!(call.facts.rings, 19);
    assert_eq!(call.mark(), CallMark::Passed);
}

#[test]
fn after_its_rings_the_voice_mail_takes_it() {
    let mut line = Line::new(Action::Ring { rings: Some(3) }, ActionSettings::default());
    line.call_comes();
    line.seconds(5);
    line.ring(2);
    line.seconds(5);
    assert_eq!(line.commands, []);
    line.ring(3);
    line.seconds(2);
    assert_eq!(line.commands, [], "the third ring is let ring to its end");
    line.pass(Duration::from_millis(600));
    assert_eq!(line.commands, [LineCommand::Answer]);
    line.seconds(30);
    assert_eq!(line.one_call().action, "voice-mail");
}

#[test]
fn the_setting_for_rings_counts_where_the_verdict_names_none() {
    let mut settings = ActionSettings::default();
    settings.voice_mail.after_rings = Some(1);
    let mut line = Line::new(Action::Ring { rings: None }, settings);
    line.call_comes();
    line.seconds(4);
    assert_eq!(line.commands[0], LineCommand::Answer);
}

#[test]
fn picked_up_before_its_last_ring_ends_the_voice_mail_is_not_wanted() {
    let mut line = Line::new(Action::Ring { rings: Some(2) }, ActionSettings::default());
    line.call_comes();
    line.ring(2);
    line.event_now(|call| LineEvent::PickedUp { call, extension: None });
    line.seconds(30);
    assert_eq!(line.commands, []);
}

#[test]
fn a_fax_answers_and_ends() {
    let mut line = Line::new(Action::Fax, ActionSettings::default());
    line.call_comes();
    assert_eq!(line.commands, [LineCommand::AnswerFax { at_most: Duration::from_secs(30) }]);
    line.seconds(60);
    assert_eq!(line.one_call().ended, EndReason::LimitReached);
}

#[test]
fn a_message_is_played_to_its_end() {
    let mut line = Line::new(Action::Message(Some(PathBuf::from("/m.wav"))), ActionSettings::default());
    line.call_comes();
    line.seconds(1);
    assert_eq!(line.played(), ["/m.wav"]);
    assert_eq!(line.hang_ups(), 0);
    line.seconds(4);
    assert_eq!(line.hang_ups(), 1);
    line.one_call();
}

#[test]
fn a_message_without_a_file_plays_the_set_one_or_the_tones() {
    for (set, heard) in [(None, "made"), (Some(PathBuf::from("/set.wav")), "/set.wav")] {
        let settings = ActionSettings { message: set, ..ActionSettings::default() };
        let mut line = Line::new(Action::Message(None), settings);
        line.call_comes();
        line.seconds(10);
        assert_eq!(line.played(), [heard]);
        line.one_call();
    }
}

#[test]
fn the_three_modes_last_as_long_as_they_are_told() {
    for (action, mode) in [
        (Action::Record(MINUTE), VoiceMode::Record),
        (Action::Transmit(MINUTE), VoiceMode::Transmit),
        (Action::Duplex(MINUTE), VoiceMode::Duplex),
    ] {
        let settings = ActionSettings { opening: Some("/hello.wav".into()), ..ActionSettings::default() };
        let mut line = Line::new(action, settings);
        line.call_comes();
        line.seconds(1);
        assert_eq!(line.voice_modes(), [mode]);
        let opening: &[&str] = if mode == VoiceMode::Record { &[] } else { &["/hello.wav"] };
        assert_eq!(line.played(), opening, "{mode:?}");
        line.press('5');
        line.seconds(100);
        let call = line.one_call();
        assert_eq!(call.ended, EndReason::LimitReached);
        assert_eq!(call.facts.digits, "5");
        assert_eq!(call.facts.recorded.is_some(), mode != VoiceMode::Transmit);
    }
}

#[test]
fn busy_ends_a_recording() {
    let mut line = Line::new(Action::Record(MINUTE), ActionSettings::default());
    line.call_comes();
    line.seconds(10);
    line.event_now(|call| LineEvent::Tone { call, tone: LineTone::Busy });
    line.seconds(1);
    let call = line.one_call();
    assert_eq!(call.ended, EndReason::HungUp);
    assert!(call.facts.recorded.is_some());
}

#[test]
fn a_line_without_voice_hangs_up_instead() {
    for action in
        [Action::VoiceMail, Action::Fax, Action::KeepBusy, Action::Message(None), Action::Duplex(MINUTE)]
    {
        let mut line = Line::new(action, ActionSettings::default());
        line.event(LineEvent::Up(info(false)));
        line.call_comes();
        assert_eq!(line.commands, [LineCommand::HangUp]);
        line.seconds(5);
        line.one_call();
    }
}

#[test]
fn a_number_that_an_exact_entry_denies_does_not_wait_for_its_name() {
    let mut line = Line::new(Action::HangUp, ActionSettings::default());
    line.ring(1);
    let call = line.incoming();
    line.event(LineEvent::Number(call));
    assert_eq!(line.commands, [LineCommand::HangUp]);
}

#[test]
fn a_number_that_may_ring_waits_for_its_name() {
    let mut line = Line::new(Action::Ring { rings: Some(0) }, ActionSettings::default());
    line.ring(1);
    let call = line.incoming();
    line.event(LineEvent::Number(call.clone()));
    assert_eq!(line.commands, [], "the rest of the caller ID may still change the verdict");
    line.event(LineEvent::Call(call));
    assert_eq!(line.commands, [LineCommand::Answer]);
}

#[test]
fn a_look_up_that_comes_late_still_blocks_while_it_rings() {
    let mut line = Line::new(Action::Ring { rings: None }, ActionSettings::default())
        .judged(verdict(Action::Ring { rings: None }, Stage::Default), Certainty::LookupPending);
    line.call_comes();
    line.ring(2);
    assert_eq!(line.commands, []);
    let id = line.flow.call().unwrap().id;
    line.owner(|flow, now| {
        flow.handle_verdict(now, id, verdict(Action::HangUp, Stage::Lookup), Certainty::Final);
    });
    line.seconds(2);
    assert_eq!(line.hang_ups(), 1);
    assert_eq!(line.one_call().verdict.unwrap().reason.stage, Stage::Lookup);
}

#[test]
fn a_call_that_waits_while_another_is_on_is_only_logged() {
    let mut line = Line::new(Action::HangUp, ActionSettings::default());
    let mut call = line.incoming();
    call.waiting = true;
    line.event(LineEvent::Call(call));
    assert_eq!(line.commands, []);
    assert!(line.one_call().call.waiting);
}

#[test]
fn the_owner_can_end_or_free_a_ringing_call() {
    let mut line = Line::new(Action::Ring { rings: None }, ActionSettings::default());
    line.call_comes();
    assert!(line.owner(|flow, now| flow.hang_up(now)));
    line.seconds(3);
    assert_eq!(line.one_call().ended, EndReason::HungUp);
    assert!(!line.owner(|flow, now| flow.hang_up(now)), "no call, nothing to end");

    let mut line = Line::new(Action::Ring { rings: Some(1) }, ActionSettings::default());
    line.call_comes();
    assert!(line.owner(|flow, now| flow.let_ring(now, verdict(Action::Ring { rings: None }, Stage::Permit))));
    line.seconds(30);
    assert_eq!(line.commands, [], "freed by the owner, the voice mail keeps off");
}

#[test]
fn the_news_of_a_call_tell_its_story() {
    let mut line = Line::new(Action::HangUp, ActionSettings::default());
    line.call_comes();
    line.seconds(2);
    let words: Vec<&str> = line
        .news
        .iter()
        .map(|n| match n {
            GuardNews::LineUp { .. } => "up",
            GuardNews::Ring { .. } => "ring",
            GuardNews::Call(_) => "call",
            GuardNews::Decided(_) => "decided",
            _ => "other",
        })
        .collect();
    assert_eq!(words, ["up", "ring", "call", "decided"]);
}
