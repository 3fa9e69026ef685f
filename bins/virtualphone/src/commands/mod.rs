//! One file a command.

mod ask;
mod demo;
mod import;
mod init;
mod look;
mod run;
mod service;

use callblock::Failure;

use crate::args::{Args, Command};
use crate::setup::Setup;

/// Does what was asked for.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match &args.command {
        Command::Run => run::run(&args),
        Command::Init { print, force } => init::init(&args, *print, *force),
        Command::CheckConfig => init::check(&args),
        Command::Demo => demo::run(),
        Command::Import { file, into } => import::run(file.as_deref(), into.as_deref()),
        Command::Password => init::password(),
        Command::Send { words, json } => ask::send(&Setup::open(&args)?, &words.join(" "), *json),
        Command::Sms { number, text, json } => {
            let number = ask::number(number)?;
            ask::send(&Setup::open(&args)?, &format!("sms {number} {}", text.join(" ")), *json)
        }
        Command::Call { number, from, json } => {
            let mut command = format!("call {}", ask::number(number)?);
            if let Some(from) = from {
                command = format!("{command} {}", ask::number(from)?);
            }
            ask::send(&Setup::open(&args)?, &command, *json)
        }
        Command::Contacts { part, json } => look::contacts(&Setup::open(&args)?, part.as_deref(), *json),
        Command::Calendar { number, at, json } => {
            look::calendar(&Setup::open(&args)?, number, at.as_deref(), *json)
        }
        Command::Service { what } => service::run(&args, what),
    }
}
