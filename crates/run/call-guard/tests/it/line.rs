//! A line that does what a line does, in virtual time, and a flow beside it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{
    Action, CallId, EndReason, GuardNews, IncomingCall, LineCommand, LineEvent, LineId, LineInfo, LineKind,
    Reason, Sound, Stage, Verdict, VoiceMode,
};
use call_guard::{
    ActionSettings, CallFlow, Certainty, FinishedCall, FlowOutput, Learned, RecordingNames, Zone,
};
use phone_number::Caller;

/// What goes wrong on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Answering is never confirmed.
    NeverAnswers,
    /// Nothing is ever reported as played.
    NeverPlays,
    /// The first order to hang up is lost.
    LosesOneHangUp,
    /// No order to hang up is ever confirmed.
    NeverHangsUp,
    /// Every command but hanging up is refused.
    Refuses,
    /// The device is lost when it answers.
    LostOnAnswer,
    /// The caller is gone a second after we answered.
    CallerGone,
}

/// How long any sound plays.
pub const SOUND: Duration = Duration::from_secs(2);

pub struct Line {
    pub flow: CallFlow,
    pub now: Instant,
    pub commands: Vec<LineCommand>,
    pub news: Vec<GuardNews>,
    pub learned: Vec<Learned>,
    pub finished: Vec<FinishedCall>,
    pub off_hook: bool,
    pub fault: Fault,
    verdict: Verdict,
    certainty: Certainty,
    soon: VecDeque<(Instant, LineEvent)>,
    pub call: CallId,
    queued: u32,
    record: Option<(PathBuf, Instant)>,
    hang_ups: Cell<u32>,
    answered_at: Option<Instant>,
}

pub fn verdict(action: Action, stage: Stage) -> Verdict {
    Verdict { action, reason: Reason { stage, rule: "a rule".into(), text: "because of a rule".into() } }
}

pub fn info(voice: bool) -> LineInfo {
    LineInfo { kind: LineKind::VoiceModem, device: "a model".into(), caller_id: true, voice, fax: voice }
}

impl Line {
    pub fn new(action: Action, settings: ActionSettings) -> Self {
        let start = Instant::now();
        let flow = CallFlow::new(
            LineId::new("home"),
            Arc::new(settings),
            RecordingNames::new(PathBuf::from("/nowhere/rec"), Zone::Utc),
            (start, SystemTime::UNIX_EPOCH),
            1,
        );
        let stage = if matches!(action, Action::Ring { .. }) { Stage::Default } else { Stage::Deny };
        let mut line = Self {
            flow,
            now: start,
            commands: Vec::new(),
            news: Vec::new(),
            learned: Vec::new(),
            finished: Vec::new(),
            off_hook: false,
            fault: Fault::None,
            verdict: verdict(action, stage),
            certainty: Certainty::Final,
            soon: VecDeque::new(),
            call: CallId(0),
            queued: 0,
            record: None,
            hang_ups: Cell::new(0),
            answered_at: None,
        };
        line.event(LineEvent::Up(info(true)));
        line
    }

    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    pub fn judged(mut self, verdict: Verdict, certainty: Certainty) -> Self {
        self.verdict = verdict;
        self.certainty = certainty;
        self
    }

    pub fn incoming(&mut self) -> IncomingCall {
        let mut call = IncomingCall::new(self.call, LineId::new("home"), SystemTime::UNIX_EPOCH);
        call.caller = Some(Caller::from_line(b"03023125555"));
        call
    }

    /// A new call rings once and shows its caller.
    pub fn call_comes(&mut self) {
        self.call = CallId(self.call.0 + 1);
        self.hang_ups.set(0);
        self.queued = 0;
        self.record = None;
        self.answered_at = None;
        self.soon.clear();
        let call = self.incoming();
        self.ring(1);
        self.event(LineEvent::Call(call));
    }

    pub fn ring(&mut self, count: u32) {
        let call = self.call;
        self.event(LineEvent::Ring { call, count, pattern: None });
    }

    pub fn press(&mut self, digit: char) {
        let call = self.call;
        self.event(LineEvent::Digit { call, digit });
    }

    pub fn silence(&mut self, seconds: u64) {
        let call = self.call;
        self.event(LineEvent::Silence { call, lasted: Duration::from_secs(seconds) });
    }

    pub fn speaks(&mut self) {
        let call = self.call;
        self.event(LineEvent::Voice { call });
    }

    pub fn event_now(&mut self, event: impl FnOnce(CallId) -> LineEvent) {
        let event = event(self.call);
        self.event(event);
    }

    pub fn event(&mut self, event: LineEvent) {
        self.flow.handle_event(self.now, &event);
        self.drain();
    }

    /// The owner steps in.
    pub fn owner<T>(&mut self, does: impl FnOnce(&mut CallFlow, Instant) -> T) -> T {
        let result = does(&mut self.flow, self.now);
        self.drain();
        result
    }

    /// Lets time pass; everything due happens in its order.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let soon = self.soon.front().map(|(at, _)| *at);
            let due = [soon, self.flow.poll_timeout()].into_iter().flatten().min().filter(|t| *t <= end);
            let Some(at) = due else { break };
            self.now = self.now.max(at);
            if soon == Some(at) {
                let (_, event) = self.soon.pop_front().unwrap();
                if matches!(event, LineEvent::Played { .. }) {
                    self.queued = 0;
                }
                self.event(event);
            } else {
                self.flow.handle_timeout(self.now);
                self.drain();
            }
        }
        self.now = end;
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    fn later(&mut self, after: Duration, event: LineEvent) {
        let at = self.now + after;
        let place = self.soon.iter().position(|(t, _)| *t > at).unwrap_or(self.soon.len());
        self.soon.insert(place, (at, event));
    }

    fn drain(&mut self) {
        while let Some(output) = self.flow.poll_output() {
            match output {
                FlowOutput::Command(command) => {
                    self.commands.push(command.clone());
                    self.obey(command);
                }
                FlowOutput::Judge { call, complete } => {
                    let certainty = if complete { self.certainty } else { Certainty::MoreToCome };
                    self.flow.handle_verdict(self.now, call.id, self.verdict.clone(), certainty);
                }
                FlowOutput::News(news) => self.news.push(*news),
                FlowOutput::Learn(learned) => self.learned.push(learned),
                FlowOutput::Finished(call) => self.finished.push(*call),
                _ => {}
            }
        }
    }

    fn obey(&mut self, command: LineCommand) {
        let call = self.call;
        if self.fault == Fault::Refuses && !matches!(command, LineCommand::HangUp) {
            self.later(
                Duration::from_millis(10),
                LineEvent::Refused { command: Box::new(command), reason: "ERROR".into() },
            );
            return;
        }
        let soon = Duration::from_millis(300);
        match command {
            LineCommand::Answer | LineCommand::AnswerFax { .. } => {
                self.off_hook = true;
                self.answered_at = Some(self.now);
                let fax = matches!(command, LineCommand::AnswerFax { .. });
                match self.fault {
                    Fault::NeverAnswers => {}
                    Fault::LostOnAnswer => {
                        self.off_hook = false;
                        self.later(soon, LineEvent::Down { reason: "gone".into(), retry_in: SOUND });
                    }
                    _ => {
                        self.later(soon, LineEvent::Answered { call });
                        if fax {
                            self.end_after(Duration::from_secs(30), EndReason::LimitReached);
                        }
                        if self.fault == Fault::CallerGone {
                            self.end_after(Duration::from_secs(1), EndReason::CallerGone);
                        }
                    }
                }
            }
            LineCommand::HangUp => {
                self.hang_ups.set(self.hang_ups.get() + 1);
                let lost = match self.fault {
                    Fault::NeverHangsUp => true,
                    Fault::LosesOneHangUp => self.hang_ups.get() == 1,
                    _ => false,
                };
                if !lost {
                    self.end_after(soon, EndReason::HungUp);
                }
            }
            LineCommand::Voice { record_to, at_most, .. } => {
                self.record = record_to.map(|path| (path, self.now));
                self.end_after(at_most, EndReason::LimitReached);
            }
            LineCommand::Play(_) if self.fault != Fault::NeverPlays => {
                self.queued += 1;
                let after = SOUND * self.queued;
                self.soon.retain(|(_, e)| !matches!(e, LineEvent::Played { .. }));
                self.later(after, LineEvent::Played { call });
            }
            LineCommand::StopPlaying => {
                self.queued = 0;
                self.soon.retain(|(_, e)| !matches!(e, LineEvent::Played { .. }));
            }
            LineCommand::ListenIn { at_most, .. } => {
                self.off_hook = true;
                self.later(soon, LineEvent::Listening { call, on: true });
                self.later(at_most, LineEvent::Listening { call, on: false });
            }
            _ => {}
        }
    }

    fn end_after(&mut self, after: Duration, reason: EndReason) {
        let call = self.call;
        self.soon.retain(|(_, e)| !matches!(e, LineEvent::Ended { .. } | LineEvent::Recorded { .. }));
        if let Some((file, since)) = self.record.clone() {
            let length = (self.now + after).duration_since(since);
            self.later(after, LineEvent::Recorded { call, file, length });
        }
        let answered_for = self.answered_at.map(|t| (self.now + after).duration_since(t)).unwrap_or_default();
        self.later(after, LineEvent::Ended { call, reason, answered_for });
    }

    /// The one call that is finished; afterwards the line must be at rest.
    pub fn one_call(&mut self) -> FinishedCall {
        assert_eq!(
            self.finished.len(),
            1,
            "calls finished: {:#?}\ncommands: {:#?}",
            self.finished,
            self.commands
        );
        assert!(self.flow.call().is_none(), "the flow still holds a call");
        assert!(self.flow.poll_timeout().is_none(), "the flow still waits for something");
        self.finished.remove(0)
    }

    pub fn played(&self) -> Vec<String> {
        self.commands
            .iter()
            .filter_map(|c| match c {
                LineCommand::Play(Sound::File(path)) => Some(path.display().to_string()),
                LineCommand::Play(Sound::Samples(_)) => Some("made".into()),
                _ => None,
            })
            .collect()
    }

    pub fn voice_modes(&self) -> Vec<VoiceMode> {
        self.commands
            .iter()
            .filter_map(|c| match c {
                LineCommand::Voice { mode, .. } => Some(*mode),
                _ => None,
            })
            .collect()
    }

    pub fn hang_ups(&self) -> usize {
        self.commands.iter().filter(|c| **c == LineCommand::HangUp).count()
    }
}
