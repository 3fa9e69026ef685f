//! `callblock completions`: words for the shell's tab key.

use clap::CommandFactory as _;

use crate::{Args, Failure};

/// Options of `callblock completions`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Prints the completions.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    clap_complete::generate(options.shell, &mut Args::command(), "callblock", &mut std::io::stdout());
    Ok(())
}
