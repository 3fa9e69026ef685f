//! What is asked of the box beside the call monitor: on a thread of its own, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use crate::{
    Added, BlockBy, BookCache, BookEntry, BookName, BookUse, Contact, ContactNumber, Error, FritzBox,
    FritzBoxSettings, ListedCall,
};

/// One thing to ask.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Job {
    /// Model, place in the world, phone books.
    Books,
    /// The last calls.
    Calls,
    /// Enter a number so that it rings no more.
    Bar(NewEntry),
    /// Enter a number in the book for new contacts.
    Enter(NewEntry),
    /// Place a call.
    Dial(Box<str>),
    /// End the call that was placed.
    HangUp,
}

/// A number to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewEntry {
    pub(super) number: Box<str>,
    pub(super) name: Box<str>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Books { device: Option<String>, result: Result<(), Error> },
    Calls(Result<Vec<ListedCall>, Error>),
    Bar(NewEntry, Result<(), Error>),
    Enter(NewEntry, Result<(), Error>),
    Dial(Box<str>, Result<(), Error>),
    HangUp(Result<(), Error>),
}

/// So many calls are looked through after a gap.
const CALLS: u32 = 400;

/// Does jobs until nobody gives any.
pub(super) fn run(
    settings: &FritzBoxSettings,
    books: &Arc<BookCache>,
    jobs: &Receiver<Job>,
    out: &Sender<Done>,
) {
    let mut desk = Desk { settings, books, fritz_box: None, names: HashMap::new(), read: HashMap::new() };
    for job in jobs {
        if out.send(desk.work(job)).is_err() {
            return;
        }
    }
}

/// A book as it was read last: its use, its name, its entries.
type ReadBook = (BookUse, Arc<str>, Vec<BookEntry>);

struct Desk<'a> {
    settings: &'a FritzBoxSettings,
    books: &'a BookCache,
    fritz_box: Option<FritzBox>,
    /// What the books of the settings were called when they were first found.
    names: HashMap<BookName, Box<str>>,
    /// A book that cannot be read now keeps what was read before.
    read: HashMap<BookName, ReadBook>,
}

impl Desk<'_> {
    fn work(&mut self, job: Job) -> Done {
        match job {
            Job::Books => {
                let result = self.read_books();
                let device = self.fritz_box.as_ref().and_then(|f| f.device().ok());
                Done::Books { device, result }
            }
            Job::Calls => Done::Calls(self.fritz_box().and_then(|f| f.calls(CALLS))),
            Job::Bar(entry) => {
                let result = self.bar(&entry);
                Done::Bar(entry, result)
            }
            Job::Enter(entry) => {
                let result = match self.settings.new_contact_book.clone() {
                    Some(book) => self.enter(&book, BookUse::New, &entry),
                    None => Err(Error::NoBookSet { key: "new-contact-book" }),
                };
                Done::Enter(entry, result)
            }
            Job::Dial(number) => {
                let result = self.fritz_box().and_then(|f| f.dial(&number));
                Done::Dial(number, result)
            }
            Job::HangUp => Done::HangUp(self.fritz_box().and_then(FritzBox::hang_up)),
        }
    }

    /// The box; a password file that is not there yet may be there next time.
    fn fritz_box(&mut self) -> Result<&FritzBox, Error> {
        match &mut self.fritz_box {
            Some(fritz_box) => Ok(fritz_box),
            none => Ok(none.insert(FritzBox::new(self.settings)?)),
        }
    }

    fn read_books(&mut self) -> Result<(), Error> {
        let fritz_box = match self.fritz_box.take() {
            Some(fritz_box) => fritz_box,
            None => FritzBox::new(self.settings)?,
        };
        let result = self.read_books_of(&fritz_box);
        self.fritz_box = Some(fritz_box);
        result
    }

    fn read_books_of(&mut self, fritz_box: &FritzBox) -> Result<(), Error> {
        self.books.set_numbering(fritz_box.locate()?);
        let listed = fritz_box.books()?;
        let wanted = self
            .settings
            .allow_books
            .iter()
            .map(|b| (BookUse::Allow, b))
            .chain(self.settings.deny_books.iter().map(|b| (BookUse::Deny, b)))
            .chain(self.settings.new_contact_book.iter().map(|b| (BookUse::New, b)));
        let mut first_error = None;
        for (book_use, wanted) in wanted {
            let by_name = self.names.get(wanted).map(|name| BookName::Name(name.clone()));
            let read = fritz_box.find_in(&listed, by_name.as_ref().unwrap_or(wanted)).and_then(|at| {
                let book = fritz_box.book(&at)?;
                Ok((at.name, book))
            });
            match read {
                Ok((name, book)) => {
                    self.read.insert(wanted.clone(), (book_use, (&*name).into(), book.entries()));
                    self.names.insert(wanted.clone(), name);
                }
                Err(error) => {
                    log::warn!("phone book `{wanted}` of the FRITZ!Box: {error}");
                    first_error.get_or_insert(error);
                }
            }
        }
        let complete = self.settings.allow_books.iter().all(|book| self.read.contains_key(book));
        self.books.fill(self.read.values().cloned(), complete);
        if complete {
            log::info!("phone books of the FRITZ!Box read: {} numbers", self.books.len());
        }
        first_error.map_or(Ok(()), Err)
    }

    fn bar(&mut self, entry: &NewEntry) -> Result<(), Error> {
        match self.settings.block_by {
            BlockBy::DenyBook => {
                let book = self.settings.deny_books.first().cloned();
                let book = book.ok_or(Error::NoBookSet { key: "deny-books" })?;
                self.enter(&book, BookUse::Deny, entry)
            }
            BlockBy::CallBarring => {
                let contact = self.contact(entry);
                self.fritz_box()?.bar(&contact)?;
                self.remember(BookUse::Deny, "call barring", entry);
                Ok(())
            }
            BlockBy::Notice => Err(Error::OnlyNotices),
        }
    }

    fn enter(&mut self, book: &BookName, book_use: BookUse, entry: &NewEntry) -> Result<(), Error> {
        let contact = self.contact(entry);
        let by_name = self.names.get(book).map(|name| BookName::Name(name.clone()));
        let fritz_box = self.fritz_box()?;
        let at = fritz_box.find_book(by_name.as_ref().unwrap_or(book))?;
        match fritz_box.add(&at, &contact)? {
            Added::Written(_) => log::info!("entered in phone book `{}` of the FRITZ!Box", at.name),
            Added::AlreadyThere(_) => log::info!("it stands in phone book `{}` already", at.name),
        }
        self.names.insert(book.clone(), at.name.clone());
        self.remember(book_use, &at.name, entry);
        Ok(())
    }

    fn contact(&self, entry: &NewEntry) -> Contact {
        let kind = self.settings.contact.number_type;
        Contact::new(&entry.name, [ContactNumber { main: true, ..ContactNumber::new(&entry.number, kind) }])
    }

    fn remember(&mut self, book_use: BookUse, book: &str, entry: &NewEntry) {
        let known = BookEntry { contact: (&*entry.name).into(), number: (&*entry.number).into() };
        self.books.add(book_use, &book.into(), known);
    }
}
