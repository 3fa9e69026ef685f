#![doc = include_str!("../README.md")]

mod command;
mod error;
mod event;
mod find;
mod guard;
mod line;
mod machine;
mod profile;
mod settings;

pub use command::GsmCommand;
pub use error::Error;
pub use event::{
    Direction, GsmEvent, GsmInfo, Leg, LegEnd, LegId, LegState, ReceivedSms, Registration, SmsFate, SmsId,
    SmsSender,
};
pub use guard::{GuardedLine, Translator, spawn_guarded};
pub use line::{GsmLine, spawn};
pub use machine::{Machine, MachineOutput, Port};
pub use profile::GsmProfile;
pub use settings::{Pin, PortTree, Settings, Stick};
