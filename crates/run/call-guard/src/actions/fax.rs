//! Answer as a fax machine: machines that dial through lists strike such numbers off.

use call_event::{LineCommand, LineEvent};

use super::{CallAction, Hand};

/// The modem does it all; afterwards the line is on-hook.
pub(super) struct Fax;

impl CallAction for Fax {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        let at_most = hand.settings.fax_for;
        hand.limit_to(at_most);
        hand.command(LineCommand::AnswerFax { at_most });
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        if matches!(event, LineEvent::Refused { .. }) {
            hand.hang_up();
        }
    }
}
