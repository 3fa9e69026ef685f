//! What the box says when it does not do something.

use std::fmt;

/// A fault of a TR-064 action: its number, and the box's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The number, see [`Fault::meaning`].
    pub code: u16,
    /// The box's words.
    pub words: Box<str>,
}

impl Fault {
    /// The action is unknown, or the user may not use it.
    pub const INVALID_ACTION: u16 = 401;
    /// An entry or book at a position that does not exist, or in a book that is kept elsewhere.
    pub const INVALID_INDEX: u16 = 713;
    /// What was looked for is not there.
    pub const NO_ENTRY: u16 = 714;
    /// The box had an error of its own.
    pub const INTERNAL: u16 = 820;
    /// The action needs a second factor.
    pub const SECOND_FACTOR_NEEDED: u16 = 866;
    /// The second factor is blocked for now.
    pub const SECOND_FACTOR_BLOCKED: u16 = 867;
    /// Somebody else is confirming something just now.
    pub const SECOND_FACTOR_BUSY: u16 = 868;

    /// What the number means for a person, with the remedy.
    pub fn meaning(&self) -> Option<&'static str> {
        Some(match self.code {
            Self::INVALID_ACTION => "the box does not know this action, or the user has no right to it",
            402 => "the box did not understand the arguments",
            606 => {
                "the user lacks the right; in the box, under System > FRITZ!Box Users, give it \"voice messages, fax \
                 messages, FRITZ!App Fon and the call list\""
            }
            Self::INVALID_INDEX => {
                "there is no such phone book or entry, or the book is a copy of one that is kept elsewhere"
            }
            Self::NO_ENTRY => "there is no such entry",
            803 => "a character that the box does not take",
            Self::INTERNAL => "the box had an error of its own; try again later",
            Self::SECOND_FACTOR_NEEDED => {
                "the box wants this confirmed at one of its own keys, telephones or by an app (second factor)"
            }
            Self::SECOND_FACTOR_BLOCKED => {
                "confirming by a second factor is blocked for a while, after too many tries; wait an hour"
            }
            Self::SECOND_FACTOR_BUSY => {
                "the box waits for another confirmation; finish that one or wait a minute"
            }
            _ => return None,
        })
    }

    /// Whether trying again later may help.
    pub fn may_pass(&self) -> bool {
        matches!(self.code, Self::INTERNAL | Self::SECOND_FACTOR_BUSY | Self::SECOND_FACTOR_BLOCKED)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "{meaning} (error {}: {})", self.code, self.words),
            None => write!(f, "error {}: {}", self.code, self.words),
        }
    }
}
