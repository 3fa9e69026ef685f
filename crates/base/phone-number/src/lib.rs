#![doc = include_str!("../README.md")]

mod caller;
mod redact;

pub use caller::{Caller, ShownNumber};
pub use redact::redact;
