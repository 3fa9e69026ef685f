#![doc = include_str!("../README.md")]

mod already_guarded;
mod answers;
mod args;
pub mod commands;
pub mod config;
mod failure;
mod fritz_line;
pub mod guarding;
mod home;
mod housekeeping;
pub mod journal;
mod lines;
mod looking_up;
mod nobody_reads;
mod screening;
mod service_manager;
mod sites;
mod telling;
#[cfg(feature = "web")]
mod web_house;

pub use args::{Args, Command, Global};
pub use failure::Failure;
pub use home::Home;
pub use nobody_reads::end_when_nobody_reads;

/// Runs the command that was asked for.
///
/// # Errors
///
/// What went wrong, with the remedy and the exit code.
pub fn run(args: Args) -> Result<(), Failure> {
    commands::run(args)
}
