//! What keeps the page from being served.

use std::io;

/// What keeps the page from being served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error(
        "{address}: the web page cannot be served there; choose another port, or stop what listens there"
    )]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// Others could reach the page, and there is no password.
    #[error(
        "{address}: others can reach this address, so the web page needs a password; make a hash with `callblock web password` and set it as owner-password, or listen on 127.0.0.1"
    )]
    NeedsPassword {
        /// The address.
        address: String,
    },
    /// A password's hash cannot be read.
    #[error("{which} is no password hash; `callblock web password` makes one")]
    BadHash {
        /// The key.
        which: &'static str,
    },
    /// No random numbers or no thread.
    #[error("the web page cannot be started: {0}")]
    System(String),
}
