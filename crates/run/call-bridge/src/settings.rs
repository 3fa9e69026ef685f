//! How long each step may take, and what answers a caller whom nobody speaks with.

use std::time::Duration;

/// How long each step may take. No step is without a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Until it is decided what becomes of a caller.
    pub decide: Duration,
    /// Until the stick has answered.
    pub answer: Duration,
    /// How long a telephone of the owner's rings.
    pub owner_rings: Duration,
    /// How long the other side's telephone rings.
    pub other_rings: Duration,
    /// Until the network has joined two calls.
    pub join: Duration,
    /// Until the stick has ended its calls.
    pub close: Duration,
    /// How long a caller may wait while another conversation is on.
    pub waiting: Duration,
    /// How long a conversation may last.
    pub longest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            decide: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            owner_rings: Duration::from_secs(30),
            other_rings: Duration::from_secs(60),
            join: Duration::from_secs(8),
            close: Duration::from_secs(10),
            waiting: Duration::from_secs(90),
            longest: Duration::from_secs(4 * 3600),
        }
    }
}

/// How the bridge behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// How long each step may take.
    pub limits: Limits,
    /// The telephone that is called when it was not decided in time; without one it rings on.
    pub when_undecided: Option<Box<str>>,
    /// The telephone that is tried last.
    pub backup: Option<Box<str>>,
    /// Hide or show the own number on calls that the stick places; `None` leaves it to the SIM.
    pub hide_own_number: Option<bool>,
    /// The SMS to a caller who hung up on hold.
    pub sms_early_hang_up: Option<Box<str>>,
    /// The SMS to a caller who was sent away, or for whom nobody was there.
    pub sms_not_accepted: Option<Box<str>>,
}
