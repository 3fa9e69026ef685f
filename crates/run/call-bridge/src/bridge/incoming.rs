//! Somebody calls: announce, decide, answer, hold, call the telephone that takes it.

use std::collections::VecDeque;
use std::time::Instant;

use gsm_modem::{GsmCommand, Leg, LegEnd, LegId, LegState};

use super::{Bridge, Phase, Talk};
use crate::{BridgeEvent, Outcome, Plan};

impl Bridge {
    /// A call is offered.
    pub(super) fn offered(&mut self, now: Instant, leg: &Leg) {
        let waiting = self.phase != Phase::Idle;
        if waiting {
            self.waiting.insert(leg.id, now + self.settings.limits.waiting);
        } else {
            self.talk = Some(Talk {
                inward: true,
                caller: leg.number.clone(),
                name: leg.name.clone(),
                targets: VecDeque::new(),
                other: None,
                began: now,
                joined: None,
                outcome: Outcome::CallerGaveUp,
                silent: false,
                answered: leg.state.answered(),
            });
            self.enter(now, Phase::Asked { caller: leg.id }, self.settings.limits.decide);
        }
        self.tell(BridgeEvent::Incoming {
            leg: leg.id,
            caller: leg.number.clone(),
            name: leg.name.clone(),
            waiting,
        });
    }

    /// More is known of a caller who still rings, or the stick says that somebody answered.
    pub(super) fn caller_changed(&mut self, now: Instant, leg: &Leg) {
        if let Some(talk) = &mut self.talk {
            talk.caller.clone_from(&leg.number);
            talk.name.clone_from(&leg.name);
        }
        let adopted = self.talk.as_ref().is_some_and(|t| t.answered);
        if leg.state.answered() && !adopted {
            self.foreign.insert(leg.id);
            // Answered by another program on the stick: theirs, and no longer ours.
            self.tell(BridgeEvent::ForeignCall { leg: leg.id });
            if let Some(talk) = &mut self.talk {
                talk.outcome = Outcome::TakenElsewhere;
            }
            self.closed(now);
        }
    }

    /// Nobody decided in time: the telephone that always may ring does.
    pub(super) fn undecided(&mut self, now: Instant, caller: LegId) {
        let plan = match &self.settings.when_undecided {
            Some(to) => Plan::Forward { to: vec![to.clone()], why: "it was not decided in time".into() },
            None => Plan::Ring { why: "it was not decided in time".into() },
        };
        self.follow(now, caller, plan);
    }

    /// Does what was decided for a caller who rings.
    pub(super) fn follow(&mut self, now: Instant, caller: LegId, plan: Plan) {
        self.tell(BridgeEvent::Decided { leg: caller, plan: plan.clone() });
        match plan {
            Plan::Forward { to, .. } => {
                if let Some(talk) = &mut self.talk {
                    talk.targets = to.into_iter().chain(self.settings.backup.clone()).collect();
                    let mut seen: Vec<Box<str>> = Vec::new();
                    talk.targets.retain(|t| {
                        let new = !seen.contains(t);
                        seen.push(t.clone());
                        new
                    });
                }
                if self.talk.as_ref().is_some_and(|t| t.answered) {
                    self.fetch(now, caller);
                    return;
                }
                self.transmit(GsmCommand::Answer(caller));
                self.enter(now, Phase::Answering { caller }, self.settings.limits.answer);
            }
            Plan::Reject { after, no_sms, .. } => {
                if let Some(talk) = &mut self.talk {
                    talk.silent = no_sms;
                }
                if after.is_zero() {
                    self.reject_now(now);
                } else {
                    self.enter(now, Phase::Ringing { caller }, after);
                }
            }
            Plan::Ring { .. } => {
                // Nobody here can pick it up but the owner by a button; the network ends it sooner or later,
                // and we do if it does not.
                if let Some(talk) = &mut self.talk {
                    talk.silent = true;
                }
                self.enter(now, Phase::Ringing { caller }, self.settings.limits.waiting);
            }
        }
    }

    pub(super) fn reject_now(&mut self, now: Instant) {
        self.finish(now, Outcome::Rejected);
    }

    pub(super) fn answering_changed(&mut self, now: Instant, leg: &Leg) {
        if leg.state == LegState::Active {
            self.fetch(now, leg.id);
        }
    }

    /// Calls the next telephone for a caller who is on hold from then on.
    fn fetch(&mut self, now: Instant, caller: LegId) {
        let Some(number) = self.talk.as_ref().and_then(|t| t.targets.front().cloned()) else {
            self.finish(now, Outcome::Failed("there is no telephone to forward to".into()));
            return;
        };
        let tag = self.dial(&number);
        self.enter(now, Phase::Fetching { caller, tag, other: None }, self.settings.limits.owner_rings);
        self.tell(BridgeEvent::Forwarding { leg: caller, to: number });
    }

    pub(super) fn fetched_changed(&mut self, now: Instant, caller: LegId, other: &Leg) {
        if other.state == LegState::Active {
            self.join(now, caller, other.id, false);
        }
    }

    /// The telephone that should take the call cannot: the next one is tried, else the caller is let go.
    pub(super) fn target_failed(&mut self, now: Instant, reason: &LegEnd) {
        let Phase::Fetching { caller, .. } = self.phase else { return };
        let mut failed = None;
        let mut more = false;
        if let Some(talk) = &mut self.talk {
            failed = talk.targets.pop_front();
            more = !talk.targets.is_empty();
        }
        self.tell(BridgeEvent::TargetFailed {
            to: failed.unwrap_or_default(),
            why: reason.to_string().into(),
        });
        if more && *reason != LegEnd::DeviceLost {
            self.fetch(now, caller);
        } else {
            self.finish(
                now,
                match reason {
                    LegEnd::Busy | LegEnd::Refused => Outcome::OwnerBusy,
                    LegEnd::DeviceLost => Outcome::DeviceLost,
                    LegEnd::Network(_) => Outcome::OwnerUnreachable,
                    _ => Outcome::OwnerNoAnswer,
                },
            );
        }
    }

    /// The caller hung up before anybody spoke with them.
    pub(super) fn caller_gone(&mut self, now: Instant, reason: &LegEnd) {
        let answered = matches!(self.phase, Phase::Fetching { .. });
        self.finish(
            now,
            match reason {
                LegEnd::DeviceLost => Outcome::DeviceLost,
                _ if answered => Outcome::EarlyHangUp,
                _ => Outcome::CallerGaveUp,
            },
        );
    }

    /// A decision for a caller who waits while others speak: they can be sent away, no more.
    pub(super) fn decide_waiting(&mut self, leg: LegId, plan: &Plan) {
        self.tell(BridgeEvent::Decided { leg, plan: plan.clone() });
        let offered = self.legs.get(&leg).is_some_and(|l| l.state.offered());
        if matches!(plan, Plan::Reject { .. }) && offered {
            self.transmit(GsmCommand::Reject(leg));
        }
    }

    /// The line is free: a caller who still waits is a caller like any other now.
    pub(super) fn next_waiting(&mut self, now: Instant) {
        let next = self.waiting.keys().next().copied().and_then(|id| self.legs.get(&id).cloned());
        if let Some(leg) = next {
            self.waiting.remove(&leg.id);
            self.offered(now, &leg);
        }
    }
}
