//! Guards telephone lines; see `callblock help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    callblock::end_when_nobody_reads();
    let args = match callblock::Args::from_words(std::env::args_os()) {
        Ok(args) => args,
        Err(e) => {
            // Help is no mistake.
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { callblock::Failure::USAGE } else { 0 });
        }
    };
    match callblock::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
