//! Every action and every fault, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test")]

mod actions;
mod faults;
mod lamp;
mod line;
mod star_key;
mod voice;
mod watchdog;
