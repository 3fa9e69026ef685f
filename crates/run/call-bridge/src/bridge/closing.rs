//! Every way out: what is left is ended, it is told how it went, and an SMS answers where one should.

use std::time::Instant;

use gsm_modem::{GsmCommand, LegId};

use super::{Bridge, Phase};
use crate::{AutoAnswer, BridgeEvent, Conversation, Outcome};

impl Bridge {
    /// The conversation is over with that outcome; ends what is left of it.
    pub(super) fn finish(&mut self, now: Instant, outcome: Outcome) {
        let offered_and_rejected = match (&self.phase, &outcome) {
            (Phase::Asked { caller } | Phase::Ringing { caller }, Outcome::Rejected) => Some(*caller),
            _ => None,
        };
        let adopted = self.talk.as_ref().is_some_and(|t| t.answered);
        let stale = self.unanswered_tag();
        let left: Vec<LegId> = self.own_legs().into_iter().filter(|l| self.legs.contains_key(l)).collect();
        if let Some(talk) = &mut self.talk {
            talk.outcome = outcome;
        }
        self.answer_by_sms();
        for leg in &left {
            let command = match offered_and_rejected {
                Some(caller) if caller == *leg && !adopted => GsmCommand::Reject(*leg),
                _ => GsmCommand::HangUp(*leg),
            };
            self.transmit(command);
        }
        if stale && left.is_empty() {
            // Dialled, but the stick has shown no leg yet: it must not come up later and ring on alone.
            self.transmit(GsmCommand::HangUpAll);
        }
        if left.is_empty() {
            self.closed(now);
        } else {
            self.enter(now, Phase::Closing { legs: left, again: false }, self.settings.limits.close);
        }
    }

    /// Whether something was dialled of which no leg is known.
    fn unanswered_tag(&self) -> bool {
        matches!(
            self.phase,
            Phase::Fetching { other: None, .. }
                | Phase::CallingOwner { owner: None, .. }
                | Phase::CallingOther { other: None, .. }
        )
    }

    pub(super) fn own_legs(&self) -> Vec<LegId> {
        match &self.phase {
            Phase::Idle => Vec::new(),
            Phase::Asked { caller } | Phase::Ringing { caller } | Phase::Answering { caller } => {
                vec![*caller]
            }
            Phase::Fetching { caller, other, .. } => std::iter::once(*caller).chain(*other).collect(),
            Phase::CallingOwner { owner, .. } => owner.iter().copied().collect(),
            Phase::CallingOther { owner, other, .. } => std::iter::once(*owner).chain(*other).collect(),
            Phase::Joining { first, second, .. } | Phase::Together { first, second } => vec![*first, *second],
            Phase::Closing { legs, .. } => legs.clone(),
        }
    }

    /// The owner wants every call ended, also those that wait.
    pub(super) fn close_all(&mut self, now: Instant) {
        let waiting: Vec<LegId> = self.waiting.keys().copied().collect();
        for leg in waiting {
            self.waiting.remove(&leg);
            self.end_stray(now, leg, 0);
        }
        match self.phase {
            Phase::Idle | Phase::Closing { .. } => self.transmit(GsmCommand::HangUpAll),
            _ => self.finish(now, Outcome::Closed),
        }
    }

    /// The stick did not end the calls in time.
    pub(super) fn closing_over(&mut self, now: Instant, again: bool) {
        if again {
            let why = "the stick does not end its calls; it is left to itself, pull it out if they go on";
            self.tell(BridgeEvent::Trouble { why: why.into() });
            if let Phase::Closing { legs, .. } = &self.phase {
                self.foreign.extend(legs.iter().copied());
            }
            self.closed(now);
        } else {
            self.transmit(GsmCommand::HangUpAll);
            let legs = self.own_legs();
            self.enter(now, Phase::Closing { legs, again: true }, self.settings.limits.close);
        }
    }

    /// Nothing is left of the conversation.
    pub(super) fn closed(&mut self, now: Instant) {
        self.phase = Phase::Idle;
        self.until = None;
        if let Some(talk) = self.talk.take() {
            let target = talk.targets.front().cloned();
            self.tell(BridgeEvent::Ended(Conversation {
                inward: talk.inward,
                caller: talk.caller,
                name: talk.name,
                owner_phone: target,
                other: talk.other,
                outcome: talk.outcome,
                lasted: now.duration_since(talk.began),
                joined_for: talk.joined.map(|at| now.duration_since(at)),
            }));
        }
        self.next_waiting(now);
    }

    /// Writes to a caller whom nobody spoke with, where the settings say so and the caller can be written to.
    fn answer_by_sms(&mut self) {
        let Some(talk) = &self.talk else { return };
        let kind = match talk.outcome {
            Outcome::EarlyHangUp => AutoAnswer::EarlyHangUp,
            Outcome::Rejected
            | Outcome::OwnerBusy
            | Outcome::OwnerNoAnswer
            | Outcome::OwnerUnreachable
            | Outcome::OwnerGone
            | Outcome::Failed(_) => AutoAnswer::NotAccepted,
            _ => return,
        };
        let text = match kind {
            AutoAnswer::EarlyHangUp => &self.settings.sms_early_hang_up,
            AutoAnswer::NotAccepted => &self.settings.sms_not_accepted,
        };
        if !talk.inward || talk.silent || talk.joined.is_some() {
            return;
        }
        let (Some(text), Some(number)) =
            (text.clone(), talk.caller.as_ref().and_then(phone_number::Caller::number))
        else {
            return;
        };
        let to = number.as_str().into();
        self.tell(BridgeEvent::AnswerBySms { to, text, kind });
    }
}
