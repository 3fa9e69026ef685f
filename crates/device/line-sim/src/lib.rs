#![doc = include_str!("../README.md")]

mod error;
pub mod fritz_box;
pub mod gsm;
pub mod pty;
pub mod voice_modem;

pub use error::Error;
