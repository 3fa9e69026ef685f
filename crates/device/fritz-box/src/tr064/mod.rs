//! TR-064: the box's services, asked by SOAP over HTTP.

mod fault;

pub use fault::Fault;
