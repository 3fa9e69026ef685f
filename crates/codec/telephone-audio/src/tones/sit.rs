//! Special information tones: three rising tones, whose pitch and length say what is the matter.

use super::single::{SingleToneDetector, SingleToneEvent};
use crate::generate::SitCode;

/// A special information tone was heard. Times are in samples since the detector began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SitEvent {
    /// What it says.
    pub code: SitCode,
    /// When it began.
    pub start: u64,
    /// When its third tone ended.
    pub end: u64,
}

/// Tells the codes of special information tones apart.
///
/// ```
/// use telephone_audio::generate::{self, SitCode};
/// use telephone_audio::tones::SitDetector;
/// let mut heard = None;
/// let sound: Vec<i16> = generate::sit(SitCode::VacantCode, -20.0).pause(200).collect();
/// SitDetector::new().push(&sound, |event| heard = Some(event.code));
/// assert_eq!(heard, Some(SitCode::VacantCode));
/// ```
#[derive(Debug, Clone, Default)]
pub struct SitDetector {
    tones: SingleToneDetector,
    parts: [Option<Part>; 3],
}

#[derive(Debug, Clone, Copy)]
struct Part {
    hz: f32,
    start: u64,
    end: u64,
}

/// Where the three tones may lie, in Hz.
const RANGES: [(f32, f32); 3] = [(873.0, 1041.0), (1309.0, 1493.0), (1620.0, 1857.0)];

impl SitDetector {
    /// A detector at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens to the next samples and tells what was heard.
    pub fn push(&mut self, samples: &[i16], mut event: impl FnMut(SitEvent)) {
        let mut tones = std::mem::take(&mut self.tones);
        tones.push(samples, |tone| {
            if let Some(sit) = self.tone(&tone) {
                event(sit);
            }
        });
        self.tones = tones;
    }

    /// Whether the last tone that ended may be the first or second of three.
    pub(crate) fn under_way(&self, at: u64) -> bool {
        self.parts[2].is_some_and(|last| {
            at.saturating_sub(last.end) < 8 * 450 && {
                RANGES[..2].iter().any(|r| (r.0..=r.1).contains(&last.hz))
            }
        })
    }

    /// Takes what the detector of single tones reported.
    pub(crate) fn tone(&mut self, event: &SingleToneEvent) -> Option<SitEvent> {
        let SingleToneEvent::Ended { hz, start, end, .. } = *event else { return None };
        if end - start < 8 * 140 || end - start > 8 * 600 {
            self.parts = [None; 3];
            return None;
        }
        self.parts.rotate_left(1);
        self.parts[2] = Some(Part { hz, start, end });
        let [Some(first), Some(second), Some(third)] = self.parts else { return None };
        let parts = [first, second, third];
        let right = parts.iter().zip(RANGES).all(|(part, (low, high))| (low..=high).contains(&part.hz))
            && second.start.saturating_sub(first.end) < 8 * 110
            && third.start.saturating_sub(second.end) < 8 * 110;
        if !right {
            return None;
        }
        self.parts = [None; 3];
        let distance = |code: &SitCode| -> f32 {
            code.tones()
                .iter()
                .zip(parts)
                .map(|(&(hz, ms), part)| {
                    // A hundredth off in pitch weighs as much as 60 ms in length.
                    let pitch = (part.hz / hz - 1.0) / 0.01;
                    let length = ((part.end - part.start) as f32 / 8.0 - ms as f32) / 60.0;
                    pitch * pitch + length * length
                })
                .sum()
        };
        let code = SitCode::ALL.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        Some(SitEvent { code, start: first.start, end: third.end })
    }
}
