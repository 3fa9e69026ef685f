//! What the bridge is asked, what it decides by, and what it tells.

use std::fmt;
use std::time::Duration;

use call_event::CallerName;
use gsm_modem::LegId;
use phone_number::Caller;

/// What is done with a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Answer, hold, call these telephones one after the other, and join with the first that answers.
    Forward {
        /// The telephones.
        to: Vec<Box<str>>,
        /// Why.
        why: Box<str>,
    },
    /// Send the caller away.
    Reject {
        /// Why.
        why: Box<str>,
        /// Ring that long before, so that the owner can take the call after all.
        after: Duration,
        /// Write no SMS, as to a known spammer.
        no_sms: bool,
    },
    /// Do nothing by ourselves; the owner may.
    Ring {
        /// Why.
        why: Box<str>,
    },
}

impl Plan {
    /// Why it was decided so.
    pub fn why(&self) -> &str {
        match self {
            Self::Forward { why, .. } | Self::Reject { why, .. } | Self::Ring { why } => why,
        }
    }
}

/// What the owner wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BridgeCommand {
    /// Connect a telephone of the owner's with somebody.
    Call {
        /// With whom.
        to: Box<str>,
        /// The owner's telephone.
        from: Box<str>,
    },
    /// What is done with a caller: the answer to [`BridgeEvent::Incoming`], or a button pressed later.
    Decide {
        /// The caller.
        leg: LegId,
        /// The plan.
        plan: Plan,
    },
    /// End every call.
    Close,
}

/// How a conversation went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// They spoke with each other.
    Talked,
    /// They spoke until the longest time was over.
    LimitReached,
    /// The caller was sent away.
    Rejected,
    /// The caller hung up while it rang.
    CallerGaveUp,
    /// The caller hung up on hold, before anybody spoke with them.
    EarlyHangUp,
    /// The owner's telephone was busy or refused the call.
    OwnerBusy,
    /// The owner's telephone was not answered.
    OwnerNoAnswer,
    /// The owner's telephone could not be reached.
    OwnerUnreachable,
    /// The owner hung up before the two were joined.
    OwnerGone,
    /// The other side was busy.
    OtherBusy,
    /// The other side refused the call.
    OtherRefused,
    /// The other side did not answer.
    OtherNoAnswer,
    /// The other side could not be reached.
    OtherUnreachable,
    /// The other side hung up before the two were joined.
    OtherGone,
    /// The owner ended it by command.
    Closed,
    /// Another program on the stick took the call.
    TakenElsewhere,
    /// The stick was lost.
    DeviceLost,
    /// It could not be done.
    Failed(Box<str>),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Talked => "they spoke with each other",
            Self::LimitReached => "ended at the longest time",
            Self::Rejected => "not accepted",
            Self::CallerGaveUp => "the caller hung up while it rang",
            Self::EarlyHangUp => "the caller hung up before anybody was there",
            Self::OwnerBusy => "your telephone was busy",
            Self::OwnerNoAnswer => "your telephone was not answered",
            Self::OwnerUnreachable => "your telephone could not be reached",
            Self::OwnerGone => "you hung up before the calls were joined",
            Self::OtherBusy => "the other side was busy",
            Self::OtherRefused => "the other side refused the call",
            Self::OtherNoAnswer => "the other side did not answer",
            Self::OtherUnreachable => "the other side could not be reached",
            Self::OtherGone => "the other side hung up before the calls were joined",
            Self::Closed => "ended by command",
            Self::TakenElsewhere => "taken by another program",
            Self::DeviceLost => "the stick was lost",
            Self::Failed(why) => why,
        })
    }
}

/// Which SMS answers a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoAnswer {
    /// To a caller who hung up on hold.
    EarlyHangUp,
    /// To a caller who was sent away, or for whom nobody was there.
    NotAccepted,
}

/// A conversation from its begin to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversation {
    /// Somebody called us; `false`: the owner called somebody.
    pub inward: bool,
    /// Who called.
    pub caller: Option<Caller>,
    /// The name that came with the call.
    pub name: Option<CallerName>,
    /// The telephone of the owner's that was called last.
    pub owner_phone: Option<Box<str>>,
    /// Whom the owner called.
    pub other: Option<Box<str>>,
    /// How it went.
    pub outcome: Outcome,
    /// From the first ring or command to the end.
    pub lasted: Duration,
    /// How long the two heard each other.
    pub joined_for: Option<Duration>,
}

/// What the bridge tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BridgeEvent {
    /// Somebody calls. To be answered by [`BridgeCommand::Decide`] soon.
    Incoming {
        /// Which call.
        leg: LegId,
        /// Who.
        caller: Option<Caller>,
        /// The name that came with it.
        name: Option<CallerName>,
        /// Another conversation is on.
        waiting: bool,
    },
    /// What is done with a caller, and why.
    Decided {
        /// Which call.
        leg: LegId,
        /// What.
        plan: Plan,
    },
    /// A caller is on hold, and this telephone is called for them.
    Forwarding {
        /// The caller.
        leg: LegId,
        /// The telephone.
        to: Box<str>,
    },
    /// A telephone could not take the call.
    TargetFailed {
        /// Which.
        to: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// A call by command: the owner's telephone is called.
    CallingOwner {
        /// Its number.
        number: Box<str>,
    },
    /// A call by command: the owner is there, the other side is called.
    CallingOther {
        /// Its number.
        number: Box<str>,
    },
    /// Two hear each other.
    Joined {
        /// One.
        first: LegId,
        /// The other.
        second: LegId,
    },
    /// A caller who waited is gone.
    WaitingGone {
        /// Which call.
        leg: LegId,
        /// Who.
        caller: Option<Caller>,
    },
    /// This SMS is to be sent to a caller.
    AnswerBySms {
        /// To whom.
        to: Box<str>,
        /// What.
        text: Box<str>,
        /// Why.
        kind: AutoAnswer,
    },
    /// A conversation is over, and none of its calls is left.
    Ended(Conversation),
    /// A call that another program began or took; it is left alone.
    ForeignCall {
        /// Which.
        leg: LegId,
    },
    /// A command could not be done.
    Refused {
        /// Why, and what helps.
        why: Box<str>,
    },
    /// Something that the owner may have to mend.
    Trouble {
        /// What, and what helps.
        why: Box<str>,
    },
}
