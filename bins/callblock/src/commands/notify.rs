//! `callblock notify`: trying the notices out.

use std::time::SystemTime;

use call_notify::{Notice, SinkError};

use crate::home::Home;
use crate::{Failure, Global};

/// Options of `callblock notify`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the ways by which people are told, as the configuration names them.
    List,
    /// Send a test notice and say whether it arrived.
    Test {
        /// The way, such as `mail` or `webhook-2`; none: all of them.
        sink: Option<String>,
        /// The recording to send along.
        #[arg(long, value_name = "FILE")]
        recording: Option<std::path::PathBuf>,
    },
}

/// Lists or tests.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    let settings = Home::open(global)?.config.notify;
    match options.command {
        Command::List => {
            settings.names().iter().for_each(|name| println!("{name}"));
            Ok(())
        }
        Command::Test { sink, recording } => {
            let known = settings.names();
            if let Some(name) = sink.as_ref().filter(|name| !known.is_empty() && !known.contains(name)) {
                let text =
                    format!("there is no way \"{name}\" to tell people; there are: {}", known.join(", "));
                return Err(Failure::new(Failure::USAGE, text));
            }
            let names = sink.map_or(known, |name| vec![name]);
            if names.is_empty() {
                return Err(Failure::new(
                    Failure::CONFIG,
                    "nobody is told of anything yet; add a section such as [[notify.mail]] to the configuration",
                ));
            }
            let notice = Notice { recording, ..Notice::test(SystemTime::now()) };
            let mut failed = None;
            for name in names {
                match settings.tell_one(&name, &notice) {
                    Ok(()) => println!("{name}: sent"),
                    Err(error) => {
                        println!("{name}: {error}");
                        failed = Some(error);
                    }
                }
            }
            failed.map_or(Ok(()), |error| {
                let code = match &error {
                    SinkError::Settings { .. } => Failure::CONFIG,
                    error if error.is_temporary() => Failure::UNAVAILABLE,
                    _ => Failure::IO,
                };
                Err(Failure::new(code, format!("not every notice arrived: {error}")))
            })
        }
    }
}
