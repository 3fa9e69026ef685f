#![doc = include_str!("../README.md")]

mod check_up;
mod error;
mod find;
mod line;
mod modem;
mod port;
mod port_user;
mod recorder;
mod session;
mod settings;
mod sound;
mod tone;

pub use check_up::CheckUp;
pub use error::Error;
pub use find::{PortInfo, find_modem, list_ports};
pub use line::Line;
pub use modem::{Findings, VoiceModem};
pub use port_user::{KeptPorts, PortUser};
pub use settings::{SecondSocket, Settings};
