//! `callblock messages`: voice mail and other messages.

use std::path::PathBuf;
use std::process::Command as Program;
use std::time::SystemTime;

use call_log::{CallLog, Message, MessageKind};

use super::log::place::{Place, failure, print};
use super::log::table_cell;
use crate::{Failure, Global};

/// Options of `callblock messages`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Option<Command>,
    /// Print JSON, one object in each line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the messages, newest first.
    List {
        /// Only voice mail that nobody has listened to.
        #[arg(long)]
        new: bool,
        /// How many.
        #[arg(short = 'n', long, default_value_t = 50, value_name = "N")]
        limit: u32,
    },
    /// Play a voice mail, or copy it to a file, and note that it was heard.
    Play {
        /// Its number, as the list shows it.
        id: i64,
        /// Copy it to this file instead of playing it.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// The program that plays it; it gets the file as its last argument.
        #[arg(long, value_name = "PROGRAM", default_value = "aplay")]
        with: String,
    },
    /// Note that messages were not heard, so that they are new again.
    Unheard {
        /// Their numbers.
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Delete messages and their sound files.
    Delete {
        /// Their numbers.
        #[arg(required = true)]
        ids: Vec<i64>,
    },
}

/// Lists, plays or deletes.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    let command = options.command.unwrap_or(Command::List { new: false, limit: 50 });
    match command {
        Command::List { new, limit } => {
            let mut log = options.place.read(global)?;
            let kind = new.then_some(MessageKind::VoiceMail);
            let mut messages = log.messages(kind, limit).map_err(|e| failure(&e))?;
            messages.retain(|m| !new || m.heard.is_none());
            list(&messages, options.json)
        }
        Command::Play { id, to, with } => {
            drop(options.place.read(global)?);
            let mut log = options.place.write(global)?;
            let message = log.message(id).map_err(|e| failure(&e))?.ok_or_else(|| none(id))?;
            let Some(file) = &message.file else {
                return Err(Failure::new(Failure::NO_INPUT, format!("message {id} has no sound")));
            };
            play(file, to.as_deref(), &with)?;
            log.mark_heard(id, Some(SystemTime::now())).map(drop).map_err(|e| failure(&e))
        }
        Command::Unheard { ids } => each(&options.place, global, &ids, |log, id| log.mark_heard(id, None)),
        Command::Delete { ids } => each(&options.place, global, &ids, CallLog::delete_message),
    }
}

fn none(id: i64) -> Failure {
    Failure::new(Failure::NO_INPUT, format!("there is no message {id}; `callblock messages` lists them"))
}

fn each(
    place: &Place,
    global: &Global,
    ids: &[i64],
    mut work: impl FnMut(&mut CallLog, i64) -> Result<bool, call_log::LogError>,
) -> Result<(), Failure> {
    drop(place.read(global)?);
    let mut log = place.write(global)?;
    for id in ids {
        if !work(&mut log, *id).map_err(|e| failure(&e))? {
            return Err(none(*id));
        }
    }
    Ok(())
}

fn play(file: &std::path::Path, to: Option<&std::path::Path>, with: &str) -> Result<(), Failure> {
    if let Some(to) = to {
        return std::fs::copy(file, to).map(drop).map_err(|e| {
            Failure::new(Failure::IO, format!("cannot copy {} to {}: {e}", file.display(), to.display()))
        });
    }
    if !file.is_file() {
        return Err(Failure::new(Failure::NO_INPUT, format!("the recording {} is gone", file.display())));
    }
    let ended = Program::new(with).arg(file).status().map_err(|e| {
        Failure::new(
            Failure::UNAVAILABLE,
            format!("cannot run {with}: {e}; name a player with --with, or copy the message with --to FILE"),
        )
    })?;
    if ended.success() {
        Ok(())
    } else {
        Err(Failure::new(Failure::SOFTWARE, format!("{with} failed: {ended}")))
    }
}

fn list(messages: &[Message], json: bool) -> Result<(), Failure> {
    print(|out| {
        if json {
            return messages.iter().try_for_each(|m| {
                serde_json::to_writer(&mut *out, m)?;
                writeln!(out)
            });
        }
        if messages.is_empty() {
            return writeln!(out, "No messages.");
        }
        writeln!(
            out,
            "{:>5} {:3} {:19} {:18} {:24} {:>6} WHAT",
            "ID", "NEW", "TIME", "FROM", "NAME", "LENGTH"
        )?;
        messages.iter().try_for_each(|m| {
            let what = match m.kind {
                MessageKind::VoiceMail => "voice mail",
                MessageKind::Waiting => "messages wait at the network",
                MessageKind::NoneWaiting => "no more messages wait at the network",
                MessageKind::Notice => "notice",
            };
            let new = m.kind == MessageKind::VoiceMail && m.heard.is_none();
            writeln!(
                out,
                "{:>5} {:3} {:19} {} {} {:>5}s {what}{}{}",
                m.id,
                if new { "*" } else { "" },
                m.wall_time(),
                table_cell(if m.who == "none" { "" } else { &m.who }, 18),
                table_cell(m.name.as_deref().unwrap_or(""), 24),
                m.length.as_secs(),
                if m.note.is_empty() { "" } else { ": " },
                table_cell(&m.note, m.note.chars().count()),
            )
        })
    })
}
