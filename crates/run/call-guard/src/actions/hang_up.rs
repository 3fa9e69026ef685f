//! Answer and hang up; and the box's way, which is its deny book.

use call_event::{LineCommand, LineEvent};
use phone_number::Caller;

use super::{CallAction, Hand};

/// Hangs up at once, or after the pause that some modems and telephones need.
pub(super) struct HangUp;

impl CallAction for HangUp {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        let pause = hand.settings.hang_up_pause;
        if pause.is_zero() {
            hand.hang_up();
        } else {
            hand.answer(pause * 2);
        }
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match event {
            LineEvent::Answered { .. } => hand.wait(hand.settings.hang_up_pause),
            LineEvent::Refused { .. } => hand.hang_up(),
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        hand.hang_up();
    }
}

/// Enters the number in the box's deny book. This call rings on; the next ones will not.
pub(super) struct Bar;

impl CallAction for Bar {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        let Some(number) = hand.call.caller.as_ref().and_then(Caller::number) else {
            return;
        };
        let number = number.as_str().into();
        let name = hand.call.name.as_ref().map_or("", |n| n.as_str()).into();
        hand.command(LineCommand::BarNumber { number, name });
    }

    fn event(&mut self, _event: &LineEvent, _hand: &mut Hand<'_>) {}
}
