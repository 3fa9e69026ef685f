//! The queue of sounds, sent no faster than the modem plays them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Coder;

const RATE: usize = 8000;
/// So much sound is sent ahead of what the modem plays.
const LEAD: Duration = Duration::from_millis(240);
/// Sent at a time; half the lead, so that a late wake-up is not heard.
const CHUNK: usize = RATE * 120 / 1000;
const CHUNK_LASTS: Duration = Duration::from_millis(120);
/// Most sounds that wait.
const MAX_QUEUE: usize = 256;

/// The queue of sounds and how far it has been sent.
#[derive(Debug, Default)]
pub(crate) struct Transmitter {
    queue: VecDeque<Arc<[i16]>>,
    /// How much of the first has been sent.
    at: usize,
    /// When everything sent so far will have been played.
    played_until: Option<Instant>,
}

impl Transmitter {
    /// Puts a sound at the end. False if the queue is full.
    pub(crate) fn play(&mut self, sound: Arc<[i16]>) -> bool {
        if self.queue.len() >= MAX_QUEUE {
            return false;
        }
        self.queue.push_back(sound);
        true
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// True if nothing is to be sent and nothing is being played.
    pub(crate) fn is_quiet(&self) -> bool {
        self.queue.is_empty() && self.played_until.is_none()
    }

    /// When [`due`](Self::due) has something to do.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        match self.played_until {
            None => (!self.queue.is_empty()).then_some(now),
            Some(until) if self.queue.is_empty() => Some(until),
            Some(until) => Some(until.checked_sub(CHUNK_LASTS).unwrap_or(now)),
        }
    }

    /// Puts the sound that is due, in the modem's form and shielded, at the end of `out`. `queued` is how many
    /// bytes still wait in the system. True once everything has been played.
    pub(crate) fn due(
        &mut self,
        now: Instant,
        queued: Option<usize>,
        coder: &mut Coder,
        out: &mut Vec<u8>,
    ) -> bool {
        let backlog = queued.is_some_and(|bytes| bytes > 4 * CHUNK);
        if self.queue.is_empty() {
            if self.played_until.is_some_and(|until| until <= now) {
                if backlog {
                    self.played_until = Some(now + CHUNK_LASTS);
                    return false;
                }
                self.played_until = None;
                return true;
            }
            return false;
        }
        if backlog {
            // The modem plays more slowly than the clock says: wait for it.
            self.played_until = Some(now + 2 * CHUNK_LASTS);
            return false;
        }
        let mut until = self.played_until.map_or(now, |until| until.max(now));
        let mut encoded = Vec::new();
        while until < now + LEAD {
            let Some(sound) = self.queue.front() else { break };
            let end = sound.len().min(self.at + CHUNK);
            let samples = &sound[self.at..end];
            encoded.clear();
            coder.encode(samples, &mut encoded);
            at_codec::voice::shield_into(&encoded, out);
            until += Duration::from_micros(samples.len() as u64 * 125);
            if end == sound.len() {
                self.queue.pop_front();
                self.at = 0;
            } else {
                self.at = end;
            }
        }
        self.played_until = Some(until);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use at_codec::profile::Encoding;

    #[test]
    fn sound_is_sent_at_the_rate_at_which_it_is_played() {
        let mut transmitter = Transmitter::default();
        transmitter.play(vec![0; RATE].into());
        transmitter.play(vec![0; RATE].into());
        let mut coder = Coder::new(Encoding::Unsigned8);
        let start = Instant::now();
        let (mut now, mut sent) = (start, Vec::new());
        loop {
            let at = transmitter.poll_timeout(now).unwrap();
            now = now.max(at);
            if transmitter.due(now, None, &mut coder, &mut sent) {
                break;
            }
            let elapsed = (now - start).as_micros() as usize * RATE / 1_000_000;
            assert!(sent.len() >= elapsed.min(2 * RATE), "the modem runs dry");
            assert!(sent.len() <= elapsed + RATE * 400 / 1000, "too far ahead");
        }
        assert_eq!(sent.len(), 2 * RATE);
        assert_eq!(now - start, Duration::from_secs(2));
        assert!(transmitter.is_quiet());
    }

    #[test]
    fn a_full_output_queue_holds_the_sound_back() {
        let mut transmitter = Transmitter::default();
        transmitter.play(vec![0; RATE].into());
        let mut coder = Coder::new(Encoding::Unsigned8);
        let (now, mut sent) = (Instant::now(), Vec::new());
        transmitter.due(now, Some(100_000), &mut coder, &mut sent);
        assert!(sent.is_empty());
        assert!(transmitter.poll_timeout(now).unwrap() > now);
    }
}
