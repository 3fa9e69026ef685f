//! Let it ring, for as long as the caller likes or until the voice mail takes it.

use std::time::Duration;

use call_event::{Action, LineEvent};

use super::{CallAction, Hand};

/// A ring is let ring to its end before the call is taken.
const LENGTH_OF_A_RING: Duration = Duration::from_millis(2500);

pub(super) struct LetRing {
    rings: Option<u32>,
}

impl LetRing {
    pub(super) fn new(rings: Option<u32>) -> Self {
        Self { rings }
    }

    fn count(&self, rung: u32, hand: &mut Hand<'_>) {
        let Some(most) = self.rings.or(hand.settings.voice_mail.after_rings) else {
            return;
        };
        if rung > most || most == 0 {
            hand.switch_to(Action::VoiceMail);
        } else if rung == most {
            hand.wait(LENGTH_OF_A_RING);
        }
    }
}

impl CallAction for LetRing {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        self.count(hand.facts.rings, hand);
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match event {
            LineEvent::Ring { count, .. } => self.count(*count, hand),
            // Somebody has it now; nothing is ours to do any more.
            LineEvent::PickedUp { .. } => hand.wait_no_more(),
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        hand.switch_to(Action::VoiceMail);
    }
}
