//! What a FRITZ!Box line knows and decides. No I/O, no clock: time is handed in.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{
    CallId, CallerName, EndReason, IncomingCall, LineCommand, LineEvent, LineId, LineInfo, LineKind,
};
use call_monitor::{Call, CallTracker, Change, Direction, End, Line, Stamp, parse};
use phone_number::Caller;

use super::back_off::BackOff;
use super::jobs::{Done, Job, NewEntry};
use super::list::{KnownCalls, SeenCall, was_rejected};
use crate::{BlockBy, BookCache, BookUse, CallKind, Error, FritzBoxSettings, ListedCall};

/// What the line wants next.
#[derive(Debug)]
pub(super) enum Output {
    /// To be told to whoever listens.
    Event(LineEvent),
    /// To be asked of the box.
    Job(Job),
    /// Nothing until then.
    Timeout(Instant),
}

/// A call that is over this soon after it began to ring may have been rejected by the box.
const REJECTED_WITHIN: i64 = 2;
/// The end of such a call is told this late at the latest: the list is asked first.
const LIST_WITHIN: Duration = Duration::from_secs(4);
/// The box takes a moment to write a call into its list.
const LIST_AGAIN: Duration = Duration::from_secs(1);
/// A call that we place shows on the call monitor within this time.
const DIAL_WITHIN: Duration = Duration::from_secs(60);
/// Books are read again this long after a write, so that many writes need one reading.
const BOOKS_AFTER_WRITE: Duration = Duration::from_secs(5);
/// More numbers than that do not wait to be written; the newest is refused then.
const PENDING: usize = 256;
/// Nobody looks at the line for longer than this.
const IDLE: Duration = Duration::from_secs(3600);

/// A call in progress: the tracker's number, and what was told of it.
#[derive(Debug)]
struct OpenCall {
    number: u64,
    id: CallId,
    call: Call,
}

/// The end of a call that may have been a rejection.
#[derive(Debug)]
struct HeldEnd {
    id: CallId,
    call: SeenCall,
    until: Instant,
}

/// A number on its way into a book.
#[derive(Debug)]
struct Pending {
    entry: NewEntry,
    bar: bool,
    due: Option<Instant>,
    back_off: BackOff,
    told: Option<Box<str>>,
}

/// The line's state.
#[derive(Debug)]
pub(super) struct LineState {
    settings: Arc<FritzBoxSettings>,
    line: LineId,
    books: Arc<BookCache>,
    tracker: CallTracker,
    open: Vec<OpenCall>,
    known: KnownCalls,
    held: Vec<HeldEnd>,
    pending: Vec<Pending>,
    /// Calls that we placed and that did not show yet.
    placed: Vec<(Box<str>, CallId, Instant)>,
    up: bool,
    device: Option<String>,
    books_due: Instant,
    books_back_off: BackOff,
    list_due: Option<Instant>,
    list_asked: bool,
    last_stamp: Option<Stamp>,
    /// How many test numbers were used.
    tested: usize,
    out: VecDeque<Output>,
}

impl LineState {
    pub(super) fn new(settings: Arc<FritzBoxSettings>, books: Arc<BookCache>, now: Instant) -> Self {
        Self {
            line: LineId::new(&settings.line),
            settings,
            books,
            tracker: CallTracker::new(),
            open: Vec::new(),
            known: KnownCalls::default(),
            held: Vec::new(),
            pending: Vec::new(),
            placed: Vec::new(),
            up: false,
            device: None,
            books_due: now,
            books_back_off: BackOff::up_to(Duration::from_secs(600)),
            list_due: Some(now),
            list_asked: false,
            last_stamp: None,
            tested: 0,
            out: VecDeque::new(),
        }
    }

    /// Whether anything can be asked by TR-064.
    fn may_ask(&self) -> bool {
        !self.settings.user.is_empty()
    }

    fn info(&self) -> LineInfo {
        let device = self.device.clone().unwrap_or_else(|| "FRITZ!Box".into());
        LineInfo {
            kind: LineKind::FritzBox,
            device: format!("{device} at {}", self.settings.address).into(),
            caller_id: true,
            voice: false,
            fax: false,
        }
    }

    fn tell(&mut self, event: LineEvent) {
        self.out.push_back(Output::Event(event));
    }

    /// The next thing to do.
    pub(super) fn poll_output(&mut self) -> Output {
        if let Some(output) = self.out.pop_front() {
            return output;
        }
        let waits = self.held.iter().map(|h| h.until).chain(self.pending.iter().filter_map(|p| p.due));
        let waits = waits.chain(self.placed.iter().map(|(_, _, until)| *until));
        let asks = self.may_ask().then_some(self.books_due).into_iter();
        let lists = self.list_due.filter(|_| self.may_ask() && !self.list_asked);
        let next = waits.chain(asks).chain(lists).min();
        Output::Timeout(next.unwrap_or_else(|| self.books_due + IDLE))
    }

    /// The connection to the call monitor is there.
    pub(super) fn handle_up(&mut self, now: Instant) {
        self.up = true;
        let info = self.info();
        self.tell(LineEvent::Up(info));
        // What happened while nobody listened stands in the list.
        self.list_due = Some(now);
    }

    /// The connection is lost, or could not be made.
    pub(super) fn handle_down(&mut self, reason: Box<str>, retry_in: Duration) {
        self.up = false;
        self.tell(LineEvent::Down { reason, retry_in });
    }

    /// A job could not be taken because too many wait.
    pub(super) fn handle_busy(&mut self, now: Instant, job: Job) {
        let reason: Box<str> = "the FRITZ!Box has too much to answer; try again later".into();
        match job {
            Job::Books => self.books_due = now + Duration::from_secs(10),
            Job::Calls => {
                self.list_asked = false;
                self.list_due = Some(now + LIST_AGAIN);
            }
            Job::Bar(entry) | Job::Enter(entry) => {
                if let Some(pending) = self.pending.iter_mut().find(|p| p.entry == entry) {
                    pending.due = Some(now + Duration::from_secs(10));
                }
            }
            Job::Dial(number) => self.refuse_dial(&number, reason),
            Job::HangUp => {
                self.tell(LineEvent::Refused { command: Box::new(LineCommand::HangUp), reason });
            }
        }
    }

    /// A line of the call monitor.
    pub(super) fn handle_line(&mut self, now: Instant, at: SystemTime, line: &[u8]) {
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

    fn incoming(&self, id: CallId, at: SystemTime, number: Option<&str>) -> IncomingCall {
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

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let (over, held): (Vec<_>, Vec<_>) = self.held.drain(..).partition(|h| h.until <= now);
        self.held = held;
        for held in over {
            self.tell_end(held.id, EndReason::NotAnswered);
        }
        // The telephone that was to dial was never picked up.
        let (late, placed): (Vec<_>, Vec<_>) = self.placed.drain(..).partition(|(_, _, until)| *until <= now);
        self.placed = placed;
        for (_, call, _) in late {
            self.tell_end(call, EndReason::NoAnswer);
        }
        for pending in &mut self.pending {
            if pending.due.is_some_and(|due| due <= now) {
                pending.due = None;
                let entry = pending.entry.clone();
                self.out.push_back(Output::Job(if pending.bar {
                    Job::Bar(entry)
                } else {
                    Job::Enter(entry)
                }));
            }
        }
        if !self.may_ask() {
            return;
        }
        if self.books_due <= now {
            // Far away until the answer sets it.
            self.books_due = now + IDLE;
            self.out.push_back(Output::Job(Job::Books));
        }
        if !self.list_asked && self.list_due.is_some_and(|due| due <= now) {
            self.list_due = None;
            self.list_asked = true;
            self.out.push_back(Output::Job(Job::Calls));
        }
    }

    fn tell_end(&mut self, call: CallId, reason: EndReason) {
        self.tell(LineEvent::Ended { call, reason, answered_for: Duration::ZERO });
    }

    /// The box answered.
    pub(super) fn handle_done(&mut self, now: Instant, at: SystemTime, done: Done) {
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

    fn refuse_dial(&mut self, number: &str, reason: Box<str>) {
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

    /// A number was written, or not.
    fn entered(&mut self, now: Instant, entry: &NewEntry, result: Result<(), Error>) {
        let Some(at) = self.pending.iter().position(|p| p.entry == *entry) else { return };
        let bar = self.pending.get(at).is_some_and(|p| p.bar);
        let number = entry.number.clone();
        let event = |result| {
            if bar {
                LineEvent::Barred { number, result }
            } else {
                LineEvent::ContactEntered { number, result }
            }
        };
        let error = match result {
            Ok(()) => {
                self.pending.remove(at);
                self.books_due = self.books_due.min(now + BOOKS_AFTER_WRITE);
                self.tell(event(Ok(())));
                return;
            }
            Err(error) => error,
        };
        if matches!(
            error,
            Error::OnlyNotices | Error::NoUser | Error::NoBookSet { .. } | Error::NotANumber(_)
        ) {
            self.pending.remove(at);
            self.tell(event(Err(error.to_string().into())));
            return;
        }
        // What does not pass by itself may be mended by the owner, so it is tried on, but seldom.
        let least = Duration::from_secs(if error.may_pass() { 1 } else { 600 });
        let text: Box<str> = error.to_string().into();
        let Some(pending) = self.pending.get_mut(at) else { return };
        let wait = pending.back_off.next().max(least);
        pending.due = Some(now + wait);
        // The same trouble is told once, not with every try.
        if pending.told.as_ref() != Some(&text) {
            pending.told = Some(text.clone());
            self.tell(event(Err(format!("{text}; it is tried again").into())));
        }
    }

    /// Somebody wants something done.
    pub(super) fn handle_command(&mut self, now: Instant, command: LineCommand) {
        match command {
            LineCommand::Inform => {
                let info = self.info();
                self.tell(LineEvent::Up(info));
            }
            LineCommand::BarNumber { number, name } => self.enter(number, &name, true),
            LineCommand::EnterContact { number, name } => self.enter(number, &name, false),
            LineCommand::Dial { number, hide_own_number, call } => {
                if !self.may_ask() {
                    let command = Box::new(LineCommand::Dial { number, hide_own_number, call });
                    let reason = Error::NoUser.to_string().into();
                    self.tell(LineEvent::Refused { command, reason });
                    return;
                }
                // The German code for one call; the box knows it.
                let dialled: Box<str> = match hide_own_number {
                    Some(true) => format!("*31#{number}").into(),
                    _ => number,
                };
                self.placed.push((dialled.clone(), call, now + DIAL_WITHIN));
                self.out.push_back(Output::Job(Job::Dial(dialled)));
            }
            LineCommand::HangUp
                if self.may_ask() && self.open.iter().any(|o| o.call.direction == Direction::Outgoing) =>
            {
                self.out.push_back(Output::Job(Job::HangUp));
            }
            LineCommand::HangUp => {
                let reason =
                    "a FRITZ!Box has no way to end a call that rings; the number can be barred, so that it \
                              rings no more"
                        .into();
                self.tell(LineEvent::Refused { command: Box::new(command), reason });
            }
            command => {
                let reason = "a FRITZ!Box answers no calls for others and plays no sounds".into();
                self.tell(LineEvent::Refused { command: Box::new(command), reason });
            }
        }
    }

    fn enter(&mut self, number: Box<str>, name: &str, bar: bool) {
        let refused = if bar && self.settings.block_by == BlockBy::Notice {
            Some(Error::OnlyNotices.to_string())
        } else if !self.may_ask() {
            Some(Error::NoUser.to_string())
        } else if self.pending.len() >= PENDING {
            Some("too many numbers wait to be entered in the FRITZ!Box".into())
        } else {
            None
        };
        if let Some(reason) = refused {
            let result = Err(reason.into());
            self.tell(if bar {
                LineEvent::Barred { number, result }
            } else {
                LineEvent::ContactEntered { number, result }
            });
            return;
        }
        let key = self.books.key(&number);
        if self.pending.iter().any(|p| p.bar == bar && self.books.key(&p.entry.number) == key) {
            return;
        }
        let entry = NewEntry { number, name: if bar { self.label(name) } else { name.into() } };
        self.pending.push(Pending {
            entry: entry.clone(),
            bar,
            due: None,
            back_off: BackOff::up_to(Duration::from_secs(600)),
            told: None,
        });
        self.out.push_back(Output::Job(if bar { Job::Bar(entry) } else { Job::Enter(entry) }));
    }

    /// The name of an entry: as asked for, or as set, with date and time after it.
    fn label(&self, name: &str) -> Box<str> {
        let contact = &self.settings.contact;
        let name = if name.trim().is_empty() { &contact.name } else { name };
        match self.last_stamp.and_then(|s| s.date.map(|d| (s, d))).filter(|_| contact.time_stamp) {
            Some((stamp, date)) => format!(
                "{name} ({:04}.{:02}.{:02} {:02}:{:02}:{:02})",
                date.year, date.month, date.day, stamp.hour, stamp.minute, stamp.second
            )
            .into(),
            None => name.into(),
        }
    }
}
