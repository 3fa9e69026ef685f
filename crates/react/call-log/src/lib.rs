#![doc = include_str!("../README.md")]

mod answers;
mod backend;
mod calls;
mod deliver;
mod error;
mod export;
mod find;
mod import;
mod key;
mod lists;
mod log;
mod messages;
mod places;
mod plot;
mod query;
mod record;
mod retention;
mod schema;
mod statistics;
mod sums;
mod tallies;
mod time;
mod top;
mod writer;

pub use answers::Answer;
#[cfg(feature = "postgres")]
pub use backend::ServerAccess;
pub use deliver::{LinkHealth, SiteLink};
pub use error::LogError;
pub use export::write_csv;
pub use import::{BadEntry, ForeignLists, Imported, Source, callattendant_lists};
pub use key::{CallKey, NotAKey};
pub use lists::{ListChange, ListEntry};
pub use log::{CallLog, Durability};
pub use messages::{Message, MessageKind};
pub use query::{Cursor, NotACursor, Page, Query};
pub use record::{CallRecord, Direction, LoggedCall, Mark};
pub use retention::{Forgotten, Retention};
pub use statistics::{Count, Span, Statistics, TopCaller};
pub use time::{Day, NotADay, local_offset, wall_time};
pub use writer::{LogHealth, LogNews, LogWriter, WriterLimits};
