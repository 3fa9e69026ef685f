//! Record, transmit, duplex: sound flows until the time is over or the caller is gone.

use std::time::Duration;

use call_event::{LineEvent, LineTone, Sound, VoiceMode};

use super::{CallAction, Hand};

pub(super) struct Answered {
    mode: VoiceMode,
    at_most: Duration,
    speaking: bool,
}

impl Answered {
    pub(super) fn record(at_most: Duration) -> Self {
        Self { mode: VoiceMode::Record, at_most, speaking: false }
    }

    pub(super) fn transmit(at_most: Duration) -> Self {
        Self { mode: VoiceMode::Transmit, at_most, speaking: false }
    }

    pub(super) fn duplex(at_most: Duration) -> Self {
        Self { mode: VoiceMode::Duplex, at_most, speaking: false }
    }

    /// The silence after which something is played, where that is wanted.
    fn silence(&self, hand: &Hand<'_>) -> Option<Duration> {
        hand.settings.silence.filter(|_| self.mode == VoiceMode::Duplex)
    }
}

impl CallAction for Answered {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        hand.answer(self.at_most);
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match event {
            LineEvent::Answered { .. } => {
                hand.limit_to(self.at_most);
                hand.voice(self.mode, self.at_most);
                if self.mode != VoiceMode::Record {
                    let opening = hand.settings.opening.clone();
                    self.speaking = hand.play_file(opening.as_ref());
                }
                if let Some(silence) = self.silence(hand).filter(|_| !self.speaking) {
                    hand.wait(silence);
                }
            }
            // Noise resets the timer: it runs from the moment the caller falls silent.
            LineEvent::Voice { .. } => hand.wait_no_more(),
            LineEvent::Silence { lasted, .. } if !self.speaking => {
                if let Some(silence) = self.silence(hand) {
                    hand.wait(silence.saturating_sub(*lasted));
                }
            }
            LineEvent::Played { .. } => {
                self.speaking = false;
                if let Some(silence) = self.silence(hand) {
                    hand.wait(silence);
                }
            }
            LineEvent::Tone { tone: LineTone::Busy | LineTone::Dial, .. } | LineEvent::Refused { .. } => {
                hand.hang_up();
            }
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        if hand.sounds.play.is_empty() {
            return;
        }
        let path = hand.sounds.play[hand.random.usize(..hand.sounds.play.len())].clone();
        self.speaking = true;
        hand.play(Sound::File(path), "");
    }
}
