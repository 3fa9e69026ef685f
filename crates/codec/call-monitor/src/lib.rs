#![doc = include_str!("../README.md")]

mod extension;
mod framer;
mod line;
mod parse;
mod raw_log;
mod redact;
mod score_log;
mod stamp;
mod track;

pub use extension::Extension;
pub use framer::LineFramer;
pub use line::{Entry, Event, Line, Text};
pub use parse::parse;
pub use raw_log::{LogFiles, log_line, to_log_line};
pub use redact::redact_line;
pub use score_log::{Method, Rate, ScoreEntry};
pub use stamp::{Date, Stamp};
pub use track::{Call, CallTracker, Change, Direction, End};
