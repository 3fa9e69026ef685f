//! The calls of a simulated box, and its list of them.

use std::fmt::Write as _;

use call_monitor::{Extension, Stamp};

use super::soap::escape;
use super::stamp;

/// What became of a call, by the numbers of the box's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimCallKind {
    /// Answered.
    Incoming = 1,
    /// Not answered.
    Missed = 2,
    /// Placed in the house.
    Outgoing = 3,
    /// Being spoken with.
    IncomingNow = 9,
    /// Rejected by the box.
    Rejected = 10,
    /// Placed in the house, and being spoken.
    OutgoingNow = 11,
}

/// One call.
#[derive(Debug, Clone)]
pub struct SimCall {
    /// Its place in the list.
    pub id: u32,
    /// Its number on the call monitor.
    pub monitor_id: u16,
    /// What became of it.
    pub kind: SimCallKind,
    /// The other side.
    pub remote: Box<str>,
    /// The own number.
    pub own: Box<str>,
    /// When it began.
    pub began: Stamp,
    /// The telephone.
    pub extension: Option<u16>,
    /// How long it was answered.
    pub seconds: u32,
    /// When it was answered, while it lasts.
    pub(super) answered: Option<Stamp>,
    pub(super) over: bool,
}

impl SimCall {
    /// The call as an element of the list.
    pub(super) fn to_xml(&self, name: &str) -> String {
        let incoming = !matches!(self.kind, SimCallKind::Outgoing | SimCallKind::OutgoingNow);
        let (remote, own) = (escape(&self.remote), escape(&self.own));
        let minutes = self.seconds.div_ceil(60);
        let mut out = format!("<Call><Id>{}</Id><Type>{}</Type>", self.id, self.kind as u8);
        if incoming {
            let _ = write!(
                out,
                "<Caller>{remote}</Caller><Called>SIP: {own}</Called><CalledNumber>{own}</CalledNumber>"
            );
        } else {
            let _ = write!(
                out,
                "<Called>{remote}</Called><Caller>SIP: {own}</Caller><CallerNumber>{own}</CallerNumber>"
            );
        }
        let device = self.extension.map(|e| Extension(e).to_string()).unwrap_or_default();
        let port = self.extension.map_or(-1, i32::from);
        let _ = write!(
            out,
            "<Name>{}</Name><Numbertype>sip</Numbertype><Device>{device}</Device><Port>{port}</Port>\
             <Date>{}</Date><Duration>{}:{:02}</Duration><Count></Count><Path /></Call>",
            escape(name),
            stamp::minute(&self.began),
            minutes / 60,
            minutes % 60
        );
        out
    }
}
