//! How calls end, and with which exit code.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use call_event::EndReason;
use serde::Serialize;

/// Wrong use of the command line.
pub(crate) const USAGE: u8 = 64;
/// Wrong input data.
pub(crate) const DATA: u8 = 65;
/// An input file is missing.
pub(crate) const NO_INPUT: u8 = 66;
/// No modem.
pub(crate) const UNAVAILABLE: u8 = 69;
/// Reading or writing failed.
pub(crate) const IO: u8 = 74;
/// Some numbers of a list were not reached.
pub(crate) const SOME_NOT_REACHED: u8 = 20;
/// Stopped by Ctrl-C.
pub(crate) const STOPPED: u8 = 130;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Somebody or something answered.
    Answered,
    /// Busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// No dial tone.
    NoDialTone,
    /// The network or the modem rejected it.
    Rejected,
    /// The modem was lost.
    ModemLost,
    /// Stopped by the user before it was answered.
    Stopped,
}

impl Outcome {
    /// The outcome of a call that ended for this reason.
    pub(crate) fn of(reason: &EndReason, answered: bool) -> Self {
        match reason {
            EndReason::DeviceLost(_) => Self::ModemLost,
            _ if answered => Self::Answered,
            EndReason::Busy => Self::Busy,
            EndReason::NoDialTone => Self::NoDialTone,
            EndReason::Rejected => Self::Rejected,
            _ => Self::NoAnswer,
        }
    }

    /// The exit code of `dialer call`.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Answered => 0,
            Self::Busy => 10,
            Self::NoAnswer => 11,
            Self::NoDialTone => 12,
            Self::Rejected => 13,
            Self::ModemLost => 14,
            Self::Stopped => STOPPED,
        }
    }

    /// Whether another try may end differently.
    pub(crate) fn is_worth_another_try(self) -> bool {
        matches!(self, Self::Busy | Self::NoAnswer | Self::ModemLost | Self::NoDialTone)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::NoDialTone => "no-dial-tone",
            Self::Rejected => "rejected",
            Self::ModemLost => "modem-lost",
            Self::Stopped => "stopped",
        })
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// The number.
    pub(crate) number: String,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// Why it was over, in words.
    pub(crate) ended: String,
    /// How long it was answered, in seconds.
    pub(crate) answered_seconds: f64,
    /// The digits that the other side pressed.
    pub(crate) digits: String,
    /// How much was recorded, in seconds.
    pub(crate) recorded_seconds: Option<f64>,
    /// What could not be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refused: Vec<String>,
    /// The user stopped it.
    #[serde(skip)]
    pub(crate) stopped: bool,
}

impl Report {
    /// A call of which nothing is known yet.
    pub(crate) fn new(number: &str) -> Self {
        Self {
            number: number.into(),
            outcome: Outcome::NoAnswer,
            ended: String::new(),
            answered_seconds: 0.0,
            digits: String::new(),
            recorded_seconds: None,
            refused: Vec::new(),
            stopped: false,
        }
    }

    /// Enters how long it was answered.
    pub(crate) fn answered_for(&mut self, time: Duration) {
        self.answered_seconds = (time.as_secs_f64() * 1000.0).round() / 1000.0;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number, self.outcome)?;
        if self.outcome == Outcome::Answered {
            write!(f, ", {:.1} s, {}", self.answered_seconds, self.ended)?;
        }
        if !self.digits.is_empty() {
            write!(f, ", pressed {}", self.digits)?;
        }
        if let Some(seconds) = self.recorded_seconds {
            write!(f, ", recorded {seconds:.1} s")?;
        }
        for refused in &self.refused {
            write!(f, "; not done: {refused}")?;
        }
        Ok(())
    }
}

/// Why the program could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    pub(crate) fn new(code: u8, text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), code }
    }

    /// Tells the user and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("dialer: {}", self.text);
        ExitCode::from(self.code)
    }
}
