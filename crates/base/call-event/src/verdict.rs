//! Whether a call may ring, what is done with it, and why.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// May it ring?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The telephone rings.
    Ring,
    /// The call is dealt with by the guard.
    Block,
}

/// What is done with a call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Let it ring; after that many rings the voice mail takes it.
    Ring {
        /// `None`: for as long as the caller likes.
        rings: Option<u32>,
    },
    /// Answer and hang up at once.
    HangUp,
    /// Answer as a fax machine.
    Fax,
    /// Play a sound and hang up. Without a file: the "number not in service" tones.
    Message(Option<PathBuf>),
    /// Record the caller for at most that long.
    Record(Duration),
    /// Send sound for at most that long; pressed digits are heard.
    Transmit(Duration),
    /// Record and send at once for at most that long.
    Duplex(Duration),
    /// Greet, beep, and record a message.
    VoiceMail,
    /// Ask the caller to press this digit; who does may ring, now and for a time.
    Challenge {
        /// The digit that opens the way.
        digit: char,
    },
    /// Keep the caller busy with phrases.
    KeepBusy,
    /// Forward to another number.
    Forward(Box<str>),
    /// Enter the number in the box's deny book, so that it rings no more from then on.
    Bar,
}

impl Action {
    /// Whether the telephone rings under this action.
    pub fn decision(&self) -> Decision {
        match self {
            Self::Ring { .. } | Self::Forward(_) => Decision::Ring,
            _ => Decision::Block,
        }
    }

    /// The word that configuration, log and `--json` use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ring { .. } => "ring",
            Self::HangUp => "hang-up",
            Self::Fax => "fax",
            Self::Message(_) => "message",
            Self::Record(_) => "record",
            Self::Transmit(_) => "transmit",
            Self::Duplex(_) => "duplex",
            Self::VoiceMail => "voice-mail",
            Self::Challenge { .. } => "challenge",
            Self::KeepBusy => "keep-busy",
            Self::Forward(_) => "forward",
            Self::Bar => "bar",
        }
    }
}

/// Which stage of the screening decided, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// An emergency call-back, or the one call that was announced.
    Permit,
    /// An allow list.
    Allow,
    /// A deny list.
    Deny,
    /// A rule.
    Rule,
    /// What others know of the number.
    Lookup,
    /// Nothing else decided.
    Default,
}

impl Stage {
    /// The word that log and `--json` use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Rule => "rule",
            Self::Lookup => "lookup",
            Self::Default => "default",
        }
    }
}

/// Why a verdict fell as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The stage that decided.
    pub stage: Stage,
    /// The rule, the list entry (`blacklist.csv:17`) or the look-up that decided; stable enough to count by.
    pub rule: Arc<str>,
    /// One sentence for people.
    pub text: Arc<str>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is done with a call, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    /// May it ring?
    pub fn decision(&self) -> Decision {
        self.action.decision()
    }
}
