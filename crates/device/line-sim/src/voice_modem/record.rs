//! What happened on a simulated modem, for tests to ask and for people to read.

use std::fmt;
use std::time::Duration;

/// Something that happened, with the line's own time since the modem was switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Duration,
    /// What.
    pub event: SimEvent,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SimEvent {
    /// A program opened the port.
    Opened,
    /// The last program closed the port.
    Closed,
    /// A command line came, without its line end.
    Command(String),
    /// Something was sent that is no sound: results, rings, callers, codes.
    Sent(Vec<u8>),
    /// It rings, for the given time.
    Ring(u32),
    /// The caller ID is sent.
    CallerShown,
    /// The line was taken: a call answered, or the dial tone heard.
    OffHook,
    /// The line was left.
    OnHook(HungUpBy),
    /// The call was answered as a fax of that class.
    FaxAnswered(String),
    /// A number was dialled.
    Dialled(String),
    /// The called side answered.
    FarEndAnswered,
    /// The other side hung up or gave up.
    CallerGone,
    /// The modem began to play, record, or both.
    Voice(VoiceState),
    /// It ended that.
    VoiceEnded,
    /// A fault was made with the reply to that command.
    Fault(String),
    /// The plug was pulled.
    Unplugged,
    /// The plug was put in.
    PluggedIn,
    /// The modem is deaf, or hears again.
    Deaf(bool),
}

impl fmt::Display for SimEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("a program opened the port"),
            Self::Closed => f.write_str("the port was closed"),
            Self::Command(line) => write!(f, "> {}", line.escape_debug()),
            Self::Sent(bytes) => write!(f, "< {}", bytes.escape_ascii()),
            Self::Ring(n) => write!(f, "ring {n}"),
            Self::CallerShown => f.write_str("caller ID sent"),
            Self::OffHook => f.write_str("off-hook"),
            Self::OnHook(by) => write!(f, "on-hook ({by})"),
            Self::FaxAnswered(class) => write!(f, "answered as a fax, class {class}"),
            Self::Dialled(number) => write!(f, "dialled {number}"),
            Self::FarEndAnswered => f.write_str("the called side answered"),
            Self::CallerGone => f.write_str("the other side hung up"),
            Self::Voice(state) => write!(f, "voice: {state}"),
            Self::VoiceEnded => f.write_str("voice ended"),
            Self::Fault(what) => write!(f, "fault: {what}"),
            Self::Unplugged => f.write_str("unplugged"),
            Self::PluggedIn => f.write_str("plugged in"),
            Self::Deaf(true) => f.write_str("deaf"),
            Self::Deaf(false) => f.write_str("hears again"),
        }
    }
}

/// Who put the line on-hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HungUpBy {
    /// A command.
    Command,
    /// The program closed the port, and this modem takes that as a hang-up.
    PortClosed,
    /// The plug was pulled.
    Unplugged,
    /// The modem by itself, as after BUSY.
    Modem,
}

impl fmt::Display for HungUpBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Command => "by command",
            Self::PortClosed => "the port was closed",
            Self::Unplugged => "unplugged",
            Self::Modem => "by the modem",
        })
    }
}

/// Which way sound flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VoiceState {
    /// None flows.
    Quiet,
    /// The modem plays what it is sent.
    Playing,
    /// The modem sends what it hears.
    Recording,
    /// Both.
    Duplex,
}

impl fmt::Display for VoiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quiet => "quiet",
            Self::Playing => "playing",
            Self::Recording => "recording",
            Self::Duplex => "duplex",
        })
    }
}

/// One call, from the far end's point of view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallRecord {
    /// Whether it came in.
    pub incoming: bool,
    /// The number: of the caller, or as dialled.
    pub number: String,
    /// How often it rang.
    pub rings: u32,
    /// How often a telephone on the modem's second socket rang.
    pub heard: u32,
    /// When the caller was shown.
    pub shown: Option<Duration>,
    /// When it was answered.
    pub answered: Option<Duration>,
    /// The class, if it was answered as a fax.
    pub fax: Option<String>,
    /// The keys that the other side heard from us.
    pub keys: String,
    /// When the other side hung up, if it did first or gave up.
    pub caller_gone: Option<Duration>,
    /// When the call was over and the line on-hook.
    pub ended: Option<Duration>,
    /// Who hung up on our side, if the call was answered.
    pub hung_up_by: Option<HungUpBy>,
}

/// How a simulated modem stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The line's own time since the modem was switched on.
    pub at: Duration,
    /// Whether it holds the line.
    pub off_hook: bool,
    /// Which way sound flows.
    pub voice: VoiceState,
    /// Whether a call rings.
    pub ringing: bool,
    /// Whether telephones on the second socket are parted from the line.
    pub phones_apart: bool,
    /// Whether the other side is on the line: answered and not yet gone.
    pub connected: bool,
    /// What `+FCLASS` is.
    pub class: String,
    /// Whether it shows callers: `+VCID` is on, and the country is right where that matters.
    pub shows_callers: bool,
    /// Command lines so far.
    pub commands: u64,
    /// Whether the other side has still something to say.
    pub caller_speaks: bool,
    /// Sound bytes that the other side has heard so far.
    pub heard_bytes: u64,
    /// Whether a program has the port open.
    pub open: bool,
    /// Whether it is plugged in.
    pub plugged_in: bool,
    /// Whether it is deaf.
    pub deaf: bool,
    /// The calls so far, the newest last; of very many only the newest are kept.
    pub calls: Vec<CallRecord>,
}

impl Status {
    /// The newest call.
    pub fn last_call(&self) -> Option<&CallRecord> {
        self.calls.last()
    }

    /// Whether the newest call is over and the line on-hook.
    pub fn call_over(&self) -> bool {
        !self.off_hook && self.last_call().is_some_and(|c| c.ended.is_some())
    }
}
