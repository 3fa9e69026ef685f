//! How the page is served.

use std::net::SocketAddr;

use serde::Deserialize;

/// How the page is served.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct WebSettings {
    /// Where it listens. Anything but this machine needs a password.
    pub listen: SocketAddr,
    /// Names by which browsers may call it, beside its address: `callblock.home`.
    pub hosts: Vec<String>,
    /// The hash of the password of those who may change things.
    pub owner_password: Option<String>,
    /// The hash of the password of those who may look.
    pub reader_password: Option<String>,
    /// How many may watch the live page at once.
    pub viewers: usize,
    /// How many connections are held at once.
    pub connections: usize,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8480)),
            hosts: Vec::new(),
            owner_password: None,
            reader_password: None,
            viewers: 256,
            connections: 512,
        }
    }
}
