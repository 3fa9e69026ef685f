//! Phone books: listed, read, and changed with care.

use crate::book::{Contact, PhoneBook, changed};
use crate::tr064::service::ON_TEL;
use crate::{BookName, Error, Fault, FritzBox};

/// A phone book's place in the box's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookAt {
    /// Its position now. Positions shift when books are added or removed, so the name counts.
    pub position: u16,
    /// Its name.
    pub name: Box<str>,
    url: Box<str>,
}

/// What came of adding a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is written, and was read back.
    Written(u32),
    /// Every number stands there already, in this entry.
    AlreadyThere(Contact),
}

/// A box has at most that many books; more positions are a fault of the box.
const MAX_BOOKS: usize = 64;

impl FritzBox {
    /// All phone books.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn books(&self) -> Result<Vec<BookAt>, Error> {
        let reply = self.tr064.call(ON_TEL, "GetPhonebookList", &[])?;
        let list = reply.field("NewPhonebookList")?;
        list.split(',')
            .filter_map(|p| p.trim().parse().ok())
            .take(MAX_BOOKS)
            .map(|p| self.book_at(p))
            .collect()
    }

    fn book_at(&self, position: u16) -> Result<BookAt, Error> {
        let reply = self.tr064.call(ON_TEL, "GetPhonebook", &[("NewPhonebookID", &position.to_string())])?;
        Ok(BookAt {
            position,
            name: reply.field("NewPhonebookName")?.into(),
            url: reply.field("NewPhonebookURL")?.into(),
        })
    }

    /// The book of that name or at that position. Of a name, upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// There is none; the error names those that there are.
    pub fn find_book(&self, wanted: &BookName) -> Result<BookAt, Error> {
        self.find_in(&self.books()?, wanted)
    }

    pub(crate) fn find_in(&self, books: &[BookAt], wanted: &BookName) -> Result<BookAt, Error> {
        let right = |book: &&BookAt| match wanted {
            BookName::Position(position) => book.position == *position,
            BookName::Name(name) => book.name == *name,
        };
        let similar = |book: &&BookAt| matches!(wanted, BookName::Name(name) if book.name.to_lowercase() == name.trim().to_lowercase());
        books.iter().find(right).or_else(|| books.iter().find(similar)).cloned().ok_or_else(|| {
            let known: Vec<String> = books.iter().map(|b| format!("{} `{}`", b.position, b.name)).collect();
            Error::NoBook { book: wanted.to_string().into(), known: known.join(", ").into() }
        })
    }

    /// Everything in a book.
    ///
    /// # Errors
    ///
    /// The book moved, or cannot be read.
    pub fn book(&self, at: &BookAt) -> Result<PhoneBook, Error> {
        // The address holds a session that ends after some minutes, so it is asked for each time.
        let now = self.check(at)?;
        PhoneBook::parse(&self.tr064.fetch_text(&now.url)?)
    }

    /// Nothing is written to a book that is not the one that was meant.
    fn check(&self, at: &BookAt) -> Result<BookAt, Error> {
        let moved = |found: &str| Error::BookMoved {
            position: at.position,
            expected: at.name.clone(),
            found: found.into(),
        };
        match self.book_at(at.position) {
            Ok(now) if now.name == at.name => Ok(now),
            Ok(now) => Err(moved(&now.name)),
            Err(Error::Fault { fault, .. }) if fault.code == Fault::INVALID_INDEX => Err(moved("")),
            Err(error) => Err(error),
        }
    }

    /// Enters a contact, less the numbers that stand in the book already, and reads it back.
    ///
    /// # Errors
    ///
    /// Nothing was written: the book moved, is kept elsewhere, or did not keep the entry.
    pub fn add(&self, at: &BookAt, contact: &Contact) -> Result<Added, Error> {
        let book = self.book(at)?;
        let mut fresh = Contact { unique_id: None, ..contact.clone() };
        let mut keys = self.keys(contact)?;
        let mut found = None;
        for old in &book.contacts {
            for number in &old.numbers {
                // An entry for all extensions covers only itself here: it may be meant as such.
                let key = (self.key(&number.number), number.is_wildcard());
                if let Some(twin) =
                    keys.iter().position(|(k, wild)| (Some(k), *wild) == (key.0.as_ref(), key.1))
                {
                    keys.remove(twin);
                    fresh.numbers.remove(twin);
                    found = Some(old);
                }
            }
        }
        if let (true, Some(old)) = (fresh.numbers.is_empty(), found) {
            return Ok(Added::AlreadyThere(old.clone()));
        }
        let id = self.write(at, &fresh.to_xml())?;
        let kept = self.read_entry(at, id).and_then(|text| Contact::parse(&text));
        let kept = match kept {
            Err(Error::Fault { fault, .. })
                if [Fault::INVALID_INDEX, Fault::NO_ENTRY].contains(&fault.code) =>
            {
                Contact::default()
            }
            other => other?,
        };
        let there: Vec<_> = kept.numbers.iter().filter_map(|n| self.key(&n.number)).collect();
        match keys.iter().zip(&fresh.numbers).find(|((key, _), _)| !there.contains(key)) {
            Some((_, lost)) => Err(Error::NotWritten { number: lost.number.clone(), book: at.name.clone() }),
            None => Ok(Added::Written(id)),
        }
    }

    fn keys(&self, contact: &Contact) -> Result<Vec<(Box<str>, bool)>, Error> {
        contact
            .numbers
            .iter()
            .map(|n| {
                let key = self.key(&n.number).ok_or_else(|| Error::NotANumber(n.number.clone()))?;
                Ok((key, n.is_wildcard()))
            })
            .collect()
    }

    /// Changes name and numbers of an entry; everything else in it stays.
    ///
    /// # Errors
    ///
    /// Nothing was written: the book moved, is kept elsewhere, or has no such entry.
    pub fn change(&self, at: &BookAt, contact: &Contact) -> Result<(), Error> {
        self.keys(contact)?;
        let no_entry = || Error::NoEntry { what: contact.name.clone(), book: at.name.clone() };
        let id = contact.unique_id.ok_or_else(no_entry)?;
        self.check(at)?;
        let text = self.read_entry(at, id).map_err(|e| missing(e, no_entry))?;
        self.write(at, &changed(&text, contact)?)?;
        Ok(())
    }

    /// Takes an entry out of a book.
    ///
    /// # Errors
    ///
    /// The book moved, is kept elsewhere, or has no such entry.
    pub fn remove(&self, at: &BookAt, unique_id: u32) -> Result<(), Error> {
        self.check(at)?;
        let arguments = [
            ("NewPhonebookID", &*at.position.to_string()),
            ("NewPhonebookEntryUniqueID", &*unique_id.to_string()),
        ];
        let no_entry = || Error::NoEntry { what: unique_id.to_string().into(), book: at.name.clone() };
        self.tr064.call(ON_TEL, "DeletePhonebookEntryUID", &arguments).map_err(|e| missing(e, no_entry))?;
        Ok(())
    }

    fn read_entry(&self, at: &BookAt, id: u32) -> Result<String, Error> {
        let arguments =
            [("NewPhonebookID", &*at.position.to_string()), ("NewPhonebookEntryUniqueID", &*id.to_string())];
        let reply = self.tr064.call(ON_TEL, "GetPhonebookEntryUID", &arguments)?;
        reply.field("NewPhonebookEntryData").map(str::to_owned)
    }

    fn write(&self, at: &BookAt, entry: &str) -> Result<u32, Error> {
        let position = at.position.to_string();
        let arguments = [("NewPhonebookID", &*position), ("NewPhonebookEntryData", entry)];
        let reply =
            self.tr064.call(ON_TEL, "SetPhonebookEntryUID", &arguments).map_err(|error| match error {
                // The book is there, its name was just checked: the box refuses because it only mirrors it.
                Error::Fault { fault, .. } if fault.code == Fault::INVALID_INDEX => {
                    Error::MirroredBook { book: at.name.clone() }
                }
                other => other,
            })?;
        let id = reply.field("NewPhonebookEntryUniqueID")?;
        id.trim().parse().map_err(|_| Error::Missing {
            action: "SetPhonebookEntryUID".into(),
            field: "NewPhonebookEntryUniqueID".into(),
        })
    }

    /// The entries of a book that have this number, or whose name has these words in it.
    ///
    /// A number is compared in its full form, so it is found with or without area and country code; an entry for all
    /// extensions is found by any of them.
    pub fn find<'a>(&self, book: &'a PhoneBook, what: &str) -> Vec<&'a Contact> {
        let looks_like_number =
            what.chars().all(|c| c.is_ascii_digit() || " +-/()*#.".contains(c)) && self.key(what).is_some();
        let matches = |contact: &&Contact| {
            if looks_like_number {
                let key = self.key(what).unwrap_or_default();
                contact.numbers.iter().any(|n| match self.key(&n.number) {
                    Some(own) if n.is_wildcard() => key.starts_with(&*own),
                    Some(own) => own == key,
                    None => false,
                })
            } else {
                contact.name.to_lowercase().contains(&what.trim().to_lowercase())
            }
        };
        book.contacts.iter().filter(matches).collect()
    }
}

/// Turns "no such entry" into words that name it.
pub(super) fn missing(error: Error, no_entry: impl FnOnce() -> Error) -> Error {
    match error {
        Error::Fault { fault, .. } if [Fault::NO_ENTRY, Fault::INVALID_INDEX].contains(&fault.code) => {
            no_entry()
        }
        other => other,
    }
}
