//! The command line. Each command's own options stand beside the command, in `commands/`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands;

/// Guards your telephone lines: sees who calls, decides before the second ring, acts, and remembers.
#[derive(Debug, Parser)]
#[command(name = "callblock", version, propagate_version = true)]
pub struct Args {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder with the log, the lists, the sounds and the recordings.
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the completions for a shell.
    Completions(commands::completions::Options),
    /// Print the manual page.
    Man,
    /// Simulate a device, for trying things out and for testing other programs.
    Simulate(commands::simulate::Options),
}
