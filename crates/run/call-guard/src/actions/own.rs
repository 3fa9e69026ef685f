//! A call that somebody's own program handles; the flow only sees to it that it ends.

use call_event::{LineEvent, LineTone};

use super::{CallAction, Hand};

pub(crate) struct Own;

impl CallAction for Own {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        hand.limit_to(hand.settings.longest_call);
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        if matches!(event, LineEvent::Tone { tone: LineTone::Busy | LineTone::Dial, .. }) {
            hand.hang_up();
        }
    }
}
