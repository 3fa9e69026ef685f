//! Holds the voice detector to its part of the accuracy table.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod cases;

use cases::lines::{CONDITIONS, talk};
use telephone_audio::voice::{VoiceDetector, VoiceEvent};

#[test]
fn long_pauses_on_twelve_kinds_of_line() {
    let mut failed = Vec::new();
    for (i, condition) in CONDITIONS.into_iter().enumerate() {
        let talk = talk(condition, 10, 70 + i as u64);
        let (mut found, mut start) = (Vec::new(), None);
        VoiceDetector::new().push(&talk.samples, |event| match event {
            VoiceEvent::Pause { start: at } => start = Some(at),
            VoiceEvent::Voice { start: at } => found.extend(start.take().map(|from| (from, at))),
        });
        let long = |&(from, to): &(u64, u64)| to.saturating_sub(from) >= 16_000;
        let overlap = |a: (u64, u64), b: (u64, u64)| {
            a.1.min(b.1).saturating_sub(a.0.max(b.0)) as f64 / (a.1 - a.0) as f64
        };
        let wanted: Vec<_> = talk.pauses.iter().copied().filter(long).collect();
        // A pause is found if a silence covers most of it; a silence of 2 s that no pause covers is false.
        let right = wanted.iter().filter(|&&p| found.iter().any(|&s| overlap(p, s) > 0.7)).count();
        let silences: Vec<_> = found.iter().copied().filter(long).collect();
        let wrong = silences.iter().filter(|&&s| !talk.pauses.iter().any(|&p| overlap(s, p) > 0.7)).count();
        println!("{:36} {right} of {} pauses, {wrong} false", talk.name, wanted.len());
        assert!(wanted.len() >= 30, "the case holds too few pauses");
        if right != wanted.len() || wrong != 0 {
            failed.push((talk.name, right, wanted.len(), wrong));
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
