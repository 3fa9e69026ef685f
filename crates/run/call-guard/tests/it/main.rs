//! Every action and every fault, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod actions;
mod faults;
mod line;
mod star_key;
mod voice;
