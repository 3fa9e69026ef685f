//! How the page is served.

use std::net::SocketAddr;
use std::time::Duration;

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
    /// How long clients may take; not a matter for the configuration.
    #[serde(skip)]
    pub patience: Patience,
}

/// How long clients may take over what they do. Whoever is slower is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a request to begin on an open connection.
    pub idle: Duration,
    /// For the head of a request, once it has begun.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For one piece of an answer.
    pub piece: Duration,
    /// For a whole answer, beside a second for every 32 kB of it.
    pub answer: Duration,
    /// How often a silent stream of events says that it lives; a viewer who is gone is noticed by it.
    pub alive: Duration,
    /// For how long news gather before the viewers are woken: the line, which acts on the same news, goes first.
    pub gather: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            idle: seconds(30),
            head: seconds(10),
            body: seconds(60),
            piece: seconds(10),
            answer: seconds(30),
            alive: seconds(15),
            gather: Duration::from_millis(15),
        }
    }
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
            patience: Patience::default(),
        }
    }
}

impl WebSettings {
    /// Whether the page could be served so.
    ///
    /// # Errors
    ///
    /// Others could come in without a password, or a password's hash cannot be read.
    pub fn check(&self) -> Result<(), crate::Error> {
        crate::access::Access::new(self, self.listen).map(drop)
    }
}
