//! Calendars that say who takes a call now.
//!
//! An event whose title is a group's or a contact's name, or several names joined, and whose location is a
//! telephone number, forwards their calls to that number while it lasts.

mod event;
mod recurrence;
mod zone;

use chrono::{DateTime, Utc};
use phone_number::ShownNumber;

use crate::contacts::folded;
use crate::{Contact, Problem};
use event::Event;

/// The longest calendar that is read.
pub const MAX_BYTES: usize = 32 << 20;

/// A calendar as it was last read.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    events: Vec<Event>,
}

/// An event that lasts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Now<'a> {
    /// The event's title.
    pub title: &'a str,
    /// Its location as written.
    pub location: &'a str,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// Whose calls go where, by which event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forward {
    /// The number that takes the call.
    pub to: ShownNumber,
    /// The event that says so.
    pub event: Box<str>,
    /// Whether it names the contact or the contact's group.
    pub by: NamedBy,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What an event's title names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedBy {
    /// The contact; goes before the group.
    Contact,
    /// The contact's group.
    Group,
}

impl Calendar {
    /// Reads an iCalendar file. Times without a zone, and whole days, are in `zone`.
    ///
    /// An event that cannot be read is told and left out; the others stay.
    pub fn read(bytes: &[u8], zone: chrono_tz::Tz) -> (Self, Vec<Problem>) {
        event::read(bytes, zone)
    }

    /// How places that hold calendars become one calendar, for [`Watched`](crate::source::Watched).
    pub fn reader(zone: chrono_tz::Tz) -> crate::source::Reader<Self> {
        Box::new(move |places| {
            let mut all = Self::default();
            let mut problems = Vec::new();
            for (place, texts) in places {
                for text in texts {
                    let (calendar, wrong) = Self::read(text, zone);
                    all.join(calendar);
                    problems.extend(wrong.into_iter().map(|p| p.of(place.shown().as_ref())));
                }
            }
            (all, problems)
        })
    }

    /// Adds another calendar's events.
    pub fn join(&mut self, other: Self) {
        self.events.extend(other.events);
    }

    /// How many events it holds.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The events that last at that moment: begun, and not yet over.
    pub fn at(&self, now: DateTime<Utc>) -> impl Iterator<Item = Now<'_>> {
        self.events.iter().filter_map(move |event| {
            let until = event.lasts_until(now)?;
            Some(Now { title: &event.title, location: &event.location, until })
        })
    }

    /// Who takes a contact's call at that moment. An event for the contact goes before one for the group;
    /// of two alike the one that ends first.
    pub fn forward(&self, now: DateTime<Utc>, contact: &Contact) -> Option<Forward> {
        self.matching(now, contact)
            .filter_map(|(by, event)| {
                let to = crate::vcard::telephone(event.location)?;
                Some(Forward { to, event: event.title.into(), by, until: event.until })
            })
            .min_by(|a, b| (a.by, a.until, &a.event).cmp(&(b.by, b.until, &b.event)))
    }

    /// Events that name the contact or its group now, but whose location is no number.
    pub fn without_number(&self, now: DateTime<Utc>, contact: &Contact) -> Vec<Problem> {
        self.matching(now, contact)
            .filter(|(_, event)| crate::vcard::telephone(event.location).is_none())
            .map(|(_, event)| {
                let text = if event.location.is_empty() {
                    format!("event \"{}\" has no location; put the number to forward to there", event.title)
                } else {
                    format!(
                        "event \"{}\": its location \"{}\" is no telephone number",
                        event.title, event.location
                    )
                };
                Problem::new(0, text)
            })
            .collect()
    }

    fn matching<'a>(
        &'a self,
        now: DateTime<Utc>,
        contact: &Contact,
    ) -> impl Iterator<Item = (NamedBy, Now<'a>)> + use<'a> {
        let name = folded(&contact.card.name);
        let group = folded(&contact.group);
        self.at(now).filter_map(move |event| {
            if names(event.title, &name) {
                Some((NamedBy::Contact, event))
            } else if names(event.title, &group) {
                Some((NamedBy::Group, event))
            } else {
                None
            }
        })
    }
}

/// Whether a title is that name, or several names joined and that one among them.
fn names(title: &str, name: &str) -> bool {
    let title = folded(title);
    if title.is_empty() || name.is_empty() {
        return false;
    }
    title == name
        || title
            .split([',', ';', '+', '&', '/'])
            .flat_map(|part| part.split(" and "))
            .flat_map(|part| part.split(" und "))
            .any(|part| part.trim() == name)
}
