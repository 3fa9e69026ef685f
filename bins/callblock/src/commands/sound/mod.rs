//! `callblock sound`: greetings and recordings.

mod check;
mod convert;
mod listen;
mod make;
mod meter;
mod say;

use std::io;

use telephone_audio::Error;

use crate::Failure;

/// Options of `callblock sound`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to do with a sound.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with a sound.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a greeting of any sound file: wav, mp3, flac or ogg.
    Convert(convert::Options),
    /// Say what is wrong with a sound file.
    Check(check::Options),
    /// Make a greeting of a text, with espeak-ng or piper.
    Say(say::Options),
    /// Print everything that is heard in a recording.
    Listen(listen::Options),
    /// Show how strong each tone is, live, for setting levels.
    Meter(meter::Options),
    /// Make the ready sounds: disconnected, sit, beep, fax-answer, busy.
    Make(make::Options),
}

/// Does it.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    match &options.command {
        Command::Convert(options) => convert::run(options),
        Command::Check(options) => check::run(options),
        Command::Say(options) => say::run(options),
        Command::Listen(options) => listen::run(options),
        Command::Meter(options) => meter::run(options),
        Command::Make(options) => make::run(options),
    }
}

/// The exit code that belongs to an error of a sound.
fn failed(error: Error) -> Failure {
    let code = match &error {
        Error::File { source, .. } if source.kind() == io::ErrorKind::NotFound => Failure::NO_INPUT,
        Error::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Failure::NO_PERMISSION
        }
        Error::File { .. } => Failure::IO,
        Error::UnknownFormat(_) | Error::Setting(_) => Failure::USAGE,
        _ => Failure::DATA,
    };
    Failure::new(code, error)
}

/// A reader that has gone away (`| head`) is no error.
fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(Failure::IO, e)),
        _ => Ok(()),
    }
}
