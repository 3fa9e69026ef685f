#![doc = include_str!("../README.md")]

mod error;
pub mod pty;

pub use error::Error;
