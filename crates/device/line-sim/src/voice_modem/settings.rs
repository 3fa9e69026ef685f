//! How a simulated modem is set up, and what goes wrong on it.

use std::path::PathBuf;
use std::time::Duration;

use super::call::FarEnd;
use super::caller_id::Split;
use super::dialogue::Dialogue;
use super::profile::{GENERIC, Profile};

/// How a simulated modem is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which modem it is.
    pub profile: Profile,
    /// Replies from a dialogue file, which come before those of the profile.
    pub dialogue: Dialogue,
    /// The link behind which the port stands; `None` makes one in the folder for temporary files.
    pub link: Option<PathBuf>,
    /// How much faster than real time the line runs.
    pub speed: f64,
    /// What chance starts from: equal seeds make equal runs.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// How lines end.
    pub framing: Framing,
    /// Whether it echoes at the start (`ATE1`).
    pub echo: bool,
    /// Whether it answers in words at the start (`ATV1`).
    pub verbose: bool,
    /// Whether it answers in lower case.
    pub lower_case: bool,
    /// How long it takes to answer a command.
    pub think: Duration,
    /// Whether it stops taking sound for a moment once a second of it waits to be played, as a modem
    /// with flow control does.
    pub flow_control: bool,
    /// Pressed keys come as `DLE / DLE 5 DLE ~`, not as `DLE 5` alone.
    pub bracketed_keys: bool,
    /// Pressed keys and tones come as codes.
    pub codes: bool,
    /// Pressed keys and tones are heard in the caller's sound.
    pub tones: bool,
    /// The far end when nothing else is said.
    pub far_end: FarEnd,
    /// Far ends by number dialled.
    pub numbers: Vec<(String, FarEnd)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: GENERIC,
            dialogue: Dialogue::default(),
            link: None,
            speed: 1.0,
            seed: 1,
            faults: Faults::default(),
            framing: Framing::CrLf,
            echo: true,
            verbose: true,
            lower_case: false,
            think: Duration::from_millis(2),
            flow_control: true,
            bracketed_keys: true,
            codes: true,
            tones: true,
            far_end: FarEnd::default(),
            numbers: Vec::new(),
        }
    }
}

impl Settings {
    /// A modem of this profile, everything else as usual.
    pub fn of(profile: &Profile) -> Self {
        Self { profile: profile.clone(), ..Self::default() }
    }
}

/// How the modem ends and begins its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Framing {
    /// CR LF.
    #[default]
    CrLf,
    /// LF.
    Lf,
    /// CR.
    Cr,
    /// CR CR LF, as where a terminal adds one.
    CrCrLf,
}

impl Framing {
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
            Self::Cr => b"\r",
            Self::CrCrLf => b"\r\r\n",
        }
    }
}

/// What goes wrong. The shares are between 0 and 1 and hold for every reply; the rules come first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Faults {
    /// What goes wrong with replies to certain commands.
    pub rules: Vec<FaultRule>,
    /// The share of replies that never come.
    pub lost: f64,
    /// The share of replies that come late.
    pub late: f64,
    /// By how much they are late.
    pub late_by: Duration,
    /// The share of replies that are ERROR where they should be OK, and OK where they should be CONNECT.
    pub wrong: f64,
    /// The share of replies before which garbage comes.
    pub garbage: f64,
    /// How every reply is cut into pieces.
    pub split: Split,
    /// After so many commands the modem goes deaf.
    pub deaf_after: Option<u64>,
    /// For how long; `None` for ever.
    pub deaf_for: Option<Duration>,
    /// After so many commands the modem is unplugged.
    pub unplug_after: Option<u64>,
    /// After how long it comes back; `None` never.
    pub plug_in_after: Option<Duration>,
}

/// What goes wrong with the replies to one command.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    /// The start of the command line after `AT`, such as `+VLS=1`; upper case.
    pub command: String,
    /// For how many of them; then all is well again.
    pub times: u32,
    /// What goes wrong.
    pub fault: Fault,
}

/// What can go wrong with one reply.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The command is done, but the reply never comes.
    Lost,
    /// The command is neither done nor answered.
    Ignored,
    /// The reply comes late by that much.
    Late(Duration),
    /// This comes in its place, and the command is not done.
    Wrong(String),
    /// These bytes come before it.
    Garbage(Vec<u8>),
}
