//! Numbers on their way into a book of the box.

use std::time::{Duration, Instant};

use call_event::LineEvent;

use super::super::back_off::BackOff;
use super::super::jobs::{Job, NewEntry};
use super::{BOOKS_AFTER_WRITE, LineState, Output, PENDING, Pending};
use crate::{BlockBy, Error};

impl LineState {
    pub(super) fn enter(&mut self, number: Box<str>, name: &str, bar: bool) {
        let refused = if bar && self.settings.block_by == BlockBy::Notice {
            Some(Error::OnlyNotices.to_string())
        } else if !self.may_ask() {
            Some(Error::NoUser.to_string())
        } else if self.pending.len() >= PENDING {
            Some("too many numbers wait to be entered in the FRITZ!Box".into())
        } else {
            None
        };
        if let Some(reason) = refused {
            let result = Err(reason.into());
            self.tell(if bar {
                LineEvent::Barred { number, result }
            } else {
                LineEvent::ContactEntered { number, result }
            });
            return;
        }
        let key = self.books.key(&number);
        if self.pending.iter().any(|p| p.bar == bar && self.books.key(&p.entry.number) == key) {
            return;
        }
        let entry = NewEntry { number, name: if bar { self.label(name) } else { name.into() } };
        self.pending.push(Pending {
            entry: entry.clone(),
            bar,
            due: None,
            back_off: BackOff::up_to(Duration::from_secs(600)),
            told: None,
        });
        self.out.push_back(Output::Job(if bar { Job::Bar(entry) } else { Job::Enter(entry) }));
    }

    /// The name of an entry: as asked for, or as set, with date and time after it.
    fn label(&self, name: &str) -> Box<str> {
        let contact = &self.settings.contact;
        let name = if name.trim().is_empty() { &contact.name } else { name };
        match self.last_stamp.and_then(|s| s.date.map(|d| (s, d))).filter(|_| contact.time_stamp) {
            Some((stamp, date)) => format!(
                "{name} ({:04}.{:02}.{:02} {:02}:{:02}:{:02})",
                date.year, date.month, date.day, stamp.hour, stamp.minute, stamp.second
            )
            .into(),
            None => name.into(),
        }
    }

    /// A number was written, or not.
    pub(super) fn entered(&mut self, now: Instant, entry: &NewEntry, result: Result<(), Error>) {
        let Some(at) = self.pending.iter().position(|p| p.entry == *entry) else { return };
        let bar = self.pending.get(at).is_some_and(|p| p.bar);
        let number = entry.number.clone();
        let event = |result| {
            if bar {
                LineEvent::Barred { number, result }
            } else {
                LineEvent::ContactEntered { number, result }
            }
        };
        let error = match result {
            Ok(()) => {
                self.pending.remove(at);
                self.books_due = self.books_due.min(now + BOOKS_AFTER_WRITE);
                self.tell(event(Ok(())));
                return;
            }
            Err(error) => error,
        };
        if matches!(
            error,
            Error::OnlyNotices | Error::NoUser | Error::NoBookSet { .. } | Error::NotANumber(_)
        ) {
            self.pending.remove(at);
            self.tell(event(Err(error.to_string().into())));
            return;
        }
        // What does not pass by itself may be mended by the owner, so it is tried on, but seldom.
        let least = Duration::from_secs(if error.may_pass() { 1 } else { 600 });
        let text: Box<str> = error.to_string().into();
        let Some(pending) = self.pending.get_mut(at) else { return };
        let wait = pending.back_off.next().max(least);
        pending.due = Some(now + wait);
        // The same trouble is told once, not with every try.
        if pending.told.as_ref() != Some(&text) {
            pending.told = Some(text.clone());
            self.tell(event(Err(format!("{text}; it is tried again").into())));
        }
    }
}
