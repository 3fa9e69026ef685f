//! One call, from the first digit to on-hook.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use call_event::{CallId, EndReason, LineCommand, LineEvent, Sound, VoiceMode};
use crossbeam_channel::{Receiver, RecvTimeoutError, after, never, select};
use voice_modem::Line;

use crate::args::Content;
use crate::outcome::{DATA, Failure, NO_INPUT, Outcome, Report, UNAVAILABLE};

/// The modem gets so long to bring a call on-hook that is to end.
const END_WITHIN: Duration = Duration::from_secs(15);

/// What is done in a call.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) number: String,
    pub(crate) content: Content,
}

impl Plan {
    /// Looks whether it can be done at all, before anybody's telephone rings.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if !self.number.contains(|c: char| c.is_ascii_digit()) {
            return Err(Failure::new(DATA, format!("{:?} is no number that can be dialled", self.number)));
        }
        self.content.play.iter().try_for_each(|file| check_sound(file))
    }

    fn own_number(&self) -> Option<bool> {
        match (self.content.hide_own_number, self.content.show_own_number) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    fn sends(&self) -> bool {
        !self.content.play.is_empty() || self.content.digits.is_some()
    }
}

fn check_sound(file: &Path) -> Result<(), Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::new(NO_INPUT, format!("{}: {e}", file.display()));
    let opened = std::fs::File::open(file).map_err(|e| failed(&e))?;
    hound::WavReader::new(opened).map(drop).map_err(|e| failed(&e))
}

/// A call that is on.
struct Call<'a> {
    line: &'a Line,
    plan: &'a Plan,
    id: CallId,
    report: Report,
    answered: bool,
    /// The call is told to end by then at the latest.
    ending: bool,
    /// When the present state has lasted long enough.
    deadline: Option<Instant>,
}

/// Places a call and does what is planned; `stop` ends it on-hook.
pub(crate) fn place(line: &Line, plan: &Plan, stop: &Receiver<()>) -> Result<Report, Failure> {
    let id = CallId::next();
    let mut call = Call {
        line,
        plan,
        id,
        report: Report::new(&plan.number),
        answered: false,
        ending: false,
        deadline: Some(Instant::now() + plan.content.ring_for),
    };
    call.command(LineCommand::Dial {
        number: plan.number.clone().into(),
        hide_own_number: plan.own_number(),
        call: id,
    });
    // Once answered, something may have to wait before it is sent.
    let mut pause = never();
    let mut stop = stop;
    let not_again = never();
    loop {
        let left = call.deadline.map_or(Duration::MAX, |d| d.saturating_duration_since(Instant::now()));
        let event = select! {
            recv(line.events) -> event => event.map_err(|_| RecvTimeoutError::Disconnected),
            recv(pause) -> _ => {
                pause = never();
                call.begin();
                continue;
            }
            recv(stop) -> _ => {
                stop = &not_again;
                call.report.stopped = true;
                call.end();
                continue;
            }
            default(left) => Err(RecvTimeoutError::Timeout),
        };
        match event {
            Ok(LineEvent::Answered { call: of }) if of == id => {
                call.answered = true;
                call.deadline = Some(Instant::now() + plan.content.limit);
                pause = after(plan.content.after);
            }
            Ok(event) => {
                if call.handle(event) {
                    return Ok(call.report);
                }
            }
            Err(RecvTimeoutError::Timeout) if call.ending => {
                return Err(Failure::new(UNAVAILABLE, "the modem did not bring the line on-hook; unplug it"));
            }
            Err(RecvTimeoutError::Timeout) => call.end(),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::new(UNAVAILABLE, "the modem's line stopped"));
            }
        }
    }
}

impl Call<'_> {
    fn command(&self, command: LineCommand) {
        // A line that is gone shows by its events.
        let _ = self.line.commands.send(command);
    }

    fn end(&mut self) {
        if !self.ending {
            self.ending = true;
            self.deadline = Some(Instant::now() + END_WITHIN);
            self.command(LineCommand::HangUp);
        }
    }

    /// Answered: sends and records what is planned.
    fn begin(&mut self) {
        if self.ending {
            return;
        }
        let content = &self.plan.content;
        let record_to: Option<PathBuf> = content.record.clone();
        let mode = match (self.plan.sends(), record_to.is_some()) {
            (false, false) => return self.end(),
            (true, false) => VoiceMode::Transmit,
            (false, true) => VoiceMode::Record,
            (true, true) => VoiceMode::Duplex,
        };
        self.command(LineCommand::Voice { mode, record_to, at_most: content.limit });
        if let Some(digits) = &content.digits {
            self.command(LineCommand::SendDigits(digits.as_str().into()));
        }
        for file in &content.play {
            self.command(LineCommand::Play(Sound::File(file.clone())));
        }
    }

    /// Takes note of what happened; true once the call is over.
    fn handle(&mut self, event: LineEvent) -> bool {
        match event {
            LineEvent::Digit { call, digit } if call == self.id => self.report.digits.push(digit),
            // While we record, the other side may have something to say.
            LineEvent::Played { call } if call == self.id && self.plan.content.record.is_none() => self.end(),
            LineEvent::Recorded { call, length, .. } if call == self.id => {
                self.report.recorded_seconds = Some(length.as_secs_f64());
            }
            LineEvent::Ended { call, reason, answered_for } if call == self.id => {
                self.report.outcome = if self.report.stopped && !self.answered {
                    Outcome::Stopped
                } else {
                    Outcome::of(&reason, self.answered)
                };
                self.report.ended = reason.to_string();
                self.report.answered_for(answered_for);
                return true;
            }
            LineEvent::Down { reason, .. } => {
                self.report.outcome = Outcome::of(&EndReason::DeviceLost(reason.clone()), self.answered);
                self.report.ended = reason.into();
                return true;
            }
            LineEvent::Refused { command, reason } => {
                self.report.refused.push(format!("{}: {reason}", what(&command)));
                match *command {
                    LineCommand::Dial { .. } => {
                        self.report.outcome = Outcome::Rejected;
                        self.report.ended = reason.into();
                        return true;
                    }
                    LineCommand::HangUp => {}
                    _ => self.end(),
                }
            }
            _ => {}
        }
        false
    }
}

fn what(command: &LineCommand) -> &'static str {
    match command {
        LineCommand::Dial { .. } => "dial",
        LineCommand::Play(_) => "play",
        LineCommand::SendDigits(_) => "send digits",
        LineCommand::Voice { .. } => "let sound flow",
        LineCommand::HangUp => "hang up",
        _ => "command",
    }
}
