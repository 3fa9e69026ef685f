//! What a GSM modem reports.

use std::fmt;
use std::time::Duration;

use call_event::CallerName;
use phone_number::Caller;

use crate::GsmCommand;

/// One call on the modem, of up to seven at once. Never used again for another call while the program
/// runs, unlike the modem's own call numbers, which start again at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u32);

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg {}", self.0)
    }
}

/// Who began a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// We dialled.
    Outgoing,
    /// Somebody calls us.
    Incoming,
}

/// Where a call stands, as the modem's list of calls has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegState {
    /// We dialled; the other telephone does not ring yet.
    Dialing,
    /// The other telephone rings.
    Alerting,
    /// It rings here.
    Incoming,
    /// It waits while another call is on.
    Waiting,
    /// Both sides hear each other.
    Active,
    /// The other side hears nothing.
    Held,
}

impl LegState {
    /// Answered at some time: active or held.
    pub fn answered(self) -> bool {
        matches!(self, Self::Active | Self::Held)
    }

    /// Rings or waits here and can be answered.
    pub fn offered(self) -> bool {
        matches!(self, Self::Incoming | Self::Waiting)
    }
}

/// One call on the modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Which.
    pub id: LegId,
    /// Who began it.
    pub direction: Direction,
    /// Where it stands.
    pub state: LegState,
    /// It is part of a joined call.
    pub joined: bool,
    /// The other side. `None` while an incoming call has not shown it yet.
    pub number: Option<Caller>,
    /// The name that came with it.
    pub name: Option<CallerName>,
    /// The `tag` of the [`GsmCommand::Dial`] that began it; `None` for incoming calls and for calls that
    /// another program dialled.
    pub tag: Option<u32>,
}

/// Why a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegEnd {
    /// An answered call ended; the modem does not say by whom if not by us.
    HungUp,
    /// We ended it.
    ByUs,
    /// The called number was busy.
    Busy,
    /// The called number refused the call.
    Refused,
    /// The called number did not answer.
    NoAnswer,
    /// An incoming call that nobody answered.
    Missed,
    /// The network could not place or keep the call; the network's cause number where it gave one.
    Network(Option<u8>),
    /// The stick was lost with the call on it.
    DeviceLost,
    /// The stick did not even try, and why.
    NotPlaced(Box<str>),
}

impl fmt::Display for LegEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HungUp => "the other side hung up",
            Self::ByUs => "we hung up",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::NoAnswer => "no answer",
            Self::Missed => "not answered",
            Self::Network(Some(cause)) => return write!(f, "ended by the network, cause {cause}"),
            Self::Network(None) => "ended by the network",
            Self::DeviceLost => "the stick was lost",
            Self::NotPlaced(why) => why,
        })
    }
}

/// Whether the SIM is in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Registration {
    /// In no network and not looking for one.
    NotRegistered,
    /// In the home network.
    Home,
    /// Looking for a network.
    Searching,
    /// The network refuses this SIM.
    Denied,
    /// In another network.
    Roaming,
    /// Only SMS go.
    SmsOnly,
    /// Only emergency calls go.
    EmergencyOnly,
    /// The modem does not know.
    Unknown,
}

impl Registration {
    /// Calls and SMS go.
    pub fn usable(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
    }
}

/// What the stick is and can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GsmInfo {
    /// Maker, in the stick's words.
    pub maker: Box<str>,
    /// Model, in the stick's words.
    pub model: Box<str>,
    /// Firmware, in the stick's words.
    pub firmware: Box<str>,
    /// Serial number, 15 digits.
    pub imei: Option<Box<str>>,
    /// Own number, where the SIM holds it.
    pub own_number: Option<Box<str>>,
    /// The network's name.
    pub operator: Option<Box<str>>,
    /// It can place and take calls (many data sticks cannot).
    pub voice: bool,
    /// It can hold a call and take another.
    pub hold: bool,
    /// It can join two calls.
    pub join: bool,
    /// It can send and receive SMS.
    pub sms: bool,
}

/// A received SMS until it is kept; see [`GsmCommand::SmsKept`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SmsId(pub u64);

/// The sender of an SMS: a number, or up to eleven letters that anybody can choose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SmsSender {
    /// A number, which can be answered.
    Number(Caller),
    /// A word such as a company's name. It proves nothing, and it cannot be answered.
    Word(CallerName),
}

impl fmt::Display for SmsSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

/// A received SMS, joined from its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedSms {
    /// For [`GsmCommand::SmsKept`].
    pub id: SmsId,
    /// Who sent it.
    pub from: SmsSender,
    /// The text. Missing parts stand as `[...]`. Strangers choose it; control characters save the line end
    /// are gone.
    pub text: String,
    /// Data instead of text, where the sender said so (settings, pictures); `text` is empty then.
    pub data: Option<Box<[u8]>>,
    /// The network's time stamp, `2026-11-20T22:41:06+01:00`.
    pub sent_at: Option<Box<str>>,
    /// How many parts it has.
    pub parts: u8,
    /// True if parts were still missing when the time to wait for them was over.
    pub incomplete: bool,
    /// The sender asks that it be shown at once and not kept (class 0).
    pub flash: bool,
}

/// What became of a sent SMS, as the network reports later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SmsFate {
    /// Every part reached the other telephone.
    Delivered,
    /// The network still tries; the 23.040 status.
    Trying(u8),
    /// The network gave up; the 23.040 status.
    Failed(u8),
}

/// What a GSM modem reports.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GsmEvent {
    /// The stick is there and set up. Comes again after each loss; no leg of before lives on.
    Up(GsmInfo),
    /// The stick is gone, or cannot be used yet; every leg has been reported ended. It is tried again for ever.
    Down {
        /// Why, with the remedy where there is one.
        reason: Box<str>,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// How strong the network is, in dBm; `None` if unknown. Only reported when it changes.
    Signal(Option<i16>),
    /// Whether the SIM is in a network. Only reported when it changes.
    Registration(Registration),
    /// The network's name. Only reported when it changes.
    Operator(Box<str>),
    /// A call is new or has changed. An incoming call is reported once its caller is known, or it is known
    /// that nothing will be known; a call that waits has the state [`LegState::Waiting`].
    Leg(Leg),
    /// It rings (again).
    Ring {
        /// Which call.
        leg: LegId,
        /// How often it has rung.
        count: u32,
    },
    /// A call is over; its id is never used again. Comes exactly once for each leg.
    LegEnded {
        /// As it stood last.
        leg: Leg,
        /// Why.
        reason: LegEnd,
        /// How long it was answered.
        answered_for: Duration,
    },
    /// A [`GsmCommand::Dial`] came to nothing before there was a leg.
    DialFailed {
        /// The tag of the command.
        tag: u32,
        /// Why.
        reason: LegEnd,
    },
    /// This call goes on, but a fault of the stick may have left it without sound: it was apart from another call
    /// that ended. Nothing is known that brings the sound back.
    SoundLost(LegId),
    /// The other side put us on hold (`true`) or took us back.
    HeldByOther(bool),
    /// A pressed digit was heard.
    Digit {
        /// On which call, where the stick says so.
        leg: Option<LegId>,
        /// `0-9 A-D * #`.
        digit: char,
    },
    /// An SMS came. Answer with [`GsmCommand::SmsKept`] once it is safe.
    Sms(ReceivedSms),
    /// The network took every part of an SMS.
    SmsSent {
        /// The reference of the command.
        reference: u64,
        /// In how many parts it went.
        parts: u8,
    },
    /// An SMS could not be sent.
    SmsFailed {
        /// The reference of the command.
        reference: u64,
        /// Why, with the remedy where there is one.
        reason: Box<str>,
    },
    /// What became of a sent SMS.
    SmsReport {
        /// The reference of the command.
        reference: u64,
        /// To whom it went.
        to: Box<str>,
        /// What became of it.
        fate: SmsFate,
    },
    /// The SIM's or the stick's store for SMS is full.
    SmsStoreFull,
    /// The network's answer to a USSD code, or a message of its own.
    Ussd {
        /// What it says.
        text: Box<str>,
        /// The network waits for an answer: another [`GsmCommand::Ussd`].
        answer_expected: bool,
    },
    /// The answer to a [`GsmCommand::Raw`].
    Raw {
        /// The command.
        command: Box<str>,
        /// Its lines, the last one being the result.
        lines: Vec<String>,
    },
    /// A line to (`sent`) or from the stick; only with [`Settings::show_lines`](crate::Settings::show_lines).
    /// Secrets are not shown.
    Line {
        /// We sent it.
        sent: bool,
        /// The line.
        text: Box<str>,
    },
    /// A command could not be done; the calls are as they were.
    Refused {
        /// The command.
        command: Box<GsmCommand>,
        /// Why.
        reason: Box<str>,
    },
    /// So many events were dropped because nobody took them.
    Dropped(u64),
}
