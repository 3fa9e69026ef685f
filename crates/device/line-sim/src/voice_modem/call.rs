//! A call on the simulated line, from the far end's point of view.

use std::time::Duration;

use super::caller_id::{CallerId, Form, Split, When};
use super::sound::Sound;

/// A call that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct CallerScript {
    /// Who calls, and how it is shown.
    pub id: CallerId,
    /// When the caller ID comes.
    pub when: When,
    /// How long after the start of its ring.
    pub delay: Duration,
    /// How it is cut into pieces.
    pub split: Split,
    /// After so many rings the caller gives up.
    pub rings: u32,
    /// From the start of one ring to the start of the next.
    pub cadence: Duration,
    /// A distinctive ring: `A`, `B`, `C`, `1`, `2`, `3`.
    pub pattern: Option<char>,
    /// What the caller does once somebody answers, in turn.
    pub then: Vec<CallerAct>,
    /// How the line shows that the caller has hung up.
    pub gone: GoneSign,
}

/// What a caller does in an answered call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CallerAct {
    /// Waits.
    Wait(Duration),
    /// Presses keys: `0-9 A-D * #`, 100 ms each and 100 ms apart.
    Press(String),
    /// Lets the line hear something, after what is being said already.
    Say(Sound),
    /// Waits until all that was to be said is said.
    Finish,
    /// Hangs up.
    HangUp,
}

/// How a line shows that the other side has hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoneSign {
    /// The modem reports the busy tone, again and again, and the tone is heard.
    Busy,
    /// The modem reports the dial tone.
    DialTone,
    /// The modem reports that the loop current broke.
    LoopBreak,
    /// The modem says NO CARRIER.
    NoCarrier,
    /// The busy tone is heard, but the modem reports nothing.
    BusyToneOnly,
    /// Nothing at all.
    Nothing,
}

impl CallerScript {
    /// A caller with a number, as the modem prints it: `5550100`, `P`, `O`.
    pub fn number(number: &str) -> Self {
        Self { id: CallerId { number: Some(number.into()), ..CallerId::default() }, ..Self::nobody() }
    }

    /// A call of which nothing is shown.
    pub fn nobody() -> Self {
        Self {
            id: CallerId { date: None, time: None, form: Form::Nothing, ..CallerId::default() },
            when: When::AfterRing(1),
            delay: Duration::from_millis(1500),
            split: Split::Whole,
            rings: 10,
            cadence: Duration::from_secs(6),
            pattern: None,
            then: Vec::new(),
            gone: GoneSign::Busy,
        }
    }

    /// With this name, which may be any bytes.
    #[must_use]
    pub fn name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.id.name = Some(name.as_ref().to_vec());
        self
    }

    /// In this form.
    #[must_use]
    pub fn form(mut self, form: Form) -> Self {
        self.id.form = form;
        self
    }

    /// At this time of the call.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// In these pieces.
    #[must_use]
    pub fn split(mut self, split: Split) -> Self {
        self.split = split;
        self
    }

    /// Gives up after so many rings.
    #[must_use]
    pub fn rings(mut self, rings: u32) -> Self {
        self.rings = rings;
        self
    }

    /// With so much time from ring to ring.
    #[must_use]
    pub fn cadence(mut self, cadence: Duration) -> Self {
        self.cadence = cadence;
        self
    }

    /// With this distinctive ring.
    #[must_use]
    pub fn pattern(mut self, pattern: char) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Does this once answered, after what it does already.
    #[must_use]
    pub fn then(mut self, act: CallerAct) -> Self {
        self.then.push(act);
        self
    }

    /// Its hanging up shows like this.
    #[must_use]
    pub fn gone(mut self, sign: GoneSign) -> Self {
        self.gone = sign;
        self
    }
}

/// What happens when the modem dials.
#[derive(Debug, Clone, PartialEq)]
pub struct FarEnd {
    /// What becomes of the call.
    pub fate: Fate,
    /// How long dialling takes before the first tone is heard.
    pub setup: Duration,
    /// What the called side does once it has answered.
    pub then: Vec<CallerAct>,
    /// How its hanging up shows.
    pub gone: GoneSign,
}

/// What becomes of a call that the modem places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is answered after so many ringback tones.
    Answers(u32),
    /// It is busy.
    Busy,
    /// Nobody answers.
    NoAnswer,
    /// There is no dial tone.
    NoDialTone,
    /// The three rising tones: no such number.
    NoSuchNumber,
}

impl FarEnd {
    /// With this fate, a second of dialling, and nothing said.
    pub fn new(fate: Fate) -> Self {
        Self { fate, setup: Duration::from_secs(1), then: Vec::new(), gone: GoneSign::Busy }
    }

    /// Does this once it has answered, after what it does already.
    #[must_use]
    pub fn then(mut self, act: CallerAct) -> Self {
        self.then.push(act);
        self
    }
}

impl Default for FarEnd {
    fn default() -> Self {
        Self::new(Fate::Answers(2))
    }
}
