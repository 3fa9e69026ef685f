//! A call comes: rings and who it is, and how it is ended without a word.

use std::time::{Duration, Instant};

use at_codec::caller_id::{CallerId, CallerIdEvent};
use at_codec::dialogue::{Command, Outcome, Reply};
use at_codec::result::RingPattern;
use call_event::{CallId, EndReason, IncomingCall, LineCommand, LineEvent};

use super::{Call, Phase, Session, Stage, Step};

/// A ring so long after going off-hook means that going off-hook did nothing.
const RINGS_ON_AFTER: Duration = Duration::from_millis(300);

impl Call {
    pub(super) fn new(id: CallId, phase: Phase) -> Self {
        Self {
            id,
            phase,
            rings: 0,
            incoming: None,
            answered_at: None,
            ends_at: None,
            sound_by: None,
            waiting: Vec::new(),
            insisted: false,
            listened: false,
            told_end: false,
            off_hook_at: None,
        }
    }
}

impl Session {
    /// The ringing call, which begins here if none is on.
    fn ringing(&mut self, now: Instant) -> &mut Call {
        let gap = self.set.ring_gap;
        let last = &mut self.last_call;
        let call = self.call.get_or_insert_with(|| {
            *last = CallId::next();
            Call::new(*last, Phase::Ringing)
        });
        if call.phase == Phase::Ringing {
            call.ends_at = Some(now + gap);
        }
        call
    }

    pub(super) fn handle_ring(&mut self, now: Instant, pattern: Option<RingPattern>) {
        if let Some(call) = &self.call {
            match call.phase {
                Phase::Ringing => {}
                Phase::Rejecting { .. } => {
                    self.rings_on(now);
                    return;
                }
                _ => return,
            }
        }
        self.collector.handle_ring(now);
        let call = self.ringing(now);
        call.rings = call.rings.saturating_add(1);
        let (id, count) = (call.id, call.rings);
        self.report(LineEvent::Ring { call: id, count, pattern });
        self.phones_hear_ring(now, count);
    }

    /// It rings although we are off-hook: some modems answer by ATA only.
    fn rings_on(&mut self, now: Instant) {
        let hold = self.profile.off_hook_at_least;
        let Some(call) = &mut self.call else { return };
        let late = call.off_hook_at.is_some_and(|at| now >= at + RINGS_ON_AFTER);
        if late && !call.insisted && self.dialogue.is_idle() {
            call.insisted = true;
            call.phase = Phase::Rejecting { until: now + hold };
            self.run(now, Command::line("ATA"), Step::Reject);
        }
    }

    /// Reports what the collectors found out; true if there was anything.
    pub(super) fn handle_caller_ids(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(event) = self.collector.poll_event() {
            any = true;
            match event {
                CallerIdEvent::Number(id) => self.number_known(now, id),
                CallerIdEvent::Known(id) => self.caller_known(now, Some(id), false),
                CallerIdEvent::Changed(id) => self.caller_known(now, Some(id), true),
                CallerIdEvent::Nothing => self.caller_known(now, None, false),
                CallerIdEvent::MessageWaiting(on) => self.report(LineEvent::MessageWaiting(on)),
                _ => {}
            }
        }
        while let Some(event) = self.knocking.poll_event() {
            any = true;
            match event {
                CallerIdEvent::Known(id) => self.somebody_knocks(id),
                CallerIdEvent::MessageWaiting(on) => self.report(LineEvent::MessageWaiting(on)),
                _ => {}
            }
        }
        any
    }

    fn number_known(&mut self, now: Instant, id: CallerId) {
        let (line, wall) = (self.set.line.clone(), self.wall);
        let call = self.ringing(now);
        let incoming = id.into_call(call.id, line, wall);
        if call.incoming.is_none() {
            self.report(LineEvent::Number(incoming));
        }
    }

    fn caller_known(&mut self, now: Instant, id: Option<CallerId>, changed: bool) {
        let (line, wall) = (self.set.line.clone(), self.wall);
        let call = self.ringing(now);
        let at = call.incoming.as_ref().map_or(wall, |known| known.at);
        let incoming = match id {
            Some(id) => id.into_call(call.id, line, at),
            None => IncomingCall::new(call.id, line, at),
        };
        let changed = changed || call.incoming.is_some();
        call.incoming = Some(incoming.clone());
        self.report(if changed { LineEvent::CallChanged(incoming) } else { LineEvent::Call(incoming) });
        self.phones_wait_for_verdict(now);
    }

    /// Another call waits while this one is on.
    fn somebody_knocks(&mut self, id: CallerId) {
        self.knocking.reset();
        let other = CallId::next();
        let mut incoming = id.into_call(other, self.set.line.clone(), self.wall);
        incoming.waiting = true;
        if let Some(call) = &mut self.call
            && call.waiting.len() < 16
        {
            call.waiting.push(other);
            self.report(LineEvent::Call(incoming));
        }
    }

    /// Ends the call, whatever it does.
    pub(super) fn hang_up(&mut self, now: Instant) {
        match self.call.as_ref().map(|call| &call.phase) {
            None => self.refuse(LineCommand::HangUp, "there is no call"),
            Some(Phase::Ringing) => self.reject(now),
            Some(Phase::Rejecting { .. } | Phase::Ending { .. }) => {}
            Some(Phase::Listening { .. }) => self.end_listening(now),
            Some(_) => self.end_call(now, EndReason::HungUp),
        }
    }

    fn reject(&mut self, now: Instant) {
        if self.stage != Stage::Ready {
            self.keep_for_later(LineCommand::HangUp);
            return;
        }
        self.interrupt_setup();
        let until = now + self.profile.off_hook_at_least;
        if let Some(call) = &mut self.call {
            call.phase = Phase::Rejecting { until };
            call.ends_at = None;
            call.off_hook_at = Some(now);
        }
        self.run(now, Command::line(self.profile.reject), Step::Reject);
    }

    pub(super) fn handle_reject(&mut self, now: Instant, reply: &Reply) {
        let until = now + self.profile.off_hook_at_least;
        let speaks = self.profile.voice && self.modem.classes.voice();
        let Some(call) = &mut self.call else { return };
        if !matches!(call.phase, Phase::Rejecting { .. }) {
            return;
        }
        match &reply.outcome {
            // The time off-hook counts from when the modem said that it is.
            Outcome::Result(_) if reply.is_ok() => call.phase = Phase::Rejecting { until },
            Outcome::Result(_) if !call.insisted => {
                call.insisted = true;
                call.phase = Phase::Rejecting { until: until + Duration::from_secs(1) };
                if speaks {
                    self.run(now, Command::line("AT+FCLASS=8"), Step::Any);
                    self.run(now, Command::line(self.profile.answer), Step::Reject);
                } else {
                    self.run(now, Command::line("ATA"), Step::Reject);
                }
            }
            // A lost reply changes nothing: the call goes on-hook at its time.
            _ => {}
        }
    }

    /// The time of the call is up: the rings stopped, or the longest time is reached.
    pub(super) fn time_is_up(&mut self, now: Instant) {
        let Some(call) = &mut self.call else { return };
        call.ends_at = None;
        if call.phase == Phase::Ringing {
            let (id, known) = (call.id, call.incoming.is_some());
            if !known {
                self.caller_known(now, None, false);
            }
            self.call = None;
            self.collector.reset();
            self.report_end(id, EndReason::NotAnswered, Duration::ZERO);
            self.part_phones(now);
        } else {
            self.end_call(now, EndReason::LimitReached);
        }
    }
}
