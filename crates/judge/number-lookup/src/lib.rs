#![doc = include_str!("../README.md")]

mod breaker;
mod cache;
mod error;
mod http;
mod list;
mod lookups;
pub mod phone_block;
mod plug_in;
mod query;
mod settings;
mod site;

pub use cache::{AnswerCache, Kept, MemoryCache};
pub use error::Error;
pub use list::{DownloadedList, ListFormat};
pub use lookups::{Lookups, Outcome, Tried};
pub use query::Query;
pub use settings::{ListSettings, LookupSettings, PhoneBlockMode, PhoneBlockSettings, PlugInSettings};
pub use site::Site;
