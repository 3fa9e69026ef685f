#![doc = include_str!("../README.md")]

pub mod caller_id;
pub mod dialogue;
pub mod framer;
pub mod gsm;
pub mod profile;
pub mod result;
pub mod voice;

pub use caller_id::{CallerId, CallerIdCollector, CallerIdEvent};
pub use dialogue::{Command, Dialogue, Event, Expect, Outcome, Output, Reply};
pub use framer::{Frame, Framer};
pub use profile::ModemProfile;
pub use result::ResultCode;
pub use voice::{VoiceDecoder, VoiceEvent, VoicePiece};
