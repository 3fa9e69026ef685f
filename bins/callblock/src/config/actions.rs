//! How actions are done: the sections `[actions]`, `[voice-mail]`, `[challenge]`, `[keep-busy]`, `[star-key]`.

use std::path::PathBuf;
use std::time::Duration;

use call_guard::{
    ActionSettings, ChallengeSettings, Ear, KeepBusySettings, StarKeySettings, VoiceMailSettings,
};
use serde::Deserialize;

use super::Config;
use super::LineSection;
use super::span::Span;

/// What is wrong, and at which key.
type Wrong = (&'static str, String);

/// Whatever is not particular to one action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ActionsSection {
    /// Answer, wait, then hang up.
    pub hang_up_pause: Option<Span>,
    /// For how long a call is answered as a fax machine.
    pub fax_for: Option<Span>,
    /// What `message` plays.
    pub message: Option<PathBuf>,
    /// What is played right after picking up in transmit and duplex.
    pub opening: Option<PathBuf>,
    /// In duplex, after so much silence a file of the play folder.
    pub silence: Option<Span>,
    /// No answered call is longer.
    pub longest_call: Option<Span>,
}

impl ActionsSection {
    pub(super) fn files(&mut self) -> [Option<&mut PathBuf>; 2] {
        [self.message.as_mut(), self.opening.as_mut()]
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.silence.is_some_and(|s| s.0.is_zero()) {
            return Err(("silence", "a silence of 0 would play without end; write a time such as 5s".into()));
        }
        if self.longest_call.is_some_and(|s| s.0 < Duration::from_secs(10)) {
            return Err(("longest-call", "no call could be handled in less than 10s".into()));
        }
        Ok(())
    }
}

/// Voice mail.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct VoiceMailSection {
    /// After how many rings it takes a call that may ring.
    pub after_rings: Option<u32>,
    /// The greeting.
    pub greeting: Option<PathBuf>,
    /// For callers on an allow list.
    pub greeting_listed: Option<PathBuf>,
    /// For callers without a number.
    pub greeting_withheld: Option<PathBuf>,
    /// For callers who are blocked.
    pub greeting_blocked: Option<PathBuf>,
    /// The recording ends after so much silence.
    pub silence: Option<Span>,
    /// The longest message.
    pub at_most: Option<Span>,
    /// What is shorter is no message.
    pub shortest: Option<Span>,
}

impl VoiceMailSection {
    pub(super) fn files(&mut self) -> [Option<&mut PathBuf>; 4] {
        [
            self.greeting.as_mut(),
            self.greeting_listed.as_mut(),
            self.greeting_withheld.as_mut(),
            self.greeting_blocked.as_mut(),
        ]
    }

    fn settings(&self) -> VoiceMailSettings {
        let usual = VoiceMailSettings::default();
        VoiceMailSettings {
            after_rings: self.after_rings,
            greeting: self.greeting.clone(),
            greeting_listed: self.greeting_listed.clone(),
            greeting_withheld: self.greeting_withheld.clone(),
            greeting_blocked: self.greeting_blocked.clone(),
            silence: or(self.silence, usual.silence),
            at_most: or(self.at_most, usual.at_most),
            shortest: or(self.shortest, usual.shortest),
        }
    }
}

/// "Press 1".
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ChallengeSection {
    /// What asks for the digit.
    pub prompt: Option<PathBuf>,
    /// What is played when it was right.
    pub passed: Option<PathBuf>,
    /// What is played when all tries are used up.
    pub failed: Option<PathBuf>,
    /// How often is asked.
    pub tries: Option<u32>,
    /// How long each answer may take.
    pub answer_within: Option<Span>,
    /// For how long the caller is let through after passing.
    pub allow_for: Option<Span>,
    /// Take a message after passing.
    pub then_voice_mail: bool,
}

impl ChallengeSection {
    pub(super) fn files(&mut self) -> [Option<&mut PathBuf>; 3] {
        [self.prompt.as_mut(), self.passed.as_mut(), self.failed.as_mut()]
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        match self.tries {
            Some(tries) if !(1..=9).contains(&tries) => Err(("tries", "a caller has 1 to 9 tries".into())),
            _ => Ok(()),
        }
    }

    fn settings(&self) -> ChallengeSettings {
        let usual = ChallengeSettings::default();
        ChallengeSettings {
            prompt: self.prompt.clone(),
            passed: self.passed.clone(),
            failed: self.failed.clone(),
            tries: self.tries.unwrap_or(usual.tries),
            answer_within: or(self.answer_within, usual.answer_within),
            allow_for: or(self.allow_for, usual.allow_for),
            then_voice_mail: self.then_voice_mail,
        }
    }
}

/// Keeping callers busy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct KeepBusySection {
    /// The next phrase comes after so much silence.
    pub gap: Option<Span>,
    /// Without a word from the caller it is over after that.
    pub give_up: Option<Span>,
    /// The longest such call.
    pub at_most: Option<Span>,
}

impl KeepBusySection {
    fn settings(&self) -> KeepBusySettings {
        let usual = KeepBusySettings::default();
        KeepBusySettings {
            gap: or(self.gap, usual.gap),
            give_up: or(self.give_up, usual.give_up),
            at_most: or(self.at_most, usual.at_most),
        }
    }
}

/// The star key. The section switches it on; its defaults are jcblock's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StarKeySection {
    /// So long without a ring means that somebody picked up.
    pub quiet: Option<Span>,
    /// For how long is listened.
    pub listen: Option<Span>,
    /// Clicks before listening.
    pub clicks_before: Option<u8>,
    /// Clicks after listening.
    pub clicks_after: Option<u8>,
    /// Only after so many rings at least.
    pub rings_from: Option<u32>,
    /// Only after so many rings at most.
    pub rings_to: Option<u32>,
    /// A command that writes raw audio (signed 16 bit, mono, 8,000 a second), for modems without voice.
    pub command: Option<Vec<String>>,
}

/// Between two rings no pause is longer than `ring-gap` says; listening may begin that much sooner.
const SOONER: Duration = Duration::from_secs(1);

impl StarKeySection {
    /// Whoever listens between two rings of one call takes the second for another call.
    pub(super) fn check(&self, lines: &[LineSection]) -> Result<(), String> {
        let quiet = self.settings().quiet;
        let usual = LineSection::default();
        let lines = if lines.is_empty() { std::slice::from_ref(&usual) } else { lines };
        match lines.iter().find(|line| quiet + SOONER < line.ring_gap()) {
            None => Ok(()),
            Some(line) => {
                let (gap, least) = (line.ring_gap(), line.ring_gap().saturating_sub(SOONER));
                Err(format!(
                    "{quiet:?} without a ring may be a pause between two rings: the line \"{}\" waits {gap:?} for the \
                     next; use quiet = \"{least:?}\" or more, or a shorter ring-gap in [[line]]",
                    line.name,
                ))
            }
        }
    }

    fn settings(&self) -> StarKeySettings {
        let usual = StarKeySettings::default();
        StarKeySettings {
            quiet: or(self.quiet, usual.quiet),
            listen: or(self.listen, usual.listen),
            clicks: (
                self.clicks_before.unwrap_or(usual.clicks.0),
                self.clicks_after.unwrap_or(usual.clicks.1),
            ),
            rings: (self.rings_from.unwrap_or(usual.rings.0), self.rings_to.unwrap_or(usual.rings.1)),
            ear: self.command.clone().map_or(Ear::Line, Ear::Command),
        }
    }
}

fn or(span: Option<Span>, usual: Duration) -> Duration {
    span.map_or(usual, |s| s.0)
}

impl Config {
    /// What the guard is told about actions.
    pub fn action_settings(&self) -> ActionSettings {
        let usual = ActionSettings::default();
        let own = &self.actions;
        ActionSettings {
            hang_up_pause: or(own.hang_up_pause, usual.hang_up_pause),
            fax_for: or(own.fax_for, usual.fax_for),
            message: own.message.clone(),
            opening: own.opening.clone(),
            silence: own.silence.map(|s| s.0),
            voice_mail: self.voice_mail.settings(),
            challenge: self.challenge.settings(),
            keep_busy: self.keep_busy.settings(),
            star_key: self.star_key.as_ref().map(StarKeySection::settings),
            longest_call: or(own.longest_call, usual.longest_call),
        }
    }
}
