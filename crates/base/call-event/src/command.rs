//! What a line is asked to do.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::CallId;

/// Something to be played to the other side.
#[derive(Clone, PartialEq)]
pub enum Sound {
    /// A WAV file that the line can play (`callblock sound check` says whether it can).
    File(PathBuf),
    /// Samples made here: mono, 8,000 a second, signed 16 bit.
    Samples(Arc<[i16]>),
}

impl fmt::Debug for Sound {
    /// Debug output lands in logs, where nobody wants to read samples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Samples(samples) => write!(f, "Samples({})", samples.len()),
        }
    }
}

/// Which way sound flows on an answered call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VoiceMode {
    /// From the caller to us.
    Record,
    /// From us to the caller; pressed digits are still heard.
    Transmit,
    /// Both ways at once.
    Duplex,
}

/// What a line is asked to do. A line that cannot do it answers with
/// [`LineEvent::Refused`](crate::LineEvent::Refused) and stays as it was.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LineCommand {
    /// Answer the ringing call and speak or listen.
    Answer,
    /// Answer as a fax machine for that long, then hang up.
    AnswerFax {
        /// How long the fax answers at the most.
        at_most: Duration,
    },
    /// End the call: hang up if it is answered, go off-hook and on-hook again if it rings.
    HangUp,
    /// Let sound flow. Needs an answered call.
    Voice {
        /// Which way.
        mode: VoiceMode,
        /// Where the recording goes, for record and duplex.
        record_to: Option<PathBuf>,
        /// When the call ends at the latest.
        at_most: Duration,
    },
    /// Put a sound at the end of the queue. Starts transmitting if nothing flows yet.
    Play(Sound),
    /// Drop what is queued and what is being played.
    StopPlaying,
    /// Stop the sound but stay off-hook.
    StopVoice,
    /// Send digits, `,` for a pause of a second.
    SendDigits(Box<str>),
    /// Send a beep. Needs an answered call.
    Beep {
        /// How high, in hertz.
        hertz: u16,
        /// How long.
        lasts: Duration,
    },
    /// Listen beside a telephone that was picked up on this line (the star key): off-hook, digits are
    /// reported, nothing is sent. Ends by itself; the answer is [`LineEvent::Listening`](crate::LineEvent::Listening)
    /// at its begin and at its end.
    ListenIn {
        /// How often the line is opened and closed to be heard as clicks before and after.
        clicks: (u8, u8),
        /// For how long.
        at_most: Duration,
    },
    /// Place a call.
    Dial {
        /// The digits to dial.
        number: Box<str>,
        /// Hide (`true`) or show (`false`) the own number; `None` leaves it to the line's setting.
        hide_own_number: Option<bool>,
        /// The id that events about this call will carry.
        call: CallId,
    },
    /// Add a number to the deny book of a box, so that it rings no more.
    BarNumber {
        /// The number as the box should hold it.
        number: Box<str>,
        /// The name to enter it under.
        name: Box<str>,
    },
    /// Add a number with a name to a box's book for new contacts; the answer is
    /// [`LineEvent::ContactEntered`](crate::LineEvent::ContactEntered).
    EnterContact {
        /// The number as the box should hold it.
        number: Box<str>,
        /// Whom it belongs to.
        name: Box<str>,
    },
    /// Ask the line what it is; the answer is a [`LineEvent::Up`](crate::LineEvent::Up).
    Inform,
    /// Ask whoever reads from the device for a sign of life, whether the device is there or not; the answer is a
    /// [`LineEvent::Alive`](crate::LineEvent::Alive).
    SignOfLife,
    /// Ask the device whether all is well with it, while no call is on; the answer is a
    /// [`LineEvent::CheckedUp`](crate::LineEvent::CheckedUp).
    CheckUp,
    /// End any call on-hook and stop the line's thread.
    ShutDown,
}
