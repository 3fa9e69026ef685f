//! Pressed keys: dual-tone multi-frequency digits.

mod bank;
mod receiver;

pub use receiver::{DigitEvent, DtmfReceiver, DtmfSettings};

/// The digits, by row (697, 770, 852, 941 Hz) and column (1209, 1336, 1477, 1633 Hz).
pub const DIGITS: [char; 16] =
    ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];
