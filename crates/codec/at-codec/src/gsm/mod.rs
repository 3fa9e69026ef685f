//! GSM modems: what they say of calls, network and messages, and SMS as PDUs.
//!
//! Values only: bytes in, values out, and back. Nothing here fails on what a stranger sends; what is not
//! understood is kept as it came or refused by name.

mod address;
mod alphabets;
mod coding;
mod compose;
mod fields;
mod header;
mod parts;
mod pdu;
mod reply;
mod report;
mod septet;
mod stamp;
mod talk;

pub use address::Address;
pub use coding::{Coding, Encoding};
pub use compose::Composer;
pub use header::{Header, Part};
pub use parts::{Joined, Parts, Taken};
pub use pdu::{Content, Deliver, Encoded, Pdu, PduError, StatusReport, Submit, from_hex, to_hex};
pub use reply::{
    Final, StoredHeader, allows, choices, operator, own_number, sent_reference, store_usage, time_limit,
};
pub use report::{CallEntry, CallState, Network, RegistrationLine, Report, Shown, Sim, Ussd};
pub use septet::{Alphabet, pack, unpack};
pub use stamp::{Timestamp, Validity};
pub use talk::{Ask, AskId, Heard, Outcome, Talk, TalkOutput};
