//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A mobile line that filters, forwards and joins calls, sends and receives SMS, and is run from Telegram.
#[derive(Debug, Parser)]
#[command(name = "virtualphone", version)]
pub(crate) struct Args {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder with contacts, lists, log and state.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Say every step; twice: everything that the stick says.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take calls and SMS until stopped.
    Run,
    /// Write a commented configuration into the folder.
    Init {
        /// Write to the terminal instead.
        #[arg(long)]
        print: bool,
        /// Replace a configuration that is there.
        #[arg(long)]
        force: bool,
    },
    /// Check the configuration: file, line, key, and what to do.
    CheckConfig,
    /// A joined call, a rejected spammer and an SMS each way, without stick, SIM or network.
    Demo,
    /// Make a configuration of the environment variables of virtualphone.py.
    Import {
        /// A file of `export NAME='value'` lines, such as ~/.bashrc; without one, this environment is read.
        file: Option<PathBuf>,
        /// Write it here instead of to the terminal; the secrets go beside it, readable by you alone.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Hash a password for temporary owners, read from the first line of standard input.
    Password,
    /// Send a command to the running phone, such as "getmasterphone" or "call +4930...".
    Send {
        /// The command and what belongs to it.
        #[arg(required = true)]
        words: Vec<String>,
        /// The answer as JSON: `command`, `answer`.
        #[arg(long)]
        json: bool,
    },
    /// Send an SMS through the running phone.
    Sms {
        /// To whom.
        number: String,
        /// What.
        #[arg(required = true)]
        text: Vec<String>,
        /// The answer as JSON: `command`, `answer`.
        #[arg(long)]
        json: bool,
    },
    /// Connect a telephone with a number through the running phone.
    Call {
        /// With whom.
        number: String,
        /// The telephone; the master phone if not given.
        from: Option<String>,
        /// The answer as JSON: `command`, `answer`.
        #[arg(long)]
        json: bool,
    },
    /// List the contacts, or those with this text in their name, and what cannot be read.
    Contacts {
        /// Part of a name.
        part: Option<String>,
        /// As JSON, a line each.
        #[arg(long)]
        json: bool,
    },
    /// Say who takes a call from a number at a time, and why.
    Calendar {
        /// The caller; `withheld` for a hidden number.
        number: String,
        /// When: `2026-12-24 18:30` or RFC 3339; now if not given.
        #[arg(long)]
        at: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Install, show or remove the service.
    Service {
        /// What to do with it.
        #[command(subcommand)]
        what: ServiceCommand,
    },
}

/// What is done with the service.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Install and start it.
    Install {
        /// Show what would be written instead.
        #[arg(long)]
        print: bool,
    },
    /// How it fares.
    Status,
    /// Stop and remove it; contacts, log and configuration stay.
    Remove,
}
