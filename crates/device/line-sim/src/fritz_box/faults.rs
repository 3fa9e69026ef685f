//! What can be broken in a simulated box.

use std::time::Duration;

/// How a TR-064 action fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With this number: 713, 714, 820, 866, 867, 868 ...
    Code(u16),
    /// With this number, but inside an answer whose HTTP status claims success.
    CodeInSuccess(u16),
    /// The connection is reset before an answer.
    Reset,
    /// The answer is cut in its middle.
    Cut,
    /// The entry is acknowledged but not kept.
    Forget,
}

/// What is broken just now.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// The next writing actions fail, in this order.
    pub writes: Vec<Fault>,
    /// The next actions of any kind fail, in this order.
    pub actions: Vec<Fault>,
    /// Each answer of TR-064 comes that late.
    pub slow: Duration,
    /// No password is right.
    pub wrong_password: bool,
    /// The call monitor takes connections but sends nothing: what a half-open connection looks like from the client.
    pub silent_monitor: bool,
    /// The call monitor is switched off: connections end at once.
    pub monitor_off: bool,
    /// Every nonce is too old when it is used for the second time.
    pub stale_nonces: bool,
}
