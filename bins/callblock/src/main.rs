//! Guards telephone lines; see `callblock help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = callblock::Args::from_words(std::env::args_os()).unwrap_or_else(|e| e.exit());
    match callblock::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
