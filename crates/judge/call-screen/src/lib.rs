#![doc = include_str!("../README.md")]

mod error;
mod explain;
pub mod list;
mod memory;
mod rule;
mod schedule;
mod screen;
pub mod sentences;
mod settings;
mod words;

pub use error::Error;
pub use explain::{Explanation, Step};
pub use list::{List, ListSet, Loaded};
pub use memory::Memory;
pub use screen::Screen;
pub use settings::{
    ListFormat, ListKind, ListSettings, LookupSettings, MatchField, Mode, RepeatedSettings, RuleSettings,
    ScreenSettings,
};
pub use words::{read_action, read_span, write_action, write_span};
