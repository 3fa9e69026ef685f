//! Calls, as the call monitor tells of them.

use std::time::{Duration, Instant, SystemTime};

use call_event::{CallId, CallerName, EndReason, IncomingCall, LineEvent};
use call_monitor::{Call, Change, Direction, End, Line, parse};
use phone_number::Caller;

use super::super::list::SeenCall;
use super::{HeldEnd, LIST_AGAIN, LIST_WITHIN, LineState, OpenCall, REJECTED_WITHIN};
use crate::BookUse;

impl LineState {
    /// A line of the call monitor.
    pub(in crate::line) fn handle_line(&mut self, now: Instant, at: SystemTime, line: &[u8]) {
        let entry = match parse(line) {
            Line::Entry(entry) => entry,
            Line::Unknown(text) => {
                log::info!("the FRITZ!Box said something unknown: {text:?}");
                return;
            }
        };
        self.last_stamp = Some(entry.stamp);
        for change in self.tracker.handle(&entry) {
            match change {
                Change::Ringing(call) => self.ringing(at, call, line),
                Change::Dialling(call) => self.dialling(call),
                Change::Connected(call) => self.connected(&call),
                Change::Ended(call) => self.ended(now, call),
                Change::Stray(_) => self.list_due = Some(now + LIST_AGAIN),
                Change::Joined(call) => self.remember(&call),
                _ => {}
            }
        }
    }

    fn remember(&mut self, call: &Call) {
        if let Some(open) = self.open.iter_mut().find(|o| o.number == call.number) {
            open.call = call.clone();
        }
    }

    fn id_of(&self, call: &Call) -> Option<CallId> {
        self.open.iter().find(|o| o.number == call.number).map(|o| o.id)
    }

    pub(super) fn incoming(&self, id: CallId, at: SystemTime, number: Option<&str>) -> IncomingCall {
        let mut incoming = IncomingCall::new(id, self.line.clone(), at);
        incoming.caller = Some(match number {
            // An empty number on a FRITZ!Box is one that was withheld.
            None => Caller::Withheld,
            Some(number) => Caller::from_line(number.as_bytes()),
        });
        let contact = number.and_then(|n| self.books.find(n)).filter(|hit| hit.book_use != BookUse::Deny);
        incoming.name = contact.and_then(|hit| CallerName::from_line(hit.contact.as_bytes()));
        incoming
    }

    fn ringing(&mut self, at: SystemTime, call: Call, line: &[u8]) {
        let called = call.called.clone().unwrap_or_default();
        if !self.settings.guards(&called) {
            return;
        }
        let id = CallId::next();
        let test = self.test_number();
        let caller = test.as_deref().or(call.caller.as_deref()).filter(|number| !number.is_empty());
        let mut incoming = self.incoming(id, at, caller);
        incoming.called = Some(called);
        incoming.line_time = Some(call.began.to_string().into());
        incoming.raw = line.into();
        self.open.push(OpenCall { number: call.number, id, call });
        self.tell(LineEvent::Ring { call: id, count: 1, pattern: None });
        self.tell(LineEvent::Call(incoming));
    }

    /// The number that takes the place of the caller's, in a test.
    fn test_number(&mut self) -> Option<Box<str>> {
        if !self.settings.test_now {
            return None;
        }
        let all = &self.settings.test_numbers;
        let number = all.get(self.tested).cloned();
        if number.is_some() {
            self.tested += 1;
            log::info!("test number {} of {} takes the place of the caller's", self.tested, all.len());
        } else if self.tested == all.len() {
            self.tested += 1;
            log::info!("the test is over: callers are judged by their own numbers again");
        }
        number
    }

    fn dialling(&mut self, call: Call) {
        let own = call.caller.clone();
        let number = call.called.clone().unwrap_or_default();
        let key = self.books.key(&number);
        let ours = self.placed.iter().position(|(n, _, _)| self.books.key(n) == key);
        let id = match ours {
            Some(at) => self.placed.remove(at).1,
            None if own.as_deref().is_some_and(|own| !self.settings.guards(own)) => return,
            None => CallId::next(),
        };
        self.open.push(OpenCall { number: call.number, id, call });
        self.tell(LineEvent::Outgoing { call: id, number, own });
    }

    fn connected(&mut self, call: &Call) {
        let Some(id) = self.id_of(call) else { return };
        self.remember(call);
        if call.direction == Direction::Outgoing {
            self.tell(LineEvent::Answered { call: id });
        } else {
            let extension = call.answered_by.map(|e| e.to_string().into());
            self.tell(LineEvent::PickedUp { call: id, extension });
        }
    }

    fn ended(&mut self, now: Instant, call: Call) {
        let incoming = call.direction != Direction::Outgoing;
        let remote = if incoming { &call.caller } else { &call.called };
        let seen = SeenCall {
            remote: remote.as_deref().and_then(|n| self.books.key(n)),
            began: call.began,
            incoming,
        };
        self.known.note(seen.clone());
        let Some(at) = self.open.iter().position(|o| o.number == call.number) else { return };
        let id = self.open.remove(at).id;
        let answered_for = Duration::from_secs(u64::from(call.seconds));
        let rang = call.ended.map_or(i64::MAX, |e| (e.seconds() - call.began.seconds()).abs());
        let reason = match (call.end, call.connected, incoming) {
            (Some(End::Missed), _, _) => {
                EndReason::DeviceLost("its end was missed while the box could not be heard".into())
            }
            (_, Some(_), true) => EndReason::AnsweredElsewhere,
            (_, Some(_), false) => EndReason::HungUp,
            (_, None, false) => EndReason::NoAnswer,
            (_, None, true) if rang <= REJECTED_WITHIN && self.may_ask() => {
                self.held.push(HeldEnd { id, call: seen, until: now + LIST_WITHIN });
                self.list_due = Some(now);
                return;
            }
            (_, None, true) => EndReason::NotAnswered,
        };
        self.tell(LineEvent::Ended { call: id, reason, answered_for });
    }
}
