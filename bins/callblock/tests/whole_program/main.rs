//! The whole program on a simulated modem: every action heard by the caller, every fault survived, pycallblock's
//! command line, signals and reloads.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test")]
#![cfg(unix)]

mod actions;
mod demo;
mod faults;
mod first_ring;
mod house;
mod log_trouble;
mod pycallblock;
mod running;
mod telegram;
