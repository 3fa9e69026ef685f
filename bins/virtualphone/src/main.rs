//! The virtual phone; see `virtualphone help`.

mod args;
mod commands;
mod config;
mod fritz_books;
mod lists;
mod setup;
mod spammers;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match commands::run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report_as("virtualphone"),
    }
}
