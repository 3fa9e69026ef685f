//! What a FRITZ!Box line knows and decides. No I/O, no clock: time is handed in.

mod answers;
mod calls;
mod entries;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use call_event::{CallId, EndReason, LineCommand, LineEvent, LineId, LineInfo, LineKind};
use call_monitor::{Call, CallTracker, Direction, Stamp};

use super::back_off::BackOff;
use super::jobs::{Job, NewEntry};
use super::list::{KnownCalls, SeenCall};
use crate::{BookCache, Error, FritzBoxSettings};

/// What the line wants next.
#[derive(Debug)]
pub(in crate::line) enum Output {
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
pub(in crate::line) struct LineState {
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
    pub(in crate::line) fn new(settings: Arc<FritzBoxSettings>, books: Arc<BookCache>, now: Instant) -> Self {
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
    pub(in crate::line) fn poll_output(&mut self) -> Output {
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
    pub(in crate::line) fn handle_up(&mut self, now: Instant) {
        self.up = true;
        let info = self.info();
        self.tell(LineEvent::Up(info));
        // What happened while nobody listened stands in the list.
        self.list_due = Some(now);
    }

    /// The connection is lost, or could not be made.
    pub(in crate::line) fn handle_down(&mut self, reason: Box<str>, retry_in: Duration) {
        self.up = false;
        self.tell(LineEvent::Down { reason, retry_in });
    }

    /// A job could not be taken because too many wait.
    pub(in crate::line) fn handle_busy(&mut self, now: Instant, job: Job) {
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

    /// Time passed.
    pub(in crate::line) fn handle_timeout(&mut self, now: Instant) {
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

    /// Somebody wants something done.
    pub(in crate::line) fn handle_command(&mut self, now: Instant, command: LineCommand) {
        match command {
            LineCommand::Inform => {
                let info = self.info();
                self.tell(LineEvent::Up(info));
            }
            LineCommand::SignOfLife => self.tell(LineEvent::Alive),
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
}
