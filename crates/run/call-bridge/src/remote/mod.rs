//! Remote control: what owners may ask, by Telegram, by SMS or on this machine, and what they are told.
//!
//! No network and no clock in here: a message goes in, deeds come out. Who may do what:
//!
//! | | strangers | temporary owners | owners |
//! |---|---|---|---|
//! | `/help`, `/getid`, `/addtemporaryowner` | yes | yes | yes |
//! | calls, SMS, contacts, log | | yes | yes |
//! | `/setmasterphone`, `/removetemporaryowner` of others | | | yes |
//! | `/command` (raw AT commands) | | | where switched on |
//!
//! Ids are numbers and compared whole. A wrong password changes nothing. An answer goes to who asked, news go
//! to all owners.

mod command;
mod desk;
mod limits;
mod owners;
mod state;

pub use command::{Command, NotACommand};
pub use desk::{About, Asker, Button, ButtonAction, Channel, Deed, Desk, Facts, Note, RemoteSettings};
pub use limits::{Denied, DialLimits, Dialled};
pub use owners::{Attempt, Owners, Rank, TemporaryOwner};
pub use state::{State, StateError, StateFile};
