#![doc = include_str!("../README.md")]

mod bridge;
pub mod phone;
pub mod policy;
pub mod remote;
mod settings;
mod words;

pub use bridge::{Bridge, Output};
pub use settings::{Limits, Settings};
pub use words::{AutoAnswer, BridgeCommand, BridgeEvent, Conversation, Outcome, Plan};
