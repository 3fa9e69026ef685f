//! An NCID server: its clients on telephones, televisions and desktops show our calls, and gateways bring
//! theirs. On this machine only, unless told otherwise: the protocol knows no passwords.

mod server;
mod wire;

use std::net::SocketAddr;

use serde::Deserialize;

use crate::When;

pub(crate) use server::NcidServer;
pub use wire::{ClientLine, GatewayCall, call_line, end_line, read_line};

/// `[notify.ncid]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NcidSettings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Clients on other machines may change lists. Without this, only those on this machine may.
    pub strangers_may_change_lists: bool,
    /// How many calls a client gets to see when it connects; no more than 10,000.
    pub remembered: usize,
    /// Which notices; usually all.
    pub when: When,
}

impl NcidSettings {
    /// How many calls are kept for clients, whatever the configuration says.
    pub(crate) fn most_remembered(&self) -> usize {
        const MOST: usize = 10_000;
        self.remembered.min(MOST)
    }
}

impl Default for NcidSettings {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 3333).into(),
            strangers_may_change_lists: false,
            remembered: 100,
            when: When::default(),
        }
    }
}
