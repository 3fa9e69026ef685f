//! Keep the caller busy: a phrase, a pause for the caller to speak, the next phrase.

use call_event::{LineEvent, LineTone, Sound, VoiceMode};

use super::{CallAction, Hand};
use crate::sounds;

/// What is going on.
#[derive(Default, PartialEq)]
enum State {
    #[default]
    Answering,
    Speaking,
    /// Our phrase is over, the caller has said nothing yet.
    Waiting,
    /// The caller speaks, or has just stopped.
    Hearing,
}

#[derive(Default)]
pub(super) struct KeepBusy {
    state: State,
    next: usize,
    unanswered: u32,
}

impl KeepBusy {
    fn speak(&mut self, hand: &mut Hand<'_>) {
        self.state = State::Speaking;
        hand.wait_no_more();
        let phrases = &hand.sounds.phrases;
        let sound = match phrases.get(self.next % phrases.len().max(1)) {
            Some(path) => Sound::File(path.clone()),
            // Without phrases there is still a sound that sounds as if somebody were there.
            None => sounds::murmur(self.next),
        };
        self.next += 1;
        hand.play(sound, "phrase");
    }
}

impl CallAction for KeepBusy {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        hand.answer(hand.settings.keep_busy.at_most);
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        let gap = hand.settings.keep_busy.gap;
        match event {
            LineEvent::Answered { .. } => {
                let at_most = hand.settings.keep_busy.at_most;
                hand.limit_to(at_most);
                hand.voice(VoiceMode::Duplex, at_most);
                self.speak(hand);
            }
            LineEvent::Played { .. } if self.state == State::Speaking => {
                self.state = State::Waiting;
                hand.wait(gap * 4);
            }
            LineEvent::Voice { .. } if self.state != State::Speaking => {
                self.state = State::Hearing;
                self.unanswered = 0;
                hand.wait_no_more();
            }
            LineEvent::Silence { lasted, .. } if self.state == State::Hearing => {
                hand.wait(gap.saturating_sub(*lasted));
            }
            LineEvent::Tone { tone: LineTone::Busy | LineTone::Dial, .. } | LineEvent::Refused { .. } => {
                hand.hang_up();
            }
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        if self.state == State::Waiting {
            self.unanswered += 1;
            let settings = &hand.settings.keep_busy;
            if settings.gap * 4 * self.unanswered >= settings.give_up {
                return hand.hang_up();
            }
        }
        self.speak(hand);
    }
}
