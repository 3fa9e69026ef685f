#![doc = include_str!("../README.md")]

mod book;
mod error;
mod line;
mod settings;
mod tr064;

pub use book::{BookCache, BookEntry, BookHit, BookUse};
pub use error::Error;
pub use line::{FritzLine, spawn};
pub use settings::{BlockBy, BookName, FritzBoxSettings, NewContact, NumberType, RawLog, Secret};
pub use tr064::Fault;
