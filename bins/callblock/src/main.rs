//! Guards telephone lines; see `callblock help`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = callblock::Args::parse();
    match callblock::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
