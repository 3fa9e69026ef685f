//! One line's calls, from the first ring to the log: a state machine without I/O and without a clock.

mod call;
mod facts;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{
    Action, CallId, CallNews, EndReason, GuardNews, IncomingCall, LineCommand, LineEvent, LineId, LineInfo,
    Verdict,
};

pub use facts::{CallFacts, CallMark, FinishedCall};

use crate::learned::Learned;
use crate::recording::RecordingNames;
use crate::settings::{ActionSettings, Sounds};
use call::Current;

/// What the flow wants done.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FlowOutput {
    /// Give the line this command.
    Command(LineCommand),
    /// Judge this call and answer with [`CallFlow::handle_verdict`].
    Judge {
        /// The call.
        call: Box<IncomingCall>,
        /// `false` while more of the caller ID may come: act only on what no name can change.
        complete: bool,
    },
    /// Tell the listeners.
    News(GuardNews),
    /// Change the lists.
    Learn(Learned),
    /// Run this command, which writes raw audio, and report digits heard in it.
    Listen {
        /// The call.
        call: CallId,
        /// The command and its arguments.
        command: Vec<String>,
        /// For how long.
        at_most: Duration,
    },
    /// The call is over and the line on-hook: write it to the log.
    Finished(Box<FinishedCall>),
}

/// How sure a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing that is still to come will change it.
    Final,
    /// The rest of the caller ID may change it.
    MoreToCome,
    /// A look-up is on its way; until then this holds.
    LookupPending,
}

/// The calls of one line.
///
/// Whatever happens, each call that was reported ends with a [`FlowOutput::Finished`], and a call that was
/// answered ends on-hook: the flow repeats the order to hang up until the line confirms it.
#[derive(Debug)]
pub struct CallFlow {
    line: LineId,
    settings: Arc<ActionSettings>,
    sounds: Arc<Sounds>,
    names: RecordingNames,
    random: fastrand::Rng,
    info: Option<LineInfo>,
    current: Option<Current>,
    out: VecDeque<FlowOutput>,
    /// Wall time and the time that is handed in, at one and the same moment.
    clock: (Instant, SystemTime),
}

impl CallFlow {
    /// A line at rest. `clock` is the wall time at some moment of the time that is handed in; the seed makes
    /// random choices repeatable.
    pub fn new(
        line: LineId,
        settings: Arc<ActionSettings>,
        names: RecordingNames,
        clock: (Instant, SystemTime),
        seed: u64,
    ) -> Self {
        Self {
            line,
            settings,
            sounds: Arc::default(),
            names,
            random: fastrand::Rng::with_seed(seed),
            info: None,
            current: None,
            out: VecDeque::new(),
            clock,
        }
    }

    /// The line.
    pub fn line(&self) -> &LineId {
        &self.line
    }

    /// What is known of the call that is on the line.
    pub fn call(&self) -> Option<&IncomingCall> {
        self.current.as_ref().map(|c| &c.call)
    }

    /// The call on the line as listeners see it.
    pub fn news(&self) -> Option<CallNews> {
        self.current.as_ref().map(Current::news)
    }

    /// Whether the guard has answered the call on the line.
    pub fn is_answered(&self) -> bool {
        self.current.as_ref().is_some_and(|c| c.facts.answered)
    }

    /// New settings; a call that is on keeps the ones it began with.
    pub fn set_settings(&mut self, settings: Arc<ActionSettings>, names: RecordingNames) {
        self.settings = settings;
        self.names = names;
    }

    /// The sound files at hand.
    pub fn set_sounds(&mut self, sounds: Arc<Sounds>) {
        self.sounds = sounds;
    }

    /// What to do next, until `None`.
    pub fn poll_output(&mut self) -> Option<FlowOutput> {
        self.out.pop_front()
    }

    /// When [`CallFlow::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.current.as_ref().and_then(Current::next_timeout)
    }

    /// The line reported something.
    pub fn handle_event(&mut self, now: Instant, event: &LineEvent) {
        match event {
            LineEvent::Up(info) => {
                self.info = Some(info.clone());
                self.out.push_back(FlowOutput::News(GuardNews::LineUp { device: info.device.to_string() }));
            }
            LineEvent::Down { reason, retry_in } => {
                self.out.push_back(FlowOutput::News(GuardNews::LineDown {
                    reason: reason.to_string(),
                    retry_in_s: retry_in.as_secs_f64(),
                }));
                self.finish(EndReason::DeviceLost(reason.clone()), Duration::ZERO);
            }
            LineEvent::Ring { call, count, .. } => {
                if self.current.as_ref().is_none_or(|c| c.call.id != *call) {
                    // Nothing is known yet; the record begins with the first ring all the same.
                    let call = IncomingCall::new(*call, self.line.clone(), self.wall_time(now));
                    self.begin(now, call);
                }
                self.out.push_back(FlowOutput::News(GuardNews::Ring { call: call.0, count: *count }));
                self.with_current(now, |current, desk| current.ring(*count, event, desk));
            }
            LineEvent::Number(call) => self.caller(now, call, false),
            LineEvent::Call(call) | LineEvent::CallChanged(call) => self.caller(now, call, true),
            LineEvent::MessageWaiting(waiting) => {
                self.out.push_back(FlowOutput::News(GuardNews::MessageWaiting { waiting: *waiting }));
            }
            LineEvent::Ended { call, reason, answered_for } => {
                if self.current.as_ref().is_some_and(|c| c.call.id == *call) {
                    let held = self.held_after_ringing(now, reason);
                    if !held {
                        self.finish(reason.clone(), *answered_for);
                    }
                }
            }
            LineEvent::Barred { number, result } => {
                let text = match result {
                    Ok(()) => return,
                    Err(why) => {
                        format!("the number {} could not be barred: {why}", phone_number::redact(number))
                    }
                };
                self.out.push_back(FlowOutput::News(GuardNews::Trouble { text }));
            }
            LineEvent::Refused { .. } => self.with_current(now, |current, desk| current.event(event, desk)),
            _ => {
                if call_of(event).is_some_and(|id| self.current.as_ref().is_some_and(|c| c.call.id == id)) {
                    self.with_current(now, |current, desk| current.event(event, desk));
                }
            }
        }
    }

    /// The answer to [`FlowOutput::Judge`], or a better one that came later.
    pub fn handle_verdict(&mut self, now: Instant, call: CallId, verdict: Verdict, certainty: Certainty) {
        if self.current.as_ref().is_none_or(|c| c.call.id != call) {
            return;
        }
        self.with_current(now, |current, desk| current.verdict(verdict, certainty, desk));
    }

    /// The time that [`CallFlow::poll_timeout`] named has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.with_current(now, Current::timeout);
        if let Some(reason) = self.current.as_ref().and_then(|c| c.given_up.clone()) {
            self.finish(reason, Duration::ZERO);
        }
    }

    /// Ends the call on the line, if there is one; whether there was.
    pub fn hang_up(&mut self, now: Instant) -> bool {
        let any = self.current.as_ref().is_some_and(|c| !c.call.waiting);
        if any {
            self.with_current(now, Current::hang_up);
        }
        any
    }

    /// Lets the ringing call ring, whatever was decided; whether there was one that still rings.
    pub fn let_ring(&mut self, now: Instant, verdict: Verdict) -> bool {
        let rings = self.current.as_ref().is_some_and(|c| !c.facts.answered && !c.hanging_up());
        if rings {
            self.with_current(now, |current, desk| {
                current.replace(verdict, Action::Ring { rings: None }, desk);
            });
        }
        rings
    }

    /// The owner's own program takes the call over; the flow only sees that it ends.
    pub fn take_over(&mut self, now: Instant, commands: impl IntoIterator<Item = LineCommand>) -> bool {
        if self.current.is_none() {
            return false;
        }
        self.with_current(now, |current, desk| current.take_over(desk));
        for command in commands {
            if command == LineCommand::HangUp {
                self.hang_up(now);
            } else {
                self.out.push_back(FlowOutput::Command(command));
            }
        }
        true
    }

    /// The name for a recording of the call on the line.
    pub fn name_recording(&mut self) -> Option<std::path::PathBuf> {
        let current = self.current.as_mut()?;
        let path = self.names.next(&current.call);
        current.facts.recording_to = Some(path.clone());
        Some(path)
    }

    fn caller(&mut self, now: Instant, call: &IncomingCall, complete: bool) {
        if call.waiting {
            // It waits while another call is on: judged for the log, never acted on.
            let mut record = Current::new(call.clone(), Arc::clone(&self.settings));
            self.out.push_back(FlowOutput::News(GuardNews::Call(record.news())));
            record.facts.rings = 0;
            self.out.push_back(FlowOutput::Finished(Box::new(
                record.record(EndReason::NotAnswered, Duration::ZERO),
            )));
            return;
        }
        match &mut self.current {
            Some(current) if current.call.id == call.id => current.learn_caller(call),
            _ => self.begin(now, call.clone()),
        }
        if let Some(current) = &self.current {
            self.out.push_back(FlowOutput::Judge { call: Box::new(current.call.clone()), complete });
            if complete {
                self.out.push_back(FlowOutput::News(GuardNews::Call(current.news())));
            }
        }
        if complete {
            self.with_current(now, |current, _| current.complete = true);
        }
    }

    fn begin(&mut self, now: Instant, call: IncomingCall) {
        self.finish(EndReason::DeviceLost("its end was not seen".into()), Duration::ZERO);
        let mut current = Current::new(call, Arc::clone(&self.settings));
        current.still_rings(now);
        self.current = Some(current);
    }

    fn wall_time(&self, now: Instant) -> SystemTime {
        let (instant, time) = self.clock;
        time + now.saturating_duration_since(instant)
    }

    /// Somebody may have answered: the star key is listened for before the call is closed.
    fn held_after_ringing(&mut self, now: Instant, reason: &EndReason) -> bool {
        if !matches!(reason, EndReason::NotAnswered | EndReason::AnsweredElsewhere) {
            return false;
        }
        let mut held = false;
        self.with_current(now, |current, desk| held = current.ringing_ended(reason, desk));
        held
    }

    fn finish(&mut self, reason: EndReason, answered_for: Duration) {
        if let Some(current) = self.current.take() {
            self.out.push_back(FlowOutput::Finished(Box::new(current.record(reason, answered_for))));
        }
    }

    fn with_current(&mut self, now: Instant, run: impl FnOnce(&mut Current, &mut Desk<'_>)) {
        let Some(current) = &mut self.current else {
            return;
        };
        let mut desk = Desk {
            now,
            info: self.info.as_ref(),
            sounds: &self.sounds,
            names: &mut self.names,
            random: &mut self.random,
            out: &mut self.out,
        };
        run(current, &mut desk);
        if let Some(reason) = self.current.as_mut().and_then(|c| c.over.take()) {
            self.finish(reason, Duration::ZERO);
        }
    }
}

/// What a call needs of its line.
pub(crate) struct Desk<'a> {
    pub(crate) now: Instant,
    pub(crate) info: Option<&'a LineInfo>,
    pub(crate) sounds: &'a Sounds,
    pub(crate) names: &'a mut RecordingNames,
    pub(crate) random: &'a mut fastrand::Rng,
    pub(crate) out: &'a mut VecDeque<FlowOutput>,
}

/// The call that an event is about.
pub(crate) fn call_of(event: &LineEvent) -> Option<CallId> {
    match event {
        LineEvent::Ring { call, .. }
        | LineEvent::Answered { call }
        | LineEvent::PickedUp { call, .. }
        | LineEvent::Outgoing { call, .. }
        | LineEvent::Digit { call, .. }
        | LineEvent::Tone { call, .. }
        | LineEvent::Listening { call, .. }
        | LineEvent::Silence { call, .. }
        | LineEvent::Voice { call }
        | LineEvent::Played { call }
        | LineEvent::Recorded { call, .. }
        | LineEvent::Ended { call, .. } => Some(*call),
        LineEvent::Number(call) | LineEvent::Call(call) | LineEvent::CallChanged(call) => Some(call.id),
        _ => None,
    }
}
