//! The actions that speak and listen: duplex, voice mail, challenge, keeping busy.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use call_event::{Action, EndReason, LineCommand, LineEvent, LineTone, VoiceMode};
use call_guard::{ActionSettings, Sounds};

use crate::line::{Fault, Line};

fn duplex(silence: u64) -> Line {
    let settings =
        ActionSettings { silence: Some(Duration::from_secs(silence)), ..ActionSettings::default() };
    let mut line = Line::new(Action::Duplex(Duration::from_secs(120)), settings);
    let sounds = Sounds { play: vec!["/a.wav".into(), "/b.wav".into()], phrases: Vec::new() };
    line.flow.set_sounds(Arc::new(sounds));
    line.call_comes();
    line.seconds(1);
    line
}

#[test]
fn silence_in_duplex_plays_a_file_of_the_folder() {
    let mut line = duplex(5);
    line.seconds(4);
    assert_eq!(line.played().len(), 0);
    line.seconds(1);
    assert_eq!(line.played().len(), 1);
    assert!(["/a.wav", "/b.wav"].contains(&line.played()[0].as_str()));
}

#[test]
fn noise_resets_the_silence() {
    let mut line = duplex(5);
    line.seconds(4);
    line.speaks();
    line.seconds(10);
    assert_eq!(line.played().len(), 0, "while the caller speaks nothing is played");
    line.silence(1);
    line.seconds(3);
    assert_eq!(line.played().len(), 0, "the second that the line had already heard counts");
    line.seconds(1);
    assert_eq!(line.played().len(), 1);
}

#[test]
fn silence_counts_again_after_the_file_is_played() {
    let mut line = duplex(5);
    line.seconds(60);
    let count = line.played().len();
    assert!((7..=9).contains(&count), "5 s of silence and 2 s of sound in 60 s, but {count} files");
}

#[test]
fn an_empty_folder_plays_nothing() {
    let mut line = duplex(5);
    line.flow.set_sounds(Arc::default());
    line.seconds(30);
    assert_eq!(line.played().len(), 0);
    line.seconds(120);
    line.one_call();
}

fn mail(end: impl FnOnce(&mut Line)) -> Line {
    let mut settings = ActionSettings::default();
    settings.voice_mail.greeting = Some(PathBuf::from("/greeting.wav"));
    let mut line = Line::new(Action::VoiceMail, settings);
    line.call_comes();
    line.seconds(1);
    assert_eq!(line.played(), ["/greeting.wav", "made"], "greeting, then the beep");
    assert_eq!(line.voice_modes(), [], "the greeting is not recorded");
    line.seconds(4);
    assert_eq!(line.voice_modes(), [VoiceMode::Record]);
    line.speaks();
    line.seconds(10);
    end(&mut line);
    line.seconds(2);
    line
}

#[test]
fn a_message_ends_with_silence_a_tone_a_hash_or_the_caller() {
    type End = fn(&mut Line);
    let ends: [(&str, End); 4] = [
        ("silence", |line| {
            line.silence(1);
            line.seconds(4);
            assert_eq!(line.hang_ups(), 0);
            line.seconds(1);
        }),
        ("busy", |line| line.event_now(|call| LineEvent::Tone { call, tone: LineTone::Busy })),
        ("dial tone", |line| line.event_now(|call| LineEvent::Tone { call, tone: LineTone::Dial })),
        ("#", |line| line.press('#')),
    ];
    for (name, end) in ends {
        let mut line = mail(end);
        assert_eq!(line.hang_ups(), 1, "{name}");
        let call = line.one_call();
        assert!(call.facts.message, "{name}");
        assert!(call.facts.recorded.unwrap().1 >= Duration::from_secs(10));
    }
}

#[test]
fn the_longest_message_ends_by_itself() {
    let mut line = mail(|line| line.seconds(200));
    assert!(line.one_call().facts.message);
}

#[test]
fn a_hash_during_the_greeting_goes_to_the_beep() {
    let mut settings = ActionSettings::default();
    settings.voice_mail.greeting = Some(PathBuf::from("/greeting.wav"));
    let mut line = Line::new(Action::VoiceMail, settings);
    line.call_comes();
    line.seconds(1);
    line.press('#');
    assert!(line.commands.contains(&LineCommand::StopPlaying));
    line.seconds(3);
    assert_eq!(line.voice_modes(), [VoiceMode::Record]);
}

#[test]
fn what_is_too_short_is_no_message() {
    let mut settings = ActionSettings::default();
    settings.voice_mail.shortest = Duration::from_secs(30);
    let mut line = Line::new(Action::VoiceMail, settings);
    line.call_comes();
    line.seconds(60);
    let call = line.one_call();
    assert!(!call.facts.message);
    assert!(call.facts.recorded.is_some());
}

fn challenge() -> Line {
    let mut line = Line::new(Action::Challenge { digit: '1' }, ActionSettings::default());
    line.call_comes();
    line.seconds(1);
    assert_eq!(line.played().len(), 1);
    line
}

#[test]
fn the_right_digit_allows_for_a_time() {
    let mut line = challenge();
    line.seconds(3);
    line.press('1');
    line.seconds(2);
    assert_eq!(line.learned.len(), 1);
    assert!(line.learned[0].allow);
    assert_eq!(line.learned[0].lasts, Some(Duration::from_secs(24 * 3600)));
    assert!(line.one_call().facts.passed_challenge);
}

#[test]
fn the_right_digit_during_the_question_counts() {
    let mut line = challenge();
    line.press('1');
    line.seconds(2);
    assert!(line.one_call().facts.passed_challenge);
}

#[test]
fn three_tries_then_it_is_over() {
    let mut line = challenge();
    line.press('4');
    line.seconds(3);
    line.press('7');
    line.seconds(3);
    assert_eq!(line.hang_ups(), 0);
    line.press('9');
    line.seconds(2);
    assert_eq!(line.played().len(), 3);
    assert!(line.learned.is_empty());
    let call = line.one_call();
    assert!(!call.facts.passed_challenge);
    assert_eq!(call.facts.digits, "479");
}

#[test]
fn who_says_nothing_is_asked_three_times() {
    let mut line = challenge();
    line.seconds(100);
    assert_eq!(line.played().len(), 3);
    assert!(!line.one_call().facts.passed_challenge);
}

#[test]
fn who_passes_may_leave_a_message() {
    let mut settings = ActionSettings::default();
    settings.challenge.then_voice_mail = true;
    let mut line = Line::new(Action::Challenge { digit: '1' }, settings);
    line.call_comes();
    line.seconds(1);
    line.press('1');
    line.seconds(4);
    assert_eq!(line.voice_modes(), [VoiceMode::Record]);
    assert_eq!(line.commands.iter().filter(|c| **c == LineCommand::Answer).count(), 1, "answered once");
    line.seconds(20);
    line.one_call();
}

fn busy() -> Line {
    let mut line = Line::new(Action::KeepBusy, ActionSettings::default());
    let sounds =
        Sounds { play: Vec::new(), phrases: vec!["/1.wav".into(), "/2.wav".into(), "/3.wav".into()] };
    line.flow.set_sounds(Arc::new(sounds));
    line.call_comes();
    line.seconds(1);
    line
}

#[test]
fn a_phrase_comes_whenever_the_caller_falls_silent() {
    let mut line = busy();
    assert_eq!(line.played(), ["/1.wav"]);
    assert_eq!(line.voice_modes(), [VoiceMode::Duplex]);
    line.seconds(2);
    for turn in 2..=5 {
        line.speaks();
        line.seconds(10);
        assert_eq!(line.played().len(), turn - 1, "never into the caller's words");
        line.silence(1);
        line.seconds(1);
        assert_eq!(line.played().len(), turn);
        line.seconds(3);
    }
    assert_eq!(line.played()[3], "/1.wav", "after the last phrase the first");
}

#[test]
fn a_caller_who_never_speaks_is_given_up() {
    let mut line = busy();
    line.seconds(200);
    assert_eq!(line.one_call().ended, EndReason::HungUp);
}

#[test]
fn a_caller_who_never_stops_meets_the_limit() {
    let mut line = busy();
    line.seconds(5);
    line.speaks();
    line.seconds(700);
    assert_eq!(line.one_call().ended, EndReason::LimitReached);
}

#[test]
fn keeping_busy_works_without_phrases() {
    let mut line = Line::new(Action::KeepBusy, ActionSettings::default()).with_fault(Fault::None);
    line.call_comes();
    line.seconds(1);
    assert_eq!(line.played(), ["made"]);
}
