//! What the owner can set about the actions. Plain values; reading files is the program's business.

use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be set about what is done with a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionSettings {
    /// Answer, wait that long, then hang up; zero hangs up at once. Some telephones go on ringing, and
    /// some modems lose the hang-up, when both come together.
    pub hang_up_pause: Duration,
    /// For how long a call is answered as a fax machine.
    pub fax_for: Duration,
    /// What [`Action::Message`](call_event::Action::Message) plays if it names no file; without it, the
    /// tones and pauses of "number not in service".
    pub message: Option<PathBuf>,
    /// What is played right after picking up in transmit and duplex.
    pub opening: Option<PathBuf>,
    /// In duplex, after that much silence a random file of the `play` folder is played.
    pub silence: Option<Duration>,
    /// Voice mail.
    pub voice_mail: VoiceMailSettings,
    /// "Press 1".
    pub challenge: ChallengeSettings,
    /// Keeping a caller busy.
    pub keep_busy: KeepBusySettings,
    /// The star key on a call that somebody answered.
    pub star_key: Option<StarKeySettings>,
    /// Any call that the guard answered ends after that long, whatever else is set.
    pub longest_call: Duration,
}

impl Default for ActionSettings {
    fn default() -> Self {
        Self {
            hang_up_pause: Duration::ZERO,
            fax_for: Duration::from_secs(30),
            message: None,
            opening: None,
            silence: None,
            voice_mail: VoiceMailSettings::default(),
            challenge: ChallengeSettings::default(),
            keep_busy: KeepBusySettings::default(),
            star_key: None,
            longest_call: Duration::from_secs(15 * 60),
        }
    }
}

/// How a message is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceMailSettings {
    /// After how many rings a call that may ring is taken; `None`: never.
    pub after_rings: Option<u32>,
    /// The greeting for everybody who has none of their own below; without any, only the beep.
    pub greeting: Option<PathBuf>,
    /// For callers on an allow list.
    pub greeting_listed: Option<PathBuf>,
    /// For callers who hide their number, or have none.
    pub greeting_withheld: Option<PathBuf>,
    /// For callers who are blocked.
    pub greeting_blocked: Option<PathBuf>,
    /// The recording ends after that much silence.
    pub silence: Duration,
    /// The longest message.
    pub at_most: Duration,
    /// What is shorter is no message and is deleted.
    pub shortest: Duration,
}

impl Default for VoiceMailSettings {
    fn default() -> Self {
        Self {
            after_rings: None,
            greeting: None,
            greeting_listed: None,
            greeting_withheld: None,
            greeting_blocked: None,
            silence: Duration::from_secs(6),
            at_most: Duration::from_secs(120),
            shortest: Duration::from_secs(2),
        }
    }
}

/// How callers are asked to press a digit.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeSettings {
    /// What asks for the digit; without a file, as many short beeps as the digit says.
    pub prompt: Option<PathBuf>,
    /// What is played when the digit was right.
    pub passed: Option<PathBuf>,
    /// What is played when all tries are used up.
    pub failed: Option<PathBuf>,
    /// How often is asked.
    pub tries: u32,
    /// How long each answer may take.
    pub answer_within: Duration,
    /// For how long the caller is let through after passing.
    pub allow_for: Duration,
    /// After passing, take a message instead of hanging up. On an analog line the telephone cannot ring
    /// any more once the modem has answered.
    pub then_voice_mail: bool,
}

impl Default for ChallengeSettings {
    fn default() -> Self {
        Self {
            prompt: None,
            passed: None,
            failed: None,
            tries: 3,
            answer_within: Duration::from_secs(8),
            allow_for: Duration::from_secs(24 * 3600),
            then_voice_mail: false,
        }
    }
}

/// How callers are kept busy.
#[derive(Debug, Clone, PartialEq)]
pub struct KeepBusySettings {
    /// The next phrase comes when the caller has been silent for that long.
    pub gap: Duration,
    /// After that long without a word from the caller it is over.
    pub give_up: Duration,
    /// The longest such call.
    pub at_most: Duration,
}

impl Default for KeepBusySettings {
    fn default() -> Self {
        Self {
            gap: Duration::from_millis(1500),
            give_up: Duration::from_secs(40),
            at_most: Duration::from_secs(600),
        }
    }
}

/// When and how the star key is listened for. The values are jcblock's.
#[derive(Debug, Clone, PartialEq)]
pub struct StarKeySettings {
    /// So long without a ring means that somebody picked up, or the caller gave up.
    pub quiet: Duration,
    /// For how long is listened.
    pub listen: Duration,
    /// Clicks that say "now": before and after listening.
    pub clicks: (u8, u8),
    /// Only if it rang at least and at most that often. With an answering machine on the line, let it
    /// answer on the fourth ring and set `(2, 3)` here.
    pub rings: (u32, u32),
    /// Who listens.
    pub ear: Ear,
}

impl Default for StarKeySettings {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(7),
            listen: Duration::from_secs(10),
            clicks: (3, 2),
            rings: (1, u32::MAX),
            ear: Ear::Line,
        }
    }
}

/// Who listens for the star key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ear {
    /// The line itself: the modem's digit codes and our own detector.
    Line,
    /// A command that writes raw audio (signed 16 bit, mono, 8,000 a second), such as
    /// `arecord -q -t raw -f S16_LE -r 8000 -c 1`. For modems without voice.
    Command(Vec<String>),
}

/// The sound files at hand, as they lay in their folders when it rang.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sounds {
    /// The `play` folder: one at random on silence in duplex.
    pub play: Vec<PathBuf>,
    /// The phrases that keep callers busy, in the order of their names.
    pub phrases: Vec<PathBuf>,
}
