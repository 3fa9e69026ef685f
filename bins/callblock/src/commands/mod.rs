//! One file a command: its options and what it does. Behaviour lives in the libraries.

pub mod completions;
mod man;
pub mod simulate;

use crate::args::Command;
use crate::{Args, Failure};

/// Runs the command that was asked for.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Completions(options) => completions::run(&options),
        Command::Man => man::run(),
        Command::Simulate(options) => simulate::run(options),
    }
}
