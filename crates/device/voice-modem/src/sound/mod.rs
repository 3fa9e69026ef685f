//! Sound between the modem's form and samples.

mod encoding;
mod listener;
mod transmitter;

pub(crate) use encoding::Coder;
pub(crate) use listener::{Heard, Listener};
pub(crate) use transmitter::Transmitter;
