//! The whole behaviour of a line with a voice modem, without I/O and without a clock.

mod checking;
#[cfg(test)]
mod checking_tests;
mod dialling;
mod ending;
mod phones;
#[cfg(test)]
mod phones_tests;
mod ringing;
mod setup;
mod talking;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use at_codec::caller_id::{CallerIdCollector, Field, Label};
use at_codec::dialogue::{Command, CommandId, Dialogue, Event, Outcome, Reply};
use at_codec::profile::{Classes, Encoding, ModemProfile, SoundForm};
use at_codec::voice::{Digits, VoiceEvent};
use at_codec::{Output as Said, ResultCode};
use call_event::{CallId, EndReason, IncomingCall, LineCommand, LineEvent, LineInfo, LineKind, VoiceMode};

use crate::Settings;
use crate::sound::{Coder, Listener, Transmitter};

/// What a session wants.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send these bytes to the modem.
    Transmit(Vec<u8>),
    /// Report this.
    Event(LineEvent),
    /// Do this with the recording.
    Record(Recording),
    /// Nothing more now.
    Timeout(Option<Instant>),
}

/// What is done with the recording.
#[derive(Debug)]
pub(crate) enum Recording {
    /// Begin a file.
    Begin(CallId, PathBuf),
    /// Put samples at its end.
    Samples(Vec<i16>),
    /// Close it.
    End,
}

/// How far the session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The modem is being set up for the first time.
    Opening,
    /// The line is guarded.
    Ready,
    /// The modem does not answer; the port is to be opened again.
    Lost(Box<str>),
    /// Asked to stop, and the line is on-hook.
    Finished,
}

/// What the reply to a command means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Part of setting up; the number says how often it was tried.
    Setup(setup::Setup, u8),
    /// Its outcome does not matter.
    Any,
    /// Off-hook, to end a ringing call.
    Reject,
    /// Off-hook, to speak.
    Answer,
    /// Sound begins to flow.
    Flow(VoiceMode),
    /// Sound was stopped.
    Stopped,
    /// On-hook; true for the last command.
    OnHook(bool),
    /// Dialled.
    Dialled,
    /// The fax class is set.
    FaxClass,
    /// Answered as a fax machine.
    FaxAnswered,
    /// Looked over; asked at that moment.
    CheckedUp(Instant),
    /// The telephones on the second socket are parted from the line.
    Parted,
}

/// What the modem is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Modem {
    /// Its own words.
    pub(crate) words: String,
    pub(crate) classes: Classes,
    pub(crate) forms: Vec<SoundForm>,
    pub(crate) form: Option<SoundForm>,
    /// The command that switched caller ID on.
    pub(crate) caller_id: Option<&'static str>,
}

/// A call, from its first sign to on-hook.
#[derive(Debug)]
struct Call {
    id: CallId,
    phase: Phase,
    rings: u32,
    /// What was reported of it.
    incoming: Option<IncomingCall>,
    answered_at: Option<Instant>,
    /// When it is over by itself: the last ring was too long ago, or its longest time is reached.
    ends_at: Option<Instant>,
    /// While the modem sends sound: when the next must have come.
    sound_by: Option<Instant>,
    waiting: Vec<CallId>,
    /// It was answered by ATA, since going off-hook did not end the ringing.
    insisted: bool,
    /// We listened beside another telephone.
    listened: bool,
    /// Its end was reported before: we only listen to what came of it.
    told_end: bool,
    /// When it went off-hook.
    off_hook_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Ringing,
    /// Off-hook until then, only to go on-hook again.
    Rejecting {
        until: Instant,
    },
    Answering,
    /// Off-hook, nothing flows.
    OffHook,
    /// Sound is about to flow, or flows.
    Voice {
        mode: VoiceMode,
        flows: bool,
    },
    Dialling,
    Fax,
    /// Off-hook beside another telephone, to hear digits.
    Listening {
        until: Instant,
    },
    Ending {
        reason: EndReason,
        tries: u8,
    },
}

/// The line. See the [module](self).
#[derive(Debug)]
pub(crate) struct Session {
    set: Settings,
    usb: Option<(u16, u16)>,
    profile: &'static ModemProfile,
    modem: Modem,
    dialogue: Dialogue,
    collector: CallerIdCollector,
    /// Gathers the caller IDs that come during a call.
    knocking: CallerIdCollector,
    stage: Stage,
    steps: VecDeque<(CommandId, Step)>,
    plan: VecDeque<(Command, setup::Setup)>,
    call: Option<Call>,
    last_call: CallId,
    /// Commands for when the line is off-hook or set up.
    later: VecDeque<LineCommand>,
    transmitter: Transmitter,
    listener: Listener,
    coder: Coder,
    digits: Digits,
    /// The modem reports digits itself.
    reports_digits: bool,
    recording: bool,
    /// Clicks to be heard when listening beside another telephone ends.
    clicks_after: u8,
    /// The command that sound was asked by, until it flows.
    asked: Option<LineCommand>,
    /// Text between the marks of a report inside a voice stream.
    report: Option<Vec<u8>>,
    /// Commands in a row without a reply.
    unanswered: u8,
    probe_at: Option<Instant>,
    /// When the modem is to be set up once more.
    set_up_at: Option<Instant>,
    phones: phones::Phones,
    shutting_down: bool,
    pub(crate) port_queue: Option<usize>,
    pub(crate) wall: SystemTime,
    out: VecDeque<Output>,
}

/// After so many commands in a row without a reply the modem counts as gone.
const DEAF_AFTER: u8 = 3;
/// Most commands that wait.
const MAX_LATER: usize = 64;

fn is_event(line: &[u8], command: &Command) -> bool {
    match Field::parse(line) {
        Some(field) => field.label != Label::Other || !command.is_query(),
        None => !command.is_query() && at_codec::caller_id::Burst::from_hex(line).is_some(),
    }
}

impl Session {
    pub(crate) fn new(now: Instant, set: Settings, usb: Option<(u16, u16)>) -> Self {
        let profile = set.profile.unwrap_or_else(|| ModemProfile::find(usb, ""));
        let gap = set.quiet_gap.unwrap_or(profile.quiet_gap);
        let mut session = Self {
            usb,
            profile,
            modem: Modem::default(),
            dialogue: Dialogue::new(is_event),
            collector: CallerIdCollector::new(gap, set.no_caller_id),
            knocking: CallerIdCollector::new(gap, set.no_caller_id),
            stage: Stage::Opening,
            steps: VecDeque::new(),
            plan: VecDeque::new(),
            call: None,
            last_call: CallId(0),
            later: VecDeque::new(),
            transmitter: Transmitter::default(),
            listener: Listener::new("ITU"),
            coder: Coder::new(Encoding::Unsigned8),
            digits: Digits::default(),
            reports_digits: false,
            recording: false,
            clicks_after: 0,
            asked: None,
            report: None,
            unanswered: 0,
            probe_at: None,
            set_up_at: None,
            phones: phones::Phones::default(),
            shutting_down: false,
            port_queue: None,
            wall: SystemTime::UNIX_EPOCH,
            out: VecDeque::new(),
            set,
        };
        session.set_up_first(now);
        session.pump(now);
        session
    }

    // --- what is known ---

    pub(crate) fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(crate) fn profile(&self) -> &'static ModemProfile {
        self.profile
    }

    pub(crate) fn is_sending(&self) -> bool {
        !self.transmitter.is_quiet()
    }

    /// Sound flows from the modem; what it says then is not urgent.
    pub(crate) fn is_streaming(&self) -> bool {
        self.dialogue.is_streaming()
    }

    pub(crate) fn can_speak(&self) -> bool {
        self.profile.voice && self.modem.classes.voice() && self.modem.form.is_some()
    }

    pub(crate) fn info(&self) -> LineInfo {
        let words = self.modem.words.trim();
        LineInfo {
            kind: LineKind::VoiceModem,
            device: format!("{} ({})", if words.is_empty() { "modem" } else { words }, self.profile.name)
                .into(),
            caller_id: self.modem.caller_id.is_some(),
            voice: self.can_speak(),
            fax: self.modem.classes.fax().is_some(),
        }
    }

    // --- what comes in ---

    /// Takes what the modem sent.
    pub(crate) fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        self.dialogue.handle_bytes(now, bytes);
        self.pump(now);
        let mid_line = self.dialogue.is_mid_line();
        self.collector.handle_read_end(now, mid_line);
        self.knocking.handle_read_end(now, mid_line);
        self.pump(now);
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.dialogue.handle_timeout(now);
        self.collector.handle_timeout(now);
        self.knocking.handle_timeout(now);
        self.handle_due(now);
        self.pump(now);
    }

    /// Takes a command.
    pub(crate) fn command(&mut self, now: Instant, command: LineCommand) {
        self.handle_command(now, command);
        self.pump(now);
    }

    /// What to do next.
    pub(crate) fn poll_output(&mut self, now: Instant) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Timeout(self.next_timeout(now)))
    }

    /// The device is gone: whatever was under way is over.
    pub(crate) fn lost(&mut self, now: Instant, why: &str) {
        self.end_recording();
        if let Some(call) = self.call.take() {
            for waiting in call.waiting {
                self.report_end(waiting, EndReason::NotAnswered, Duration::ZERO);
            }
            let answered_for =
                call.answered_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
            self.report_end(call.id, EndReason::DeviceLost(why.into()), answered_for);
        }
        for command in std::mem::take(&mut self.later) {
            self.refuse(command, "the modem is gone");
        }
        self.stage = Stage::Lost(why.into());
    }

    fn next_timeout(&mut self, now: Instant) -> Option<Instant> {
        if matches!(self.stage, Stage::Finished | Stage::Lost(_)) {
            return None;
        }
        let dialogue = match self.dialogue.poll_output() {
            Said::Timeout(at) => at,
            // Not reached: `pump` has emptied it.
            _ => Some(now),
        };
        let flows = matches!(self.call.as_ref().map(|c| &c.phase), Some(Phase::Voice { flows: true, .. }));
        let phase = self.call.as_ref().and_then(|call| match call.phase {
            Phase::Rejecting { until } | Phase::Listening { until } => Some(until),
            _ => None,
        });
        [
            dialogue,
            self.collector.poll_timeout(),
            self.knocking.poll_timeout(),
            phase,
            self.call.as_ref().and_then(|call| call.ends_at),
            self.call.as_ref().filter(|_| flows).and_then(|call| call.sound_by),
            if flows { self.transmitter.poll_timeout(now) } else { None },
            self.probe_at,
            self.set_up_at,
            self.phones.join_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn handle_due(&mut self, now: Instant) {
        if self.call.as_ref().and_then(|call| call.ends_at).is_some_and(|at| at <= now) {
            self.time_is_up(now);
        }
        match self.call.as_ref().map(|call| call.phase.clone()) {
            Some(Phase::Rejecting { until }) if until <= now => self.end_call(now, EndReason::HungUp),
            Some(Phase::Listening { until }) if until <= now => self.end_listening(now),
            Some(Phase::Voice { flows: true, .. })
                if self.call.as_ref().and_then(|call| call.sound_by).is_some_and(|at| at <= now) =>
            {
                self.end_call(now, EndReason::CallerGone);
            }
            Some(Phase::Voice { flows: true, .. }) => self.send_sound(now),
            _ => {}
        }
        self.phones_are_due(now);
        if self.set_up_at.is_some_and(|at| at <= now) {
            self.set_up_at = None;
            if self.call.is_none() && self.steps.is_empty() {
                self.set_up_again(now);
            }
        }
        if self.probe_at.is_some_and(|at| at <= now) {
            self.probe_at = Some(now + self.set.probe_every);
            if self.call.is_none() && self.steps.is_empty() {
                self.run(now, Command::line("AT"), Step::Setup(setup::Setup::Probe, 0));
            }
        }
    }

    /// Gives a command to the modem and remembers what its reply means.
    fn run(&mut self, now: Instant, command: Command, step: Step) {
        let id = self.dialogue.command(now, command);
        self.steps.push_back((id, step));
    }

    fn report(&mut self, event: LineEvent) {
        self.out.push_back(Output::Event(event));
    }

    fn refuse(&mut self, command: LineCommand, reason: &str) {
        self.report(LineEvent::Refused { command: Box::new(command), reason: reason.into() });
    }

    fn report_end(&mut self, call: CallId, reason: EndReason, answered_for: Duration) {
        self.report(LineEvent::Ended { call, reason, answered_for });
    }

    /// Moves everything that the dialogue and the collectors have to say.
    fn pump(&mut self, now: Instant) {
        loop {
            match self.dialogue.poll_output() {
                Said::Transmit(bytes) => self.out.push_back(Output::Transmit(bytes)),
                Said::Event(event) => self.handle_event(now, event),
                Said::Timeout(_) => {
                    if !self.handle_caller_ids(now) {
                        return;
                    }
                }
            }
            if matches!(self.stage, Stage::Finished | Stage::Lost(_)) {
                // Nothing after that matters, but what is to be sent is sent.
                while let Said::Transmit(bytes) = self.dialogue.poll_output() {
                    self.out.push_back(Output::Transmit(bytes));
                }
                return;
            }
        }
    }

    fn handle_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Reply(reply) => self.handle_reply(now, reply),
            Event::Line { bytes, cut } => self.handle_line(now, &bytes, cut),
            Event::Voice(event) => self.handle_voice(now, event),
            Event::Audio(bytes) => self.handle_audio(now, bytes),
            _ => {}
        }
    }

    fn handle_reply(&mut self, now: Instant, reply: Reply) {
        if !self.steps.iter().any(|(id, _)| *id == reply.id) {
            return;
        }
        // Replies come in order; what stands before was dropped.
        let step = loop {
            match self.steps.pop_front() {
                Some((id, step)) if id == reply.id => break step,
                Some(_) => {}
                None => return,
            }
        };
        log::trace!("{}: {:?} for {}", self.set.line, reply.outcome, reply.command.text.escape_ascii());
        if reply.outcome == Outcome::TimedOut {
            self.unanswered = self.unanswered.saturating_add(1);
        } else {
            self.unanswered = 0;
        }
        match step {
            Step::Setup(what, tries) => self.handle_setup(now, what, tries, &reply),
            Step::Any => {}
            Step::CheckedUp(since) => self.handle_checked_up(now, since, &reply),
            Step::Reject => self.handle_reject(now, &reply),
            Step::Answer => self.handle_answer(now, &reply),
            Step::Flow(mode) => self.handle_flow(now, mode, &reply),
            Step::Stopped => self.handle_stopped(now, &reply),
            Step::OnHook(last) => self.handle_on_hook(now, last, &reply),
            Step::Dialled => self.handle_dialled(now, &reply),
            Step::Parted => self.handle_parted(now, &reply),
            Step::FaxClass | Step::FaxAnswered => self.handle_fax(now, step == Step::FaxAnswered, &reply),
        }
        // A call that loses its carrier in the middle of a command is over all the same.
        if reply.result() == Some(&ResultCode::NoCarrier)
            && matches!(
                self.call.as_ref().map(|call| &call.phase),
                Some(Phase::OffHook | Phase::Voice { .. } | Phase::Answering)
            )
        {
            self.end_call(now, EndReason::CallerGone);
        }
    }

    fn handle_line(&mut self, now: Instant, line: &[u8], cut: bool) {
        let off_hook = self.is_off_hook();
        // The rest of a caller ID may still come while the call is being answered.
        let speaking = matches!(
            self.call.as_ref().map(|call| &call.phase),
            Some(Phase::OffHook | Phase::Voice { .. } | Phase::Listening { .. })
        );
        let collector = if speaking { &mut self.knocking } else { &mut self.collector };
        if collector.handle_line(now, line, cut) {
            return;
        }
        match self.dialogue.unsolicited(line) {
            Some(ResultCode::Ring(pattern)) => self.handle_ring(now, pattern),
            Some(ResultCode::RingOn(_)) => self.handle_ring(now, None),
            Some(ResultCode::RingOff(_)) => {}
            Some(ResultCode::NoCarrier | ResultCode::Busy | ResultCode::NoDialTone) if off_hook => {
                if matches!(
                    self.call.as_ref().map(|call| &call.phase),
                    Some(Phase::OffHook | Phase::Voice { .. } | Phase::Fax)
                ) {
                    self.end_call(now, EndReason::CallerGone);
                }
            }
            _ => {
                collector.handle_foreign_line(line);
                log::debug!("{}: unknown line {}", self.set.line, line[..line.len().min(80)].escape_ascii());
            }
        }
    }

    /// True while the line is taken by us.
    fn is_off_hook(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.phase != Phase::Ringing)
    }

    fn handle_voice(&mut self, now: Instant, event: VoiceEvent) {
        self.phones_move(now, event);
        match event {
            VoiceEvent::Ring => self.handle_ring(now, None),
            _ => self.handle_voice_event(now, event),
        }
    }

    fn handle_command(&mut self, now: Instant, command: LineCommand) {
        if self.stage == Stage::Opening && !matches!(command, LineCommand::ShutDown | LineCommand::Inform) {
            self.keep_for_later(command);
            return;
        }
        match command {
            LineCommand::ShutDown => {
                self.shutting_down = true;
                match self.call.as_ref().map(|call| &call.phase) {
                    None | Some(Phase::Ringing) => self.finish(now),
                    Some(Phase::Rejecting { .. } | Phase::Ending { .. }) => {}
                    Some(Phase::Listening { .. }) => self.end_listening(now),
                    Some(_) => self.end_call(now, EndReason::HungUp),
                }
            }
            LineCommand::Inform => {
                if self.stage == Stage::Ready {
                    self.report(LineEvent::Up(self.info()));
                }
            }
            LineCommand::CheckUp => self.check_up(now),
            LineCommand::HangUp => self.hang_up(now),
            LineCommand::Answer => self.answer(now),
            LineCommand::AnswerFax { at_most } => self.answer_fax(now, at_most),
            LineCommand::Dial { .. } => self.dial(now, command),
            LineCommand::ListenIn { clicks, at_most } => self.listen_in(now, clicks, at_most),
            LineCommand::BarNumber { .. } => self.refuse(command, "a modem has no deny book of its own"),
            other => self.talk(now, other),
        }
    }

    fn keep_for_later(&mut self, command: LineCommand) {
        if self.later.len() < MAX_LATER {
            self.later.push_back(command);
        } else {
            self.refuse(command, "too many commands wait");
        }
    }
}
