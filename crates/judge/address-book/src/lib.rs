#![doc = include_str!("../README.md")]

pub mod calendar;
mod contacts;
mod error;
#[cfg(feature = "net")]
mod net;
mod problem;
pub mod source;
pub mod vcard;

pub use contacts::{AddressBook, Contact, ContactFolder, SharedNumber, Spelling, group_name};
pub use error::Error;
pub use problem::Problem;
