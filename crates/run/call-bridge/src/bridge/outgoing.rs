//! The owner wants to speak with somebody: the owner's telephone first, then the other side, then both joined.

use std::collections::VecDeque;
use std::time::Instant;

use gsm_modem::{Leg, LegEnd, LegId, LegState};

use super::{Bridge, Phase, Talk};
use crate::{BridgeEvent, Outcome};

impl Bridge {
    pub(super) fn call(&mut self, now: Instant, to: Box<str>, from: Box<str>) {
        // What is left of the last conversation may still be being ended; the stick dials once that is gone.
        if self.phase != Phase::Idle || self.legs.keys().any(|leg| !self.ending.contains_key(leg)) {
            let why = "another call is on; end it first (/close)";
            self.tell(BridgeEvent::Refused { why: why.into() });
            return;
        }
        self.talk = Some(Talk {
            inward: false,
            caller: None,
            name: None,
            targets: VecDeque::from([from.clone()]),
            other: Some(to),
            began: now,
            joined: None,
            outcome: Outcome::OwnerNoAnswer,
            silent: true,
            answered: false,
        });
        let tag = self.dial(&from);
        self.enter(now, Phase::CallingOwner { tag, owner: None }, self.settings.limits.owner_rings);
        self.tell(BridgeEvent::CallingOwner { number: from });
    }

    pub(super) fn owner_changed(&mut self, now: Instant, leg: &Leg) {
        if leg.state != LegState::Active {
            return;
        }
        let Some(other) = self.talk.as_ref().and_then(|t| t.other.clone()) else { return };
        let tag = self.dial(&other);
        let limit = self.settings.limits.other_rings;
        self.enter(now, Phase::CallingOther { owner: leg.id, tag, other: None }, limit);
        self.tell(BridgeEvent::CallingOther { number: other });
    }

    pub(super) fn owner_failed(&mut self, now: Instant, reason: &LegEnd) {
        self.finish(
            now,
            match reason {
                LegEnd::Busy | LegEnd::Refused => Outcome::OwnerBusy,
                LegEnd::Network(_) => Outcome::OwnerUnreachable,
                LegEnd::DeviceLost => Outcome::DeviceLost,
                _ => Outcome::OwnerNoAnswer,
            },
        );
    }

    pub(super) fn other_changed(&mut self, now: Instant, owner: LegId, other: &Leg) {
        if other.state == LegState::Active {
            self.join(now, owner, other.id, false);
        }
    }

    /// The other side cannot be had; the owner, who hears nothing, is let go.
    pub(super) fn other_failed(&mut self, now: Instant, reason: &LegEnd) {
        self.finish(
            now,
            match reason {
                LegEnd::Busy => Outcome::OtherBusy,
                LegEnd::Refused => Outcome::OtherRefused,
                LegEnd::Network(_) => Outcome::OtherUnreachable,
                LegEnd::DeviceLost => Outcome::DeviceLost,
                _ => Outcome::OtherNoAnswer,
            },
        );
    }
}
