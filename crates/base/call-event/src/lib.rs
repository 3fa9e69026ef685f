#![doc = include_str!("../README.md")]

mod call;
mod command;
mod counted;
mod event;
mod lookup;
mod notice;
mod verdict;

pub use call::{CallId, CallerName, IncomingCall, LineId, LineKind, Suspicion};
pub use command::{LineCommand, Sound, VoiceMode};
pub use counted::counted;
pub use event::{EndReason, LineEvent, LineInfo, LineTone};
pub use lookup::LookupAnswer;
pub use notice::{
    CallNews, GuardCommand, GuardCounts, GuardNews, GuardNotice, GuardReply, GuardStatus, LineStatus, Listed,
    LogServerStatus,
};
pub use verdict::{Action, Decision, Reason, Stage, Verdict};
