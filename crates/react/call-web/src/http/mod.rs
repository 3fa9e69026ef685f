//! Just enough HTTP/1.1 for one page: bounded in size, number and time, so that slow and hostile clients cost
//! a thread for some seconds and no more.

mod read;
mod request;
mod response;

pub(crate) use read::{Connection, ReadError};
#[cfg(test)]
pub(crate) use request::target;
pub(crate) use request::{Method, Request};
pub(crate) use response::{Body, Response};
