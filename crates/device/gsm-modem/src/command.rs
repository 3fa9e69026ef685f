//! What a GSM modem is asked to do.

use std::time::Duration;

use crate::{LegId, SmsId};

/// What a GSM modem is asked to do. Done in the order given. One that cannot be done is answered by
/// [`GsmEvent::Refused`](crate::GsmEvent::Refused), or by the event that its own words name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GsmCommand {
    /// Place a call. A call that is on is put on hold first. Its legs carry the tag;
    /// [`GsmEvent::DialFailed`](crate::GsmEvent::DialFailed) if there never is a leg.
    Dial {
        /// The digits, with `+` for the international prefix.
        number: Box<str>,
        /// Hide (`true`) or show (`false`) the own number; `None` leaves it to the SIM.
        hide_own_number: Option<bool>,
        /// For telling apart what this call's legs are.
        tag: u32,
    },
    /// Answer a call that rings, or one that waits (the call that is on is put on hold).
    Answer(LegId),
    /// Reject a call that rings or waits, so that the caller hears busy.
    Reject(LegId),
    /// End one call and leave the others.
    HangUp(LegId),
    /// End every call.
    HangUpAll,
    /// Put the active calls on hold and take back the held ones, if there are any.
    Swap,
    /// Put every call but this one on hold, splitting it off a joined call.
    Split(LegId),
    /// Join the held and the active calls into one.
    Join,
    /// Join the held and the active calls and leave them to each other, where the network can.
    Transfer,
    /// Send digits to the active call: `0-9 A-D * #`, `,` for a pause of a second.
    Digits(Box<str>),
    /// Send an SMS, in parts if it is long.
    SendSms {
        /// The number.
        to: Box<str>,
        /// The text, at most 255 parts long.
        text: Box<str>,
        /// Comes back in [`SmsSent`](crate::GsmEvent::SmsSent), [`SmsFailed`](crate::GsmEvent::SmsFailed) and
        /// [`SmsReport`](crate::GsmEvent::SmsReport).
        reference: u64,
    },
    /// A received SMS is safe; the stick may delete it. One that is not kept comes again after the next
    /// [`GsmEvent::Up`](crate::GsmEvent::Up).
    SmsKept(SmsId),
    /// Send a USSD code such as `*100#`, or the answer that the network waits for.
    Ussd(Box<str>),
    /// End a USSD dialogue.
    UssdCancel,
    /// Send a command as it stands and report its answer as [`GsmEvent::Raw`](crate::GsmEvent::Raw).
    /// It can do anything, so offer it to nobody but the owner.
    Raw(Box<str>),
    /// Show each line to and from the stick, or no longer.
    ShowLines(bool),
    /// Ask for the calls, the signal and the network now.
    Inform,
    /// End every call at most that late and stop the thread.
    ShutDown {
        /// How long ending the calls may take.
        within: Duration,
    },
}
