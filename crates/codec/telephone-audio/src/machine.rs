//! A person or an answering machine: who answered an outgoing call.
//!
//! A person says a word and waits; a machine talks on. The settings are those that Asterisk users know.

use crate::level::millis;
use crate::voice::{VoiceDetector, VoiceEvent, VoiceSettings};

/// When to take what for what, all times in samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MachineSettings {
    /// Decide after so long at the latest.
    pub total_analysis: u64,
    /// Silence this long before anything is said: a machine.
    pub initial_silence: u64,
    /// Silence this long after a greeting: a person waits.
    pub after_greeting_silence: u64,
    /// A greeting longer than this: a machine.
    pub greeting: u64,
    /// Shorter sounds are no words.
    pub min_word: u64,
    /// A word longer than this: a machine, or music.
    pub max_word: u64,
    /// Silence this long parts two words.
    pub between_words: u64,
    /// More words than this: a machine.
    pub max_words: u32,
    /// The softest word, in dBm0.
    pub softest: f32,
}

impl Default for MachineSettings {
    fn default() -> Self {
        Self {
            total_analysis: millis(5000),
            initial_silence: millis(2500),
            after_greeting_silence: millis(800),
            greeting: millis(1500),
            min_word: millis(100),
            max_word: millis(5000),
            between_words: millis(50),
            max_words: 2,
            // 256 of 32,767, as the mean magnitude of speech.
            softest: -41.0,
        }
    }
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answered {
    /// A person, who waits for an answer.
    Person,
    /// A machine, and why.
    Machine(WhyMachine),
    /// It cannot be said.
    NotSure,
}

/// Why it is taken for a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhyMachine {
    /// Nothing was said for too long.
    InitialSilence,
    /// The greeting went on for too long.
    LongGreeting,
    /// Too many words.
    ManyWords,
    /// One sound went on for too long.
    LongWord,
}

/// Listens to the first seconds of an answered call and decides once.
///
/// ```
/// use telephone_audio::machine::{Answered, MachineDetector, WhyMachine};
/// let mut detector = MachineDetector::new(Default::default());
/// let silence = vec![0; 24_000];
/// assert_eq!(detector.push(&silence), Some(Answered::Machine(WhyMachine::InitialSilence)));
/// ```
#[derive(Debug, Clone)]
pub struct MachineDetector {
    settings: MachineSettings,
    voice: VoiceDetector,
    position: u64,
    /// When the first word began.
    greeted: Option<u64>,
    /// The word that is being said.
    word: Option<u64>,
    last_word_ended: u64,
    words: u32,
    decided: bool,
}

impl MachineDetector {
    /// A detector for a call that was answered just now.
    pub fn new(settings: MachineSettings) -> Self {
        let voice = VoiceSettings {
            softest: settings.softest,
            shortest: u32::try_from(settings.min_word).unwrap_or(u32::MAX),
            shortest_pause: u32::try_from(settings.between_words).unwrap_or(u32::MAX),
            ..VoiceSettings::default()
        };
        Self {
            settings,
            voice: VoiceDetector::with_settings(voice),
            position: 0,
            greeted: None,
            word: None,
            last_word_ended: 0,
            words: 0,
            decided: false,
        }
    }

    /// Listens to the next samples; the decision, once.
    pub fn push(&mut self, samples: &[i16]) -> Option<Answered> {
        for piece in samples.chunks(crate::voice::FRAME) {
            if self.decided {
                return None;
            }
            let mut events = [None; 4];
            let mut n = 0;
            self.voice.push(piece, |event| {
                if let Some(slot) = events.get_mut(n) {
                    *slot = Some(event);
                    n += 1;
                }
            });
            self.position += piece.len() as u64;
            events.into_iter().flatten().for_each(|event| self.heard(event));
            if let Some(answered) = self.decide() {
                self.decided = true;
                return Some(answered);
            }
        }
        None
    }

    fn heard(&mut self, event: VoiceEvent) {
        match event {
            VoiceEvent::Voice { start } => {
                self.greeted.get_or_insert(start);
                self.word = Some(start);
                self.words += 1;
            }
            VoiceEvent::Pause { start } => {
                self.word = None;
                self.last_word_ended = start;
            }
        }
    }

    fn decide(&self) -> Option<Answered> {
        let settings = &self.settings;
        let machine = |why| Some(Answered::Machine(why));
        let Some(greeted) = self.greeted else {
            return match self.position {
                p if p >= settings.initial_silence => machine(WhyMachine::InitialSilence),
                p if p >= settings.total_analysis => Some(Answered::NotSure),
                _ => None,
            };
        };
        if self.words > settings.max_words {
            return machine(WhyMachine::ManyWords);
        }
        match self.word {
            Some(start) if self.position - start >= settings.max_word => machine(WhyMachine::LongWord),
            Some(_) if self.position - greeted >= settings.greeting => machine(WhyMachine::LongGreeting),
            None if self.position - self.last_word_ended >= settings.after_greeting_silence => {
                Some(Answered::Person)
            }
            _ if self.position >= settings.total_analysis => Some(Answered::NotSure),
            _ => None,
        }
    }
}
