//! `callblock completions`: words for the shell's tab key.

use clap::CommandFactory as _;

use super::log::place::print;
use crate::{Args, Failure};

/// Options of `callblock completions`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Prints the completions.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut words = Vec::new();
    clap_complete::generate(options.shell, &mut Args::command(), "callblock", &mut words);
    print(|out| out.write_all(&words))
}
