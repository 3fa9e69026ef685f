//! What the guard learns during a call: a number for the deny list, or one to let through for a time.

use std::time::Duration;

use call_event::IncomingCall;
use phone_number::{Caller, ShownNumber};

/// A change to the guard's own lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The number.
    pub number: ShownNumber,
    /// What to call it: the name that the line showed, or nothing.
    pub name: String,
    /// `true` for the allow list, `false` for the deny list.
    pub allow: bool,
    /// For how long; `None` for good.
    pub lasts: Option<Duration>,
    /// Who says so: `star key`, `challenge`, `web` ...
    pub by: &'static str,
}

impl Learned {
    /// Never let this caller ring again. `None` if the line showed no number to go by, or one that cannot
    /// be trusted: jcblock enters names then, and blocks every "Unknown" from there on.
    pub fn deny(call: &IncomingCall, by: &'static str) -> Option<Self> {
        Self::of(call, false, None, by)
    }

    /// Let this caller ring, for a time or for good.
    pub fn allow(call: &IncomingCall, lasts: Option<Duration>, by: &'static str) -> Option<Self> {
        Self::of(call, true, lasts, by)
    }

    fn of(call: &IncomingCall, allow: bool, lasts: Option<Duration>, by: &'static str) -> Option<Self> {
        if call.suspect.is_some() {
            return None;
        }
        let number = call.caller.as_ref().and_then(Caller::number)?.clone();
        let name = call.name.as_ref().map(|n| n.as_str().to_owned()).unwrap_or_default();
        Some(Self { number, name, allow, lasts, by })
    }
}
