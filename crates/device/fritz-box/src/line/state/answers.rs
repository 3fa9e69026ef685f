//! What the box answered: its books and its call list, which knows of calls that nobody told of.

use std::time::{Duration, Instant, SystemTime};

use call_event::{CallId, CallerName, EndReason, LineCommand, LineEvent};
use call_monitor::Direction;

use super::super::back_off::BackOff;
use super::super::jobs::Done;
use super::super::list::{SeenCall, was_rejected};
use super::{LIST_AGAIN, LineState};
use crate::{CallKind, ListedCall};

impl LineState {
    /// The box answered.
    pub(in crate::line) fn handle_done(&mut self, now: Instant, at: SystemTime, done: Done) {
        match done {
            Done::Books { device, result } => {
                self.device = device.or_else(|| self.device.take());
                let wait = match result {
                    Ok(()) => {
                        self.books_back_off = BackOff::up_to(Duration::from_secs(600));
                        self.settings.refresh()
                    }
                    Err(error) => {
                        log::warn!("the phone books of the FRITZ!Box could not all be read: {error}");
                        self.books_back_off.next().max(Duration::from_secs(5))
                    }
                };
                self.books_due = now + wait;
            }
            Done::Calls(result) => {
                self.list_asked = false;
                match result {
                    Ok(list) => self.compare(now, at, &list),
                    Err(error) => {
                        log::warn!("the call list of the FRITZ!Box could not be read: {error}");
                        let retry = if self.known.has_begin() { 10 } else { 60 };
                        self.list_due = Some(now + Duration::from_secs(retry));
                    }
                }
            }
            Done::Bar(entry, result) | Done::Enter(entry, result) => self.entered(now, &entry, result),
            Done::Dial(number, result) => match result {
                Ok(()) => {}
                Err(error) => self.refuse_dial(&number, error.to_string().into()),
            },
            Done::HangUp(result) => {
                if let Err(error) = result {
                    let command = Box::new(LineCommand::HangUp);
                    self.tell(LineEvent::Refused { command, reason: error.to_string().into() });
                }
            }
        }
    }

    pub(super) fn refuse_dial(&mut self, number: &str, reason: Box<str>) {
        if let Some(at) = self.placed.iter().position(|(n, _, _)| **n == *number) {
            let (number, call, _) = self.placed.remove(at);
            let command = Box::new(LineCommand::Dial { number, hide_own_number: None, call });
            self.tell(LineEvent::Refused { command, reason });
        }
    }

    /// The call list beside what is known.
    fn compare(&mut self, now: Instant, at: SystemTime, list: &[ListedCall]) {
        let books = self.books.clone();
        let key = |number: &str| books.key(number);
        let held = std::mem::take(&mut self.held);
        for held in held {
            match was_rejected(&held.call, list, key) {
                Some(true) => self.tell_end(held.id, EndReason::Rejected),
                Some(false) => self.tell_end(held.id, EndReason::NotAnswered),
                None => self.held.push(held),
            }
        }
        if !self.held.is_empty() {
            self.list_due = Some(now + LIST_AGAIN);
        }
        let fresh: Vec<ListedCall> = self.known.fresh(list, key).into_iter().cloned().collect();
        for listed in fresh {
            self.recover(at, &listed);
        }
    }

    /// A listed call of whose end, or of which at all, the call monitor said nothing.
    fn recover(&mut self, at: SystemTime, listed: &ListedCall) {
        let remote = listed.remote.as_deref().and_then(|n| self.books.key(n));
        let reason = match listed.kind {
            CallKind::Incoming => EndReason::AnsweredElsewhere,
            CallKind::Rejected => EndReason::Rejected,
            CallKind::Outgoing => EndReason::HungUp,
            _ => EndReason::NotAnswered,
        };
        let answered_for = Duration::from_secs(60 * u64::from(listed.minutes));
        let open = self.open.iter().position(|o| {
            let incoming = o.call.direction != Direction::Outgoing;
            let other = if incoming { &o.call.caller } else { &o.call.called };
            let seen = SeenCall {
                remote: other.as_deref().and_then(|n| self.books.key(n)),
                began: o.call.began,
                incoming,
            };
            seen.is(listed, remote.as_deref())
        });
        if let Some(at) = open {
            let open = self.open.remove(at);
            self.tracker.forget(open.number);
            self.tell(LineEvent::Ended { call: open.id, reason, answered_for });
            return;
        }
        let own = listed.own.as_deref().unwrap_or_default();
        if !listed.kind.is_incoming() || !self.settings.guards(own) {
            return;
        }
        let mut call = self.incoming(CallId::next(), at, listed.remote.as_deref());
        call.called = listed.own.clone();
        call.line_time = listed.at.map(|at| at.to_string().into());
        if call.name.is_none() {
            call.name = listed.name.as_deref().and_then(|n| CallerName::from_line(n.as_bytes()));
        }
        self.tell(LineEvent::Recovered { call, reason, answered_for });
    }
}
