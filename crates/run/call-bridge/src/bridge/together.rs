//! Two who are there are joined, and hear each other.

use std::time::Instant;

use gsm_modem::{GsmCommand, LegEnd, LegId, LegState};

use super::{Bridge, Phase};
use crate::{BridgeEvent, Outcome};

impl Bridge {
    /// `first` is on hold, `second` has just answered.
    pub(super) fn join(&mut self, now: Instant, first: LegId, second: LegId, again: bool) {
        self.transmit(GsmCommand::Join);
        self.enter(now, Phase::Joining { first, second, again }, self.settings.limits.join);
    }

    pub(super) fn joining_changed(&mut self, now: Instant, first: LegId, second: LegId) {
        let active = |id: LegId| self.legs.get(&id).is_some_and(|l| l.state == LegState::Active || l.joined);
        // Some sticks never say that a call is joined, but none has two active calls that are not.
        if active(first) && active(second) {
            if let Some(talk) = &mut self.talk {
                talk.joined = Some(now);
            }
            self.enter(now, Phase::Together { first, second }, self.settings.limits.longest);
            self.tell(BridgeEvent::Joined { first, second });
        }
    }

    /// Once more, for networks that are not ready at once; then both are let go, for on hold nobody hears why.
    pub(super) fn join_refused(&mut self, now: Instant, first: LegId, second: LegId, again: bool, why: &str) {
        if again {
            let text = format!("the two calls could not be joined: {why}; does the SIM allow conferences?");
            self.finish(now, Outcome::Failed(text.into()));
        } else {
            self.join(now, first, second, true);
        }
    }

    pub(super) fn gone_while_joining(&mut self, now: Instant, first: bool, reason: &LegEnd) {
        let inward = self.talk.as_ref().is_some_and(|t| t.inward);
        self.finish(
            now,
            match (reason, inward, first) {
                (LegEnd::DeviceLost, _, _) => Outcome::DeviceLost,
                (_, true, true) => Outcome::EarlyHangUp,
                (_, true, false) | (_, false, true) => Outcome::OwnerGone,
                (_, false, false) => Outcome::OtherGone,
            },
        );
    }
}
