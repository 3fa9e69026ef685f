//! One line's calls, from the first ring to the log: a state machine without I/O and without a clock.

mod call;
mod facts;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{
    Action, CallId, CallNews, EndReason, GuardNews, IncomingCall, LineCommand, LineEvent, LineId, LineInfo,
    LineKind, Verdict,
};

use phone_number::Caller;

pub use facts::{CallFacts, CallMark, FinishedCall};

use crate::learned::Learned;
use crate::recording::RecordingNames;
use crate::settings::{ActionSettings, Sounds};
use call::Current;

/// The most calls that a box may have at once; what is beyond is taken for over.
const MOST_CALLS: usize = 32;

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
    News(Box<GuardNews>),
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

impl FlowOutput {
    pub(crate) fn news(news: GuardNews) -> Self {
        Self::News(Box::new(news))
    }
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
    calls: Vec<Current>,
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
            calls: Vec::new(),
            out: VecDeque::new(),
            clock,
        }
    }

    /// The line.
    pub fn line(&self) -> &LineId {
        &self.line
    }

    /// What is known of the call on the line; of the latest one where a box has several.
    pub fn call(&self) -> Option<&IncomingCall> {
        self.calls.last().map(|c| &c.call)
    }

    /// The call on the line as listeners see it.
    pub fn news(&self) -> Option<CallNews> {
        self.calls.last().map(Current::news)
    }

    /// Whether the guard has answered the call on the line.
    pub fn is_answered(&self) -> bool {
        self.calls.iter().any(|c| c.facts.answered)
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
        self.calls.iter().filter_map(Current::next_timeout).min()
    }

    /// The line reported something.
    pub fn handle_event(&mut self, now: Instant, event: &LineEvent) {
        match event {
            LineEvent::Up(info) => {
                self.info = Some(info.clone());
                self.out.push_back(FlowOutput::news(GuardNews::LineUp { device: info.device.to_string() }));
            }
            LineEvent::Down { reason, retry_in } => {
                self.out.push_back(FlowOutput::news(GuardNews::LineDown {
                    reason: reason.to_string(),
                    retry_in_s: retry_in.as_secs_f64(),
                }));
                // A box goes on with its calls while it cannot be reached, and tells their ends later.
                if !self.has_several_calls() {
                    self.finish_all(&EndReason::DeviceLost(reason.clone()));
                }
            }
            LineEvent::Ring { call, count, .. } => {
                if self.place(*call).is_none() {
                    // Nothing is known yet; the record begins with the first ring all the same.
                    self.begin(now, IncomingCall::new(*call, self.line.clone(), self.wall_time(now)));
                }
                self.out.push_back(FlowOutput::news(GuardNews::Ring { call: call.0, count: *count }));
                self.on_call(now, *call, |current, desk| current.ring(*count, event, desk));
            }
            LineEvent::Number(call) => self.caller(now, call, false),
            LineEvent::Call(call) | LineEvent::CallChanged(call) => self.caller(now, call, true),
            LineEvent::MessageWaiting(waiting) => {
                self.out.push_back(FlowOutput::news(GuardNews::MessageWaiting { waiting: *waiting }));
            }
            LineEvent::Outgoing { call, number, own } => self.outgoing(now, *call, number, own.as_deref()),
            LineEvent::Recovered { call, reason, answered_for } => {
                let record = Current::new(call.clone(), Arc::clone(&self.settings));
                self.close(record, reason.clone(), *answered_for);
            }
            LineEvent::Ended { call, reason, answered_for } => {
                if !self.held_after_ringing(now, *call, reason) {
                    self.finish(*call, reason.clone(), *answered_for);
                }
            }
            LineEvent::Barred { number, result: Err(why) } => {
                let text = format!("the number {} could not be barred: {why}", phone_number::redact(number));
                self.out.push_back(FlowOutput::news(GuardNews::Trouble { text }));
            }
            LineEvent::Refused { .. } => {
                if let Some(call) = self.calls.last().map(|c| c.call.id) {
                    self.on_call(now, call, |current, desk| current.event(event, desk));
                }
            }
            _ => {
                if let Some(call) = call_of(event) {
                    self.on_call(now, call, |current, desk| current.event(event, desk));
                }
            }
        }
    }

    /// The answer to [`FlowOutput::Judge`], or a better one that came later.
    pub fn handle_verdict(&mut self, now: Instant, call: CallId, verdict: Verdict, certainty: Certainty) {
        self.on_call(now, call, |current, desk| current.verdict(verdict, certainty, desk));
    }

    /// The time that [`CallFlow::poll_timeout`] named has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due: Vec<CallId> = self
            .calls
            .iter()
            .filter(|c| c.next_timeout().is_some_and(|t| t <= now))
            .map(|c| c.call.id)
            .collect();
        for call in due {
            self.on_call(now, call, Current::timeout);
        }
    }

    /// Ends the calls on the line, if there are any; whether there were.
    pub fn hang_up(&mut self, now: Instant) -> bool {
        let calls: Vec<CallId> = self.calls.iter().filter(|c| !c.outgoing).map(|c| c.call.id).collect();
        for call in &calls {
            self.on_call(now, *call, Current::hang_up);
        }
        !calls.is_empty()
    }

    /// Lets the ringing call ring, whatever was decided; whether there was one that still rings.
    pub fn let_ring(&mut self, now: Instant, verdict: Verdict) -> bool {
        let ringing = self.calls.iter().rfind(|c| !c.outgoing && !c.facts.answered && !c.hanging_up());
        let Some(call) = ringing.map(|c| c.call.id) else {
            return false;
        };
        self.on_call(now, call, |current, desk| {
            current.replace(verdict, &Action::Ring { rings: None }, desk);
        });
        true
    }

    /// The owner's own program takes the call over; the flow only sees to it that it ends.
    pub fn take_over(&mut self, now: Instant, call: CallId, commands: impl IntoIterator<Item = LineCommand>) {
        if self.place(call).is_none() {
            return;
        }
        self.on_call(now, call, |current, desk| current.take_over(desk));
        for command in commands {
            if command == LineCommand::HangUp {
                self.hang_up(now);
            } else {
                self.out.push_back(FlowOutput::Command(command));
            }
        }
    }

    /// A path for a recording of a call.
    pub fn name_recording(&mut self, call: CallId) -> Option<PathBuf> {
        let place = self.place(call)?;
        let current = &mut self.calls[place];
        let path = self.names.next(&current.call);
        current.facts.recording_to = Some(path.clone());
        Some(path)
    }

    fn place(&self, call: CallId) -> Option<usize> {
        self.calls.iter().position(|c| c.call.id == call)
    }

    fn caller(&mut self, now: Instant, call: &IncomingCall, complete: bool) {
        if call.waiting {
            // It waits while another call is on: judged for the log, never acted on.
            let record = Current::new(call.clone(), Arc::clone(&self.settings));
            self.out.push_back(FlowOutput::news(GuardNews::Call(record.news())));
            self.close(record, EndReason::NotAnswered, Duration::ZERO);
            return;
        }
        match self.place(call.id) {
            Some(place) => self.calls[place].learn_caller(call),
            None => self.begin(now, call.clone()),
        }
        let Some(current) = self.place(call.id).map(|place| &mut self.calls[place]) else {
            return;
        };
        self.out.push_back(FlowOutput::Judge { call: Box::new(current.call.clone()), complete });
        if complete {
            self.out.push_back(FlowOutput::news(GuardNews::Call(current.news())));
        }
    }

    /// A call from a telephone on the line is for the log only.
    fn outgoing(&mut self, now: Instant, call: CallId, number: &str, own: Option<&str>) {
        let mut begun = IncomingCall::new(call, self.line.clone(), self.wall_time(now));
        begun.caller = Some(Caller::from_line(number.as_bytes()));
        begun.called = own.map(Into::into);
        self.begin(now, begun);
        if let Some(current) = self.calls.last_mut() {
            current.goes_out(now);
        }
    }

    fn begin(&mut self, now: Instant, call: IncomingCall) {
        if !self.has_several_calls() {
            self.finish_all(&EndReason::DeviceLost("its end was not seen".into()));
        } else if self.calls.len() >= MOST_CALLS {
            let oldest = self.calls.remove(0);
            self.close(oldest, EndReason::DeviceLost("its end was not seen".into()), Duration::ZERO);
        }
        let mut current = Current::new(call, Arc::clone(&self.settings));
        current.still_rings(now);
        self.calls.push(current);
    }

    /// Whether calls may go on side by side, as on a box.
    fn has_several_calls(&self) -> bool {
        self.info.as_ref().is_some_and(|i| i.kind == LineKind::FritzBox)
    }

    fn wall_time(&self, now: Instant) -> SystemTime {
        let (instant, time) = self.clock;
        time + now.saturating_duration_since(instant)
    }

    /// Somebody may have answered: the star key is listened for before the call is closed.
    fn held_after_ringing(&mut self, now: Instant, call: CallId, reason: &EndReason) -> bool {
        if !matches!(reason, EndReason::NotAnswered | EndReason::AnsweredElsewhere) {
            return false;
        }
        let mut held = false;
        self.on_call(now, call, |current, desk| held = current.ringing_ended(reason, desk));
        held
    }

    fn finish(&mut self, call: CallId, reason: EndReason, answered_for: Duration) {
        if let Some(place) = self.place(call) {
            let current = self.calls.remove(place);
            self.close(current, reason, answered_for);
        }
    }

    fn finish_all(&mut self, reason: &EndReason) {
        for current in std::mem::take(&mut self.calls) {
            self.close(current, reason.clone(), Duration::ZERO);
        }
    }

    fn close(&mut self, current: Current, reason: EndReason, answered_for: Duration) {
        self.out.push_back(FlowOutput::Finished(Box::new(current.record(reason, answered_for))));
    }

    fn on_call(&mut self, now: Instant, call: CallId, run: impl FnOnce(&mut Current, &mut Desk<'_>)) {
        let Some(place) = self.place(call) else {
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
        run(&mut self.calls[place], &mut desk);
        if let Some(reason) = self.calls[place].over.take() {
            self.finish(call, reason, Duration::ZERO);
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
        | LineEvent::Digit { call, .. }
        | LineEvent::Tone { call, .. }
        | LineEvent::Listening { call, .. }
        | LineEvent::Silence { call, .. }
        | LineEvent::Voice { call }
        | LineEvent::Played { call }
        | LineEvent::Recorded { call, .. }
        | LineEvent::Ended { call, .. } => Some(*call),
        _ => None,
    }
}
