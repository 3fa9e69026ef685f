//! "Press 1": a person can, a dialling machine cannot.

use std::time::Duration;

use call_event::{Action, LineEvent, LineTone, Sound};

use super::{CallAction, Hand};
use crate::flow::FlowOutput;
use crate::learned::Learned;
use crate::sounds;

enum State {
    Answering,
    Asking,
    Parting,
}

pub(super) struct Challenge {
    digit: char,
    asked: u32,
    state: State,
}

impl Challenge {
    pub(super) fn new(digit: char) -> Self {
        Self { digit, asked: 0, state: State::Answering }
    }

    fn ask(&mut self, hand: &mut Hand<'_>) {
        self.state = State::Asking;
        self.asked += 1;
        match hand.settings.challenge.prompt.clone() {
            Some(path) => hand.play(Sound::File(path), ""),
            None => hand.play(sounds::press(self.digit), "press a key"),
        }
        // The time to answer runs from the end of the question; the prompt itself has a limit too.
        hand.wait(Duration::from_secs(60));
    }

    fn wrong(&mut self, hand: &mut Hand<'_>) {
        if self.asked < hand.settings.challenge.tries.max(1) {
            self.ask(hand);
        } else {
            let file = hand.settings.challenge.failed.clone();
            self.part(file.as_ref(), hand);
        }
    }

    fn right(&mut self, hand: &mut Hand<'_>) {
        hand.command(call_event::LineCommand::StopPlaying);
        hand.facts.passed_challenge = true;
        let settings = &hand.settings.challenge;
        let (allow_for, then_voice_mail, passed) =
            (settings.allow_for, settings.then_voice_mail, settings.passed.clone());
        if let Some(learned) = Learned::allow(hand.call, Some(allow_for), "challenge") {
            hand.out.push_back(FlowOutput::Learn(learned));
        }
        if then_voice_mail {
            hand.switch_to(Action::VoiceMail);
        } else {
            self.part(passed.as_ref(), hand);
        }
    }

    fn part(&mut self, words: Option<&std::path::PathBuf>, hand: &mut Hand<'_>) {
        self.state = State::Parting;
        if hand.play_file(words) {
            hand.wait(Duration::from_secs(60));
        } else {
            hand.hang_up();
        }
    }
}

impl CallAction for Challenge {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        hand.answer(Duration::from_secs(300));
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match (&self.state, event) {
            (State::Answering, LineEvent::Answered { .. }) => self.ask(hand),
            (State::Asking, LineEvent::Played { .. }) => hand.wait(hand.settings.challenge.answer_within),
            (State::Asking, LineEvent::Digit { digit, .. }) if *digit == self.digit => self.right(hand),
            (State::Asking, LineEvent::Digit { .. }) => {
                hand.command(call_event::LineCommand::StopPlaying);
                self.wrong(hand);
            }
            (State::Parting, LineEvent::Played { .. }) => hand.hang_up(),
            (_, LineEvent::Tone { tone: LineTone::Busy | LineTone::Dial, .. }) => hand.hang_up(),
            (_, LineEvent::Refused { .. }) => hand.hang_up(),
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        match self.state {
            State::Asking => self.wrong(hand),
            State::Answering | State::Parting => hand.hang_up(),
        }
    }
}
