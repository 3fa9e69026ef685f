//! What a line reports.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::{CallId, IncomingCall, LineCommand, LineKind};

/// What a line is and can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineInfo {
    /// The kind of device.
    pub kind: LineKind,
    /// The device in its own words: maker, model, firmware.
    pub device: Box<str>,
    /// It shows callers.
    pub caller_id: bool,
    /// It can play and record.
    pub voice: bool,
    /// It can answer as a fax machine.
    pub fax: bool,
}

/// A tone that the line, or the device on it, heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineTone {
    /// Busy: the other side hung up.
    Busy,
    /// Dial tone: the other side has been gone for a while.
    Dial,
    /// The called telephone rings.
    Ringback,
    /// Special information tone: number not in service and the like.
    Sit,
    /// A fax machine calls.
    FaxCalling,
    /// A fax machine or modem answers.
    FaxAnswer,
    /// A modem calls.
    DataCalling,
    /// The beep of an answering machine.
    Beep,
}

/// Why a call is over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// It rang and nobody answered, or the caller gave up.
    NotAnswered,
    /// Somebody answered it on another telephone; the line is theirs.
    AnsweredElsewhere,
    /// The other side hung up.
    CallerGone,
    /// We hung up.
    HungUp,
    /// The longest time for this call was reached.
    LimitReached,
    /// The called number was busy.
    Busy,
    /// The called number did not answer.
    NoAnswer,
    /// No dial tone.
    NoDialTone,
    /// The box or the network rejected it.
    Rejected,
    /// The device was lost during the call.
    DeviceLost(Box<str>),
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnswered => "not answered",
            Self::AnsweredElsewhere => "answered on another telephone",
            Self::CallerGone => "the other side hung up",
            Self::HungUp => "we hung up",
            Self::LimitReached => "longest time reached",
            Self::Busy => "busy",
            Self::NoAnswer => "no answer",
            Self::NoDialTone => "no dial tone",
            Self::Rejected => "rejected",
            Self::DeviceLost(why) => return write!(f, "device lost: {why}"),
        })
    }
}

/// What a line reports. Everything about a call carries its id.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LineEvent {
    /// The device is there, set up, and guards the line.
    Up(LineInfo),
    /// The device is gone; it is tried again after `retry_in`.
    Down {
        /// Why, with the remedy where there is one.
        reason: Box<str>,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// Whoever reads from the device does its work: the answer to
    /// [`LineCommand::SignOfLife`], given whether the device is there or not.
    Alive,
    /// It rang. Counts from 1 for each call.
    Ring {
        /// The call.
        call: CallId,
        /// How often it has rung.
        count: u32,
        /// The distinctive ring, where the line tells them apart.
        pattern: Option<char>,
    },
    /// The number is complete, the rest of the caller ID is still on its way. A [`Self::Call`] with the
    /// same id follows. Lets a number that an exact entry decides be dealt with at once.
    Number(IncomingCall),
    /// The caller is known, or it is known that nothing will be known.
    Call(IncomingCall),
    /// More became known of a call already reported, such as the name.
    CallChanged(IncomingCall),
    /// We are off-hook, or the called side answered.
    Answered {
        /// The call.
        call: CallId,
    },
    /// The telephone was picked up somewhere else on the line, or on a box's extension.
    PickedUp {
        /// The call.
        call: CallId,
        /// Where, if known.
        extension: Option<Box<str>>,
    },
    /// A call is placed from another telephone on the line, or by us.
    Outgoing {
        /// The call.
        call: CallId,
        /// The number dialled.
        number: Box<str>,
        /// The own number used.
        own: Option<Box<str>>,
    },
    /// A digit was pressed: `0-9 A-D * #`.
    Digit {
        /// The call.
        call: CallId,
        /// The digit.
        digit: char,
    },
    /// A tone was heard.
    Tone {
        /// The call.
        call: CallId,
        /// Which.
        tone: LineTone,
    },
    /// Listening beside another telephone began (`true`) or ended (`false`).
    Listening {
        /// The call.
        call: CallId,
        /// Whether digits are heard now.
        on: bool,
    },
    /// The caller has been silent for that long.
    Silence {
        /// The call.
        call: CallId,
        /// For how long.
        lasted: Duration,
    },
    /// The caller speaks again.
    Voice {
        /// The call.
        call: CallId,
    },
    /// The queue of sounds is played to its end.
    Played {
        /// The call.
        call: CallId,
    },
    /// A recording is closed and complete.
    Recorded {
        /// The call.
        call: CallId,
        /// Where it is.
        file: PathBuf,
        /// How long it is.
        length: Duration,
    },
    /// The call is over and the line is on-hook.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// How long it was answered.
        answered_for: Duration,
    },
    /// A call that came while the device was gone, found in the box's own call list afterwards. It is over; there
    /// is nothing to decide.
    Recovered {
        /// The call.
        call: IncomingCall,
        /// How it ended.
        reason: EndReason,
        /// How long it was answered.
        answered_for: Duration,
    },
    /// The network's answering machine has messages, or no more.
    MessageWaiting(bool),
    /// A number was entered in the box's deny book, or why not.
    Barred {
        /// The number.
        number: Box<str>,
        /// `Err` holds why not, with the remedy.
        result: Result<(), Box<str>>,
    },
    /// A number was entered in the box's book for new contacts, or why not.
    ContactEntered {
        /// The number.
        number: Box<str>,
        /// `Err` holds why not, with the remedy.
        result: Result<(), Box<str>>,
    },
    /// What the device is, what it can do and what is to be done about it, a line of text each.
    CheckedUp(Box<[Box<str>]>),
    /// A command could not be done; the line is as it was.
    Refused {
        /// The command.
        command: Box<LineCommand>,
        /// Why.
        reason: Box<str>,
    },
    /// So many events were dropped because nobody took them.
    Dropped(u64),
}
