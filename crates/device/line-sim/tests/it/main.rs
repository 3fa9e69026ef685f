//! The simulated devices as a program on their ports sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod calls;
mod dialogue;
mod port;
mod virtual_time;
