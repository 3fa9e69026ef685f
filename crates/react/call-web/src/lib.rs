#![doc = include_str!("../README.md")]

mod access;
mod api;
mod error;
mod house;
mod http;
mod live;
mod page;
pub mod refusals;
mod server;
mod settings;

pub use error::Error;
pub use house::{House, Rules};
pub use server::WebServer;
pub use settings::{Patience, WebSettings};
