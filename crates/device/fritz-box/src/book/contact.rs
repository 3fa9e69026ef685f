//! What stands in a phone book.

use std::sync::Arc;

use crate::{BookEntry, NumberType};

/// One number of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactNumber {
    /// As it stands in the book: `0301234`, `+49 30 1234`, `0301234*` for all extensions, `**610` within the house.
    pub number: Box<str>,
    /// What kind.
    pub kind: NumberType,
    /// The number under which it is dialled quickly, `**7xx`.
    pub quick_dial: Option<Box<str>>,
    /// The letters under which it is dialled.
    pub vanity: Option<Box<str>>,
    /// Whether it is the contact's main number.
    pub main: bool,
}

impl ContactNumber {
    /// A number of that kind and nothing more.
    pub fn new(number: &str, kind: NumberType) -> Self {
        Self { number: number.into(), kind, quick_dial: None, vanity: None, main: false }
    }

    /// Whether it is one of the box's own: an internal number or a code, which never calls from outside.
    pub fn is_internal(&self) -> bool {
        self.number.starts_with(['*', '#'])
    }

    /// Whether it stands for all numbers that begin with it.
    pub fn is_wildcard(&self) -> bool {
        self.number.ends_with('*') && !self.is_internal()
    }
}

/// A person or company with all their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// The box's own number for this entry; `None` before it is written.
    pub unique_id: Option<u32>,
    /// The name.
    pub name: Box<str>,
    /// Marked as important in the box.
    pub important: bool,
    /// All numbers, internal ones left out.
    pub numbers: Vec<ContactNumber>,
}

impl Contact {
    /// A contact that is not written yet.
    pub fn new(name: &str, numbers: impl IntoIterator<Item = ContactNumber>) -> Self {
        Self { unique_id: None, name: name.into(), important: false, numbers: numbers.into_iter().collect() }
    }
}

/// A phone book, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhoneBook {
    /// Its name; the barring list has none.
    pub name: Box<str>,
    /// Its contacts in the order of the box.
    pub contacts: Vec<Contact>,
}

impl PhoneBook {
    /// Each number with its contact's name, for a [`BookCache`](crate::BookCache).
    pub fn entries(&self) -> Vec<BookEntry> {
        let entries = self.contacts.iter().flat_map(|contact| {
            let name: Arc<str> = (&*contact.name).into();
            let numbers = contact.numbers.iter();
            numbers.map(move |n| BookEntry { contact: name.clone(), number: (&*n.number).into() })
        });
        entries.collect()
    }
}
