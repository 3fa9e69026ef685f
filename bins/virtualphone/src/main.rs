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
    callblock::end_when_nobody_reads();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(e) => {
            // Help is no mistake.
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { callblock::Failure::USAGE } else { 0 });
        }
    };
    match commands::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report_as("virtualphone"),
    }
}
