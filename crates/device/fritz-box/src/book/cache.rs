//! The box's phone books as they were last read: who may always ring, and who may not.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use phone_number::Numbering;

/// What a book is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BookUse {
    /// Its numbers may always ring.
    Allow,
    /// Its numbers are unwanted.
    Deny,
    /// Names found by reverse search are entered here; its numbers are known, and may ring.
    New,
}

/// A number that stands in a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookHit {
    /// What the book is for.
    pub book_use: BookUse,
    /// The book's name.
    pub book: Arc<str>,
    /// The contact's name.
    pub contact: Arc<str>,
    /// The number as it stands in the book; ends with `*` if it stands for all extensions.
    pub entry: Arc<str>,
}

/// One number out of a book, on its way into the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// The contact's name.
    pub contact: Arc<str>,
    /// The number as it stands in the book.
    pub number: Arc<str>,
}

#[derive(Debug, Default)]
struct Books {
    /// By the number as [`BookCache::key`] writes it.
    exact: HashMap<Box<str>, Vec<BookHit>>,
    /// Beginnings of numbers that stand for all their extensions, longest first.
    central: Vec<(Box<str>, BookHit)>,
    read: bool,
}

/// The books as they were last read, shared between the line and whoever judges calls.
///
/// Looking a number up takes a lock for a moment and never asks the box.
#[derive(Debug)]
pub struct BookCache {
    numbering: RwLock<Numbering>,
    books: RwLock<Books>,
}

impl BookCache {
    /// An empty cache for a box at that place in the world.
    pub fn new(numbering: Numbering) -> Self {
        Self { numbering: RwLock::new(numbering), books: RwLock::default() }
    }

    /// The place in the world became known. To be followed by [`BookCache::replace`]: entries already there keep the
    /// form that they have.
    pub fn set_numbering(&self, numbering: Numbering) {
        *self.numbering.write().unwrap_or_else(PoisonError::into_inner) = numbering;
    }

    /// Where the box is.
    pub fn numbering(&self) -> Numbering {
        self.numbering.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every allow book was read at least once. Before that nobody can say that a number is a stranger's.
    pub fn is_filled(&self) -> bool {
        self.read(|books| books.read)
    }

    /// How many numbers are known.
    pub fn len(&self) -> usize {
        self.read(|books| books.exact.values().map(Vec::len).sum::<usize>() + books.central.len())
    }

    /// Whether no number is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a number stands. An allow book wins over a deny book, an exact entry over one for all extensions.
    ///
    /// ```
    /// use fritz_box::{BookCache, BookEntry, BookUse};
    /// let cache = BookCache::new(phone_number::Numbering::new("DE", Some("030")).unwrap());
    /// let entry = |contact: &str, number: &str| BookEntry { contact: contact.into(), number: number.into() };
    /// cache.replace([(BookUse::Allow, "Telefonbuch".into(), vec![
    ///     entry("Anna", "+49 (0)30 23125-001"),
    ///     entry("Office", "0221 4710*"),
    /// ])]);
    /// assert_eq!(cache.find("03023125001").unwrap().contact.as_ref(), "Anna");
    /// assert_eq!(cache.find("23125001").unwrap().contact.as_ref(), "Anna");
    /// assert_eq!(cache.find("02214710222").unwrap().contact.as_ref(), "Office");
    /// assert_eq!(cache.find("003023125001"), None); // Greece is not Berlin
    /// ```
    pub fn find(&self, number: &str) -> Option<BookHit> {
        let key = self.key(number)?;
        self.read(|books| {
            let exact = books.exact.get(&*key).and_then(|hits| hits.iter().min_by_key(|hit| hit.book_use));
            let central =
                || books.central.iter().find(|(start, _)| key.starts_with(&**start)).map(|(_, hit)| hit);
            exact.or_else(central).cloned()
        })
    }

    /// Puts what was just read in the place of what was known. A book that could not be read is left out by the
    /// caller only if it was never read before.
    pub fn replace(&self, books: impl IntoIterator<Item = (BookUse, Arc<str>, Vec<BookEntry>)>) {
        self.fill(books, true);
    }

    /// [`BookCache::replace`], with or without all allow books among them.
    pub(crate) fn fill(
        &self,
        books: impl IntoIterator<Item = (BookUse, Arc<str>, Vec<BookEntry>)>,
        complete: bool,
    ) {
        let mut fresh = Books { read: complete, ..Books::default() };
        for (book_use, book, entries) in books {
            for entry in entries {
                self.put(&mut fresh, book_use, &book, entry);
            }
        }
        fresh.central.sort_by_key(|(start, hit)| (std::cmp::Reverse(start.len()), hit.book_use));
        *self.books.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    /// Adds a number that was just written, and is known to be written.
    pub fn add(&self, book_use: BookUse, book: &Arc<str>, entry: BookEntry) {
        let mut books = self.books.write().unwrap_or_else(PoisonError::into_inner);
        self.put(&mut books, book_use, book, entry);
    }

    fn put(&self, books: &mut Books, book_use: BookUse, book: &Arc<str>, entry: BookEntry) {
        // Internal numbers and codes are no callers.
        if entry.number.starts_with(['*', '#']) {
            return;
        }
        let (digits, central) = match entry.number.strip_suffix('*') {
            Some(start) => (start, true),
            None => (&*entry.number, false),
        };
        let Some(key) = self.key(digits) else { return };
        let hit = BookHit { book_use, book: book.clone(), contact: entry.contact, entry: entry.number };
        if central {
            books.central.push((key, hit));
        } else {
            books.exact.entry(key).or_default().push(hit);
        }
    }

    fn read<T>(&self, with: impl FnOnce(&Books) -> T) -> T {
        with(&self.books.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A number in the one form in which numbers are compared here. `None` if it holds no digit.
    pub fn key(&self, number: &str) -> Option<Box<str>> {
        let number = self.numbering.read().unwrap_or_else(PoisonError::into_inner).read(number)?;
        Some(number.as_str().into())
    }
}
