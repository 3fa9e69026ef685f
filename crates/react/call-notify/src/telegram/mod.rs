//! A client of Telegram's bot interface: what a guard or a virtual phone needs of it, and no more.
//!
//! Texts are sent as they are, with no parse mode: a caller's name cannot break a message. What is longer
//! than a message may be is split at line ends. Waits that Telegram demands are told, not slept.

mod bot;
mod error;
mod form;
mod poll;
mod text;
mod update;

pub use bot::{Bot, Button, MessageId, Servers};
pub use error::TelegramError;
pub use poll::Poller;
pub use text::{MOST_CHARS, split};
pub use update::{Document, Sender, Update, UpdateKind};
