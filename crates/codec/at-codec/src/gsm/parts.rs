//! The parts of long messages, until they are complete or waited for in vain.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::address::Address;
use super::header::{Header, Part};
use super::pdu::{Content, Deliver};
use super::stamp::Timestamp;

/// The most messages that are waited for at once; the oldest is given up for another.
const WAITING: usize = 64;
/// The most messages whose late repetitions are known.
const REMEMBERED: usize = 64;

/// A message, joined from its parts. `T` says where each part was kept, so that it can be deleted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<T> {
    /// The part that came first in the text of those that came.
    pub first: Deliver,
    /// The text; missing parts stand as `[...]`. `None` for data.
    pub text: Option<String>,
    /// The data, without the missing parts.
    pub data: Option<Vec<u8>>,
    /// When the service centre got the earliest part that came.
    pub sent_at: Timestamp,
    /// How many parts there should be.
    pub total: u8,
    /// True if parts are missing.
    pub incomplete: bool,
    /// Where the parts, repeated ones too, were kept.
    pub kept: Vec<T>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    from: Address,
    reference: u16,
    wide: bool,
    total: u8,
}

#[derive(Debug)]
struct Waiting<T> {
    key: Key,
    since: Instant,
    parts: Vec<Option<Deliver>>,
    kept: Vec<T>,
}

/// Joins the parts of long messages.
#[derive(Debug)]
pub struct Parts<T> {
    patience: Duration,
    waiting: VecDeque<Waiting<T>>,
    done: VecDeque<(Key, Instant)>,
}

/// What came of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken<T> {
    /// A message is complete, or had one part only; or one was given up for want of room.
    Joined(Box<Joined<T>>),
    /// Others are still missing.
    Waiting,
    /// A message that was joined already came again; it can be deleted at this place.
    Repeated(T),
}

impl<T> Parts<T> {
    /// Waits that long for missing parts, counted from the last that came.
    pub fn new(patience: Duration) -> Self {
        Self { patience, waiting: VecDeque::new(), done: VecDeque::new() }
    }

    /// Takes a received message.
    pub fn take(&mut self, now: Instant, sms: Deliver, kept: T) -> Taken<T> {
        let Some(Part { reference, wide, total, number }) = sms.header.part.filter(|part| part.total > 1)
        else {
            let mut only = Waiting::<T> {
                key: Key { from: sms.from.clone(), reference: 0, wide: false, total: 1 },
                since: now,
                parts: vec![Some(sms)],
                kept: vec![kept],
            };
            return match only.join() {
                Some(joined) => Taken::Joined(Box::new(joined)),
                None => Taken::Waiting,
            };
        };
        let key = Key { from: sms.from.clone(), reference, wide, total };
        self.done.retain(|(_, at)| now.saturating_duration_since(*at) < self.patience);
        if let Some(at) = self.waiting.iter().position(|w| w.key == key) {
            let waiting = &mut self.waiting[at];
            waiting.since = now;
            waiting.kept.push(kept);
            let place = &mut waiting.parts[usize::from(number) - 1];
            if place.is_none() {
                *place = Some(sms);
            }
            if waiting.parts.iter().any(Option::is_none) {
                return Taken::Waiting;
            }
            let complete = self.waiting.remove(at).and_then(|mut w| w.join());
            if self.done.len() == REMEMBERED {
                self.done.pop_front();
            }
            self.done.push_back((key, now));
            return complete.map_or(Taken::Waiting, |joined| Taken::Joined(Box::new(joined)));
        }
        if self.done.iter().any(|(done, _)| *done == key) {
            return Taken::Repeated(kept);
        }
        let mut parts: Vec<_> = std::iter::repeat_with(|| None).take(total.into()).collect();
        parts[usize::from(number) - 1] = Some(sms);
        let given_up = if self.waiting.len() == WAITING { self.waiting.pop_front() } else { None };
        self.waiting.push_back(Waiting { key, since: now, parts, kept: vec![kept] });
        given_up.and_then(|mut w| w.join()).map_or(Taken::Waiting, |joined| Taken::Joined(Box::new(joined)))
    }

    /// Gives up what was waited for too long; call until `None`.
    pub fn give_up(&mut self, now: Instant) -> Option<Joined<T>> {
        let at = self.waiting.iter().position(|w| now.saturating_duration_since(w.since) >= self.patience)?;
        let mut waiting = self.waiting.remove(at)?;
        if self.done.len() == REMEMBERED {
            self.done.pop_front();
        }
        self.done.push_back((waiting.key.clone(), now));
        waiting.join()
    }

    /// When the next one is given up.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|w| w.since + self.patience).min()
    }

    /// Forgets what is waited for; the parts are read again from where they are kept.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// How many messages are waited for.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

impl<T> Waiting<T> {
    /// Joins what is there. Neighbouring parts are joined before they are read, because senders split surrogate
    /// pairs and escapes. `None` only if there is no part at all.
    fn join(&mut self) -> Option<Joined<T>> {
        let first = self.parts.iter().flatten().next()?.clone();
        let incomplete = self.parts.iter().any(Option::is_none);
        let sent_at = self
            .parts
            .iter()
            .flatten()
            .map(|part| part.sent_at)
            .min_by_key(|at| (at.year, at.month, at.day, at.hour, at.minute, at.second))?;
        let mut text = String::new();
        let mut data = Vec::new();
        let mut run: Option<(Header, Content)> = None;
        let mut flush = |run: &mut Option<(Header, Content)>| {
            if let Some((header, content)) = run.take() {
                match (content.text(&header), content) {
                    (Some(more), _) => text.push_str(&more),
                    (None, Content::Octets(octets)) => data.extend(octets),
                    (None, _) => {}
                }
            }
        };
        for part in &self.parts {
            let Some(part) = part else {
                flush(&mut run);
                run = Some((Header::default(), Content::Ucs2("[...]".encode_utf16().collect())));
                flush(&mut run);
                continue;
            };
            match (&mut run, &part.content) {
                (Some((header, Content::Septets(all))), Content::Septets(more))
                    if header.alphabet == part.header.alphabet =>
                {
                    all.extend(more);
                }
                (Some((_, Content::Ucs2(all))), Content::Ucs2(more)) => all.extend(more),
                (Some((_, Content::Octets(all))), Content::Octets(more)) => all.extend(more),
                _ => {
                    flush(&mut run);
                    run = Some((part.header.clone(), part.content.clone()));
                }
            }
        }
        flush(&mut run);
        let is_data = matches!(first.content, Content::Octets(_));
        Some(Joined {
            total: self.key.total,
            text: (!is_data).then_some(text),
            data: is_data.then_some(data),
            sent_at,
            incomplete,
            kept: std::mem::take(&mut self.kept),
            first,
        })
    }
}
