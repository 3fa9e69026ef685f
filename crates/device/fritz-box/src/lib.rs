#![doc = include_str!("../README.md")]

mod book;
mod client;
mod error;
mod http;
mod line;
mod settings;
mod tr064;

pub use book::{BookCache, BookEntry, BookHit, BookUse, Contact, ContactNumber, PhoneBook};
pub use client::{
    Added, AnsweringMachine, BookAt, CallKind, FritzBox, Handset, ListedCall, Message, OwnNumber,
};
pub use error::Error;
pub use line::{FritzLine, spawn, spawn_with_books};
pub use settings::{BlockBy, BookName, FritzBoxSettings, NewContact, NumberType, RawLog};
pub use tr064::{Confirmation, Fault, SecondFactor};
