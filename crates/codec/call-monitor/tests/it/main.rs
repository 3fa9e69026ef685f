//! Lines as boxes send them, and as they should not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod any_bytes;
mod calls;
mod known_lines;

/// The lines that people published.
const PUBLISHED: &str = include_str!("../../../../../fixtures/fritz-box/call-monitor.log");

fn published() -> impl Iterator<Item = &'static [u8]> {
    PUBLISHED.lines().filter_map(|line| call_monitor::log_line(line.as_bytes()))
}
