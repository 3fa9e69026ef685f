//! The contacts in use: a folder of files and any number of servers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use address_book::source::{Place, Watched};
use address_book::vcard::Card;
use address_book::{AddressBook, ContactFolder, Error, Problem, Spelling, vcard};
use phone_number::Numbering;

/// A CardDAV collection, or any other place with vCards, that is a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactServer {
    /// The group's name.
    pub group: String,
    /// Where it is.
    pub place: Place,
}

/// The contacts in use.
#[derive(Debug)]
pub struct Contacts {
    folder: ContactFolder,
    servers: Vec<(String, Watched<Vec<Card>>)>,
    versions: Vec<u64>,
    spelling: Spellings,
    book: Arc<AddressBook>,
}

/// A spelling that can be printed.
#[derive(Clone)]
struct Spellings(Spelling);

impl std::fmt::Debug for Spellings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spelling")
    }
}

impl Contacts {
    /// Begins with an empty book; [`Contacts::refresh`] fills it.
    ///
    /// # Errors
    ///
    /// No thread can be started for a server.
    pub fn new(
        folder: PathBuf,
        servers: Vec<ContactServer>,
        every: Duration,
        cache: Option<PathBuf>,
        numbering: &Numbering,
    ) -> Result<Self, Error> {
        let numbering = numbering.clone();
        let spelling: Spelling = Arc::new(move |number| numbering.resolve(number).as_str().into());
        let servers = servers
            .into_iter()
            .map(|server| {
                let watched = Watched::start(vec![server.place], every, cache.clone(), Box::new(read_cards))?;
                Ok((server.group, watched))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            folder: ContactFolder::new(folder),
            servers,
            versions: Vec::new(),
            book: Arc::new(AddressBook::new(Arc::clone(&spelling))),
            spelling: Spellings(spelling),
        })
    }

    /// The book as it stands.
    pub fn book(&self) -> &AddressBook {
        &self.book
    }

    /// Waits until every server has answered or failed once, at most so long in all. For commands at a
    /// terminal; the phone itself never waits.
    pub fn wait_for_servers(&self, at_most: Duration) {
        let end = std::time::Instant::now() + at_most;
        for (_, watched) in &self.servers {
            // Out of time: the cached copy is used.
            let _ = watched.changes().recv_deadline(end);
        }
    }

    /// Reads again what has changed; gives what is worth telling if anything has. On an error the old book
    /// stays in use.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn refresh(&mut self) -> Result<Option<Vec<Problem>>, Error> {
        let versions: Vec<u64> = self.servers.iter().map(|(_, w)| w.current().version).collect();
        let first = self.versions.len() != versions.len();
        if !first && versions == self.versions && !self.folder.changed()? {
            return Ok(None);
        }
        let (mut book, mut problems) = self.folder.read(Arc::clone(&self.spelling.0))?;
        for (group, watched) in &self.servers {
            let now = watched.current();
            book.add_group(group, now.value.iter().cloned());
            problems.extend(now.problems.iter().cloned());
        }
        self.versions = versions;
        self.book = Arc::new(book);
        Ok(Some(problems))
    }

    /// Replaces a group's file and reads it; gives how many contacts it holds.
    ///
    /// # Errors
    ///
    /// The file is no address book or cannot be written.
    pub fn replace(&mut self, group: &str, bytes: &[u8]) -> Result<usize, Error> {
        let count = self.folder.replace(group, bytes)?;
        self.versions.clear();
        self.refresh()?;
        Ok(count)
    }
}

fn read_cards(places: &[(Place, Vec<Vec<u8>>)]) -> (Vec<Card>, Vec<Problem>) {
    let mut cards = Vec::new();
    let mut problems = Vec::new();
    for text in places.iter().flat_map(|(_, texts)| texts) {
        let (more, wrong) = vcard::read(text);
        cards.extend(more);
        problems.extend(wrong);
    }
    (cards, problems)
}
