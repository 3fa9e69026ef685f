//! A simulated GSM stick: two calls at once, hold, joining, messages with a store, status reports, USSD, events
//! and faults, in the manners of three makers.
//!
//! [`Stick`] is the stick without port, thread or clock; [`SimStick`] puts it behind a serial port.

mod calls;
mod commands;
mod deed;
mod messages;
mod profile;
mod run;
mod stick;

pub use deed::Deed;
pub use profile::{Maker, SimCard, StickProfile};
pub use run::{SimHand, SimStick};
pub use stick::{Fault, Seen, Stick, StickOutput, Subscriber};
