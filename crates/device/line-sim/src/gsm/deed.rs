//! What may be done to a simulated stick, as a person types it; and what is seen, as a person reads it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::stick::{Fault, Seen, Subscriber};

/// What may be done to a simulated stick.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// Somebody calls; `None` withholds the number.
    Call(Option<String>),
    /// The called number answers.
    Answer(String),
    /// That number hangs up.
    HangUp(String),
    /// Somebody on a call presses a digit.
    Digit(char),
    /// Somebody sends a message; these parts of it never arrive.
    Sms {
        /// From whom: a number or a word.
        from: String,
        /// What.
        text: String,
        /// The parts that are lost, from 1.
        lost: Vec<u8>,
    },
    /// What a number does when it is called.
    Subscriber(String, Subscriber),
    /// The signal, 0 to 31 or 99.
    Signal(u8),
    /// The network's status as `+CREG` numbers it.
    Network(u8),
    /// Something breaks or is mended.
    Fault(Fault),
    /// Pulled out.
    Unplug,
    /// Plugged in again.
    PlugIn,
    /// The end.
    Stop,
}

impl Deed {
    /// The words that [`Deed::from_str`] knows, for a person.
    pub const WORDS: &'static str = "\
call NUMBER | call withheld      somebody calls
answer NUMBER                    the called number answers
hangup NUMBER                    that number hangs up
press DIGIT                      somebody on a call presses a digit
sms FROM TEXT                    somebody sends a message
number NUMBER answers|busy|refuses|silent|unknown
signal 0-31                      how strong the network is
network 0-11                     1 at home, 2 looking, 3 refused, 5 roaming
fault hang|silent|no-prompt|keeps-calls|sms|garbage|none
unplug | plug                    the stick is pulled out, and plugged in again
stop                             the end";
}

impl FromStr for Deed {
    type Err = String;

    /// Reads one line; the error says what could stand there.
    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("{line:?} is not understood; write one of:\n{}", Self::WORDS);
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let number = || (!rest.is_empty()).then(|| rest.to_owned()).ok_or_else(wrong);
        Ok(match word {
            "call" if rest == "withheld" => Self::Call(None),
            "call" => Self::Call(Some(number()?)),
            "answer" => Self::Answer(number()?),
            "hangup" => Self::HangUp(number()?),
            "press" => Self::Digit(rest.chars().next().ok_or_else(wrong)?),
            "sms" => {
                let (from, text) = rest.split_once(' ').ok_or_else(wrong)?;
                Self::Sms { from: from.into(), text: text.trim().into(), lost: Vec::new() }
            }
            "number" => {
                let (number, does) = rest.split_once(' ').ok_or_else(wrong)?;
                let soon = Duration::from_secs(2);
                let does = match does.trim() {
                    "answers" => Subscriber::Answers(soon),
                    "busy" => Subscriber::Busy,
                    "refuses" => Subscriber::Refuses(soon),
                    "silent" => Subscriber::Silent,
                    "unknown" => Subscriber::Unknown,
                    _ => return Err(wrong()),
                };
                Self::Subscriber(number.into(), does)
            }
            "signal" => Self::Signal(rest.parse().map_err(|_| wrong())?),
            "network" => Self::Network(rest.parse().map_err(|_| wrong())?),
            "fault" => Self::Fault(match rest {
                "hang" => Fault::Hang,
                "silent" => Fault::SilentEvents,
                "no-prompt" => Fault::NoPrompt,
                "keeps-calls" => Fault::KeepsCalls,
                "sms" => Fault::SmsFails(500),
                "garbage" => Fault::Garbage,
                "none" => Fault::None,
                _ => return Err(wrong()),
            }),
            "unplug" => Self::Unplug,
            "plug" => Self::PlugIn,
            "stop" => Self::Stop,
            _ => return Err(wrong()),
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dialled(number) => write!(f, "dialled {number}"),
            Self::Answered(number) => write!(f, "answered {number}"),
            Self::Held(number, true) => write!(f, "held {number}"),
            Self::Held(number, false) => write!(f, "taken back {number}"),
            Self::Joined(numbers) => write!(f, "joined {}", numbers.join(" ")),
            Self::Ended(number, true) => write!(f, "ended by the stick {number}"),
            Self::Ended(number, false) => write!(f, "ended {number}"),
            Self::Digit(number, digit) => write!(f, "digit {digit} to {number}"),
            Self::Sms { to, text } => write!(f, "sms to {to}: {}", text.escape_debug()),
            Self::Ussd(code) => write!(f, "ussd {code}"),
            Self::PinTried { right: true } => f.write_str("pin right"),
            Self::PinTried { right: false } => f.write_str("pin wrong"),
        }
    }
}
