//! One file a command: its options and what it does. Behaviour lives in the libraries.

pub mod check;
pub mod check_config;
pub mod completions;
pub mod demo;
pub mod fritz;
pub mod import;
pub mod init;
pub mod list;
pub mod lists_given;
pub mod log;
pub mod lookup;
mod man;
pub mod messages;
pub mod modem;
pub mod notify;
pub mod numbers;
mod progress;
pub mod replay;
pub mod run;
pub mod service;
pub mod simulate;
pub mod sound;
pub mod stats;
pub mod status;
#[cfg(feature = "web")]
pub mod web;

use crate::args::Command;
use crate::{Args, Failure};

/// Runs the command that was asked for.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let global = args.global;
    match args.command {
        Command::Run(options) => run::run(&global, &options),
        Command::Demo(options) => demo::run(&global, &options),
        Command::Import(options) => import::run(&global, &options),
        Command::Service(options) => service::run(&options),
        Command::Init(options) => init::run(&global, &options),
        Command::CheckConfig(options) => check_config::run(&global, &options),
        Command::Check(options) => check::run(&global, &options),
        Command::List(options) => list::run(&global, options),
        Command::Numbers(options) => numbers::run(&global, options),
        Command::Replay(options) => replay::run(&global, &options),
        Command::Status(options) => status::run(&global, &options),
        Command::Tell(options) => status::tell(&global, options),
        Command::Sound(options) => sound::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Log(options) => log::run(&global, *options),
        Command::Lookup(options) => lookup::run(&global, &options),
        Command::Man => man::run(),
        Command::Fritz(options) => fritz::run(&global, options),
        Command::Messages(options) => messages::run(&global, options),
        Command::Notify(options) => notify::run(&global, options),
        Command::Modem(options) => modem::run(options),
        Command::Simulate(options) => simulate::run(options),
        Command::Stats(options) => stats::run(&global, &options),
        #[cfg(feature = "web")]
        Command::Web(options) => web::run(&global, &options),
    }
}
