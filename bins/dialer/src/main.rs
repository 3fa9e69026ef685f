//! Places calls through a voice modem; see `dialer help`.

mod args;
mod batch;
mod call;
mod device;
mod hours;
mod outcome;
mod run;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { outcome::USAGE } else { 0 });
        }
    };
    match run::run(args) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}
