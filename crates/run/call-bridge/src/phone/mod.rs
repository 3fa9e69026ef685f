//! The virtual phone at work: stick, bridge, desk, contacts, calendar and log in one loop.
//!
//! The loop waits for what the stick reports, what people send, and the next time limit; it never waits for a
//! server. Whoever brings messages (Telegram, the local socket) does so from a thread of its own, through
//! [`Inbound`] and [`Outbound`].

mod contacts;
mod facts;
mod journal;
mod notices;
mod session;
#[cfg(unix)]
pub mod socket;
pub mod telegram;

use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use phone_number::{Numbering, ShownNumber};

use crate::policy::Defaults;
use crate::remote::{About, Asker, Channel, Note, Owners, RemoteSettings};
use crate::{BridgeEvent, Settings};

pub use contacts::{ContactServer, Contacts};
pub use session::Phone;

/// What somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// A text.
    Message {
        /// Who.
        asker: Asker,
        /// What.
        text: String,
        /// The message that it answers.
        reply_to: Option<i64>,
    },
    /// A button was pressed.
    Pressed {
        /// Who.
        asker: Asker,
        /// The button's data.
        data: String,
    },
    /// Somebody shared a contact.
    Contact {
        /// Who.
        asker: Asker,
        /// The contact's name, as the sender chose it.
        name: String,
        /// Its numbers, as they are written in it.
        numbers: Vec<String>,
    },
    /// A file is offered; it is fetched only if it is wanted.
    FileOffered {
        /// Who.
        asker: Asker,
        /// Its name, as the sender chose it.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// How the messenger gets it.
        handle: String,
    },
    /// A file that was wanted.
    File {
        /// Who.
        asker: Asker,
        /// Its name, as the sender chose it.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A note was sent as this message.
    Sent {
        /// The chat.
        chat: String,
        /// The message's number in it.
        message: i64,
        /// What a reply to it is about.
        about: About,
    },
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outbound {
    /// A note to a chat, connection or number.
    Note {
        /// To whom.
        to: String,
        /// What.
        note: Note,
    },
    /// Fetch an offered file.
    Fetch {
        /// Who offered it.
        asker: Asker,
        /// Its name.
        name: String,
        /// Its handle.
        handle: String,
    },
}

/// A way by which people reach the phone.
#[derive(Debug, Clone)]
pub struct Messenger {
    /// Which.
    pub channel: Channel,
    /// Where notes for it go.
    pub to: Sender<Outbound>,
    /// Owners are told the news here.
    pub news: bool,
}

/// The lists that speak against a number, and how they are changed.
pub trait Lists: Send {
    /// What speaks against a number.
    fn unwanted(&self, number: &ShownNumber) -> Option<String>;
    /// Puts a number on a list; gives a sentence for people.
    ///
    /// # Errors
    ///
    /// Why it could not be, with the remedy.
    fn add(&mut self, number: &str, deny: bool, by: &str) -> Result<String, String>;
    /// Reads changed files again. Called now and then.
    fn refresh(&mut self) {}
}

/// Everything that the phone is set up with.
#[derive(Debug, Clone)]
pub struct PhoneSettings {
    /// The bridge.
    pub bridge: Settings,
    /// The desk.
    pub remote: RemoteSettings,
    /// The owners.
    pub owners: Owners,
    /// The three defaults.
    pub defaults: Defaults,
    /// How long a caller who is sent away rings before.
    pub reject_after: Duration,
    /// How numbers are written here.
    pub numbering: Numbering,
    /// Where the state is kept.
    pub state_dir: PathBuf,
    /// The call log.
    pub log: PathBuf,
    /// Owners may command by SMS from these numbers. Anybody can forge the sender of an SMS.
    pub sms_owners: Vec<ShownNumber>,
    /// Known spammers are told to the owners too.
    pub tell_spammers: bool,
    /// What people see as the line's name.
    pub line: String,
}

/// What a run of the phone is given.
#[derive(Debug)]
pub struct Inlets {
    /// What people send.
    pub inbound: Receiver<Inbound>,
    /// Ends the phone when something comes or the sender is dropped.
    pub stop: Receiver<()>,
    /// Everything that the bridge tells, for a terminal; `None` for nobody.
    pub watch: Option<Sender<BridgeEvent>>,
}
