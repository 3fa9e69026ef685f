//! Greet, beep, and record a message until silence, a tone, hang-up or `#`.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{Decision, LineEvent, LineTone, Stage, VoiceMode};
use phone_number::Caller;

use super::{CallAction, Hand};
use crate::sounds;

/// How long greeting and beep may take before the recording begins.
const GREETING_AT_MOST: Duration = Duration::from_secs(180);

enum State {
    Answering,
    Greeting,
    Recording,
}

pub(super) struct VoiceMail {
    state: State,
    answered: bool,
}

impl VoiceMail {
    /// `answered`: another action has already answered this call.
    pub(super) fn new(answered: bool) -> Self {
        Self { state: State::Answering, answered }
    }

    fn greet(&mut self, hand: &mut Hand<'_>) {
        self.state = State::Greeting;
        let greeting = greeting_for(hand).cloned();
        hand.play_file(greeting.as_ref());
        hand.play(sounds::beep(), "beep");
    }

    fn record(&mut self, hand: &mut Hand<'_>) {
        self.state = State::Recording;
        let settings = &hand.settings.voice_mail;
        let (at_most, silence) = (settings.at_most, settings.silence);
        hand.facts.message = true;
        hand.limit_to(at_most);
        hand.voice(VoiceMode::Record, at_most);
        hand.wait(silence);
    }
}

impl CallAction for VoiceMail {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        let at_most = GREETING_AT_MOST + hand.settings.voice_mail.at_most;
        if self.answered {
            hand.limit_to(at_most);
            self.greet(hand);
        } else {
            hand.answer(at_most);
        }
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match (&self.state, event) {
            (State::Answering, LineEvent::Answered { .. }) => self.greet(hand),
            (State::Greeting, LineEvent::Played { .. }) => self.record(hand),
            // Whoever knows the greeting presses # to get to the beep.
            (State::Greeting, LineEvent::Digit { digit: '#', .. }) => {
                hand.command(call_event::LineCommand::StopPlaying);
                hand.play(sounds::beep(), "beep");
            }
            (State::Recording, LineEvent::Digit { digit: '#', .. }) => hand.hang_up(),
            (State::Recording, LineEvent::Voice { .. }) => hand.wait_no_more(),
            (State::Recording, LineEvent::Silence { lasted, .. }) => {
                let silence = hand.settings.voice_mail.silence;
                hand.wait(silence.saturating_sub(*lasted));
            }
            (_, LineEvent::Tone { tone: LineTone::Busy | LineTone::Dial, .. }) => hand.hang_up(),
            (_, LineEvent::Refused { .. }) => hand.hang_up(),
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        hand.hang_up();
    }
}

/// The greeting for this kind of caller.
fn greeting_for<'a>(hand: &Hand<'a>) -> Option<&'a PathBuf> {
    let settings = &hand.settings.voice_mail;
    let own = if hand.verdict.decision() == Decision::Block && hand.verdict.reason.stage != Stage::Default {
        settings.greeting_blocked.as_ref()
    } else if matches!(hand.verdict.reason.stage, Stage::Allow | Stage::Permit) {
        settings.greeting_listed.as_ref()
    } else if !matches!(hand.call.caller, Some(Caller::Number(_))) {
        settings.greeting_withheld.as_ref()
    } else {
        None
    };
    own.or(settings.greeting.as_ref())
}
