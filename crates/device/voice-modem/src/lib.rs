#![doc = include_str!("../README.md")]

mod check_up;
mod error;
mod find;
mod line;
mod modem;
mod port;
mod recorder;
mod session;
mod settings;
mod sound;
mod tone;

pub use check_up::CheckUp;
pub use error::Error;
pub use find::{PortInfo, list_ports};
pub use line::Line;
pub use modem::{Findings, VoiceModem};
pub use settings::{SecondSocket, Settings};
