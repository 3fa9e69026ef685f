//! The log itself: opening it, and what concerns it as a whole.

use std::path::Path;

use crate::LogError;
use crate::backend::{Backend, Sqlite, View};

/// What "reported as logged" survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A power cut too: each call waits for the disk. The right choice for a home, where calls are rare.
    #[default]
    PowerLoss,
    /// A crash or kill of the program, but not a power cut within the last moments.
    Crash,
}

/// An open log. One thread owns it; others open their own, in this program or in another.
#[derive(Debug)]
pub struct CallLog {
    pub(crate) db: Backend,
    /// Each entry is also put down for delivery to the server.
    pub(crate) delivers: bool,
}

impl CallLog {
    /// Opens the log in this file; makes it where it is missing; brings the layout of an older one up to date.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written, is damaged, is no log, or is from a newer version.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        Self::open_with(path, Durability::default())
    }

    /// Like [`CallLog::open`], with a choice of what a reported call survives.
    ///
    /// # Errors
    ///
    /// As [`CallLog::open`].
    pub fn open_with(path: &Path, durability: Durability) -> Result<Self, LogError> {
        Ok(Self { db: Backend::Sqlite(Sqlite::open(path, durability)?), delivers: false })
    }

    /// Opens the log for reading beside the program that writes it.
    ///
    /// # Errors
    ///
    /// As [`CallLog::open`]; also if there is no log yet.
    pub fn open_read_only(path: &Path) -> Result<Self, LogError> {
        Ok(Self { db: Backend::Sqlite(Sqlite::open_read_only(path)?), delivers: false })
    }

    /// Connects to the log on a server: `postgres://user:password@host/database?sslmode=require`, or
    /// `host=/run/postgresql dbname=callblock`. Without `sslmode=require` nothing is encrypted.
    ///
    /// # Errors
    ///
    /// The server cannot be reached or refuses, or its log is from a newer version.
    #[cfg(feature = "postgres")]
    pub fn connect(server: &str) -> Result<Self, LogError> {
        Self::connect_with(server, &crate::ServerAccess::default())
    }

    /// Like [`CallLog::connect`], with what does not stand in the address.
    ///
    /// # Errors
    ///
    /// As [`CallLog::connect`]; also if the server's certificate is not one to trust.
    #[cfg(feature = "postgres")]
    pub fn connect_with(server: &str, access: &crate::ServerAccess<'_>) -> Result<Self, LogError> {
        let server = crate::backend::Server::connect(server, access)?;
        Ok(Self { db: Backend::Server(Box::new(server)), delivers: false })
    }

    /// Puts each entry written from now on down for delivery to a server as well, in the same
    /// transaction, so that nothing can be written here and forgotten there.
    pub fn keep_for_delivery(&mut self) {
        self.delivers = true;
    }

    /// Lets the log use so many megabytes of memory, for a long import. 16 suffice for a guard.
    ///
    /// # Errors
    ///
    /// The log could not be asked.
    pub fn use_memory(&mut self, megabytes: u16) -> Result<(), LogError> {
        match &self.db {
            Backend::Sqlite(db) => db.batch(&format!("PRAGMA cache_size = -{}", u32::from(megabytes) * 1000)),
            #[cfg(feature = "postgres")]
            Backend::Server(_) => Ok(()),
        }
    }

    /// The file or server, for messages.
    pub fn place(&self) -> &str {
        self.db.place()
    }

    /// How many steps of SQLite's machine all reading by this `CallLog` took so far: how much work it was,
    /// whatever the computer. 0 for a log on a server, which counts elsewhere.
    pub fn effort(&self) -> u64 {
        match &self.db {
            Backend::Sqlite(db) => db.effort,
            #[cfg(feature = "postgres")]
            Backend::Server(_) => 0,
        }
    }

    /// Looks through the whole log for damage; takes a while on a large one.
    ///
    /// # Errors
    ///
    /// What is damaged.
    pub fn check(&mut self) -> Result<(), LogError> {
        match &self.db {
            Backend::Sqlite(db) => db.check(),
            #[cfg(feature = "postgres")]
            Backend::Server(_) => Ok(()),
        }
    }

    /// Does several writes at once: all are in the log, or none. Not to be used inside itself.
    ///
    /// # Errors
    ///
    /// The first that failed; the log is as it was.
    pub fn together<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        self.within(View::Shared, work)
    }

    pub(crate) fn within<T>(
        &mut self,
        view: View,
        work: impl FnOnce(&mut Self) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        self.db.begin(view)?;
        match work(self).and_then(|done| self.db.commit().map(|()| done)) {
            Ok(done) => Ok(done),
            Err(error) => {
                self.db.roll_back();
                Err(error)
            }
        }
    }

    pub(crate) fn unexpected(&self, what: impl Into<String>) -> LogError {
        LogError::Unexpected { place: self.place().into(), what: what.into() }
    }

    /// Puts an entry down for delivery, if this log is the local copy of a server's.
    pub(crate) fn note_delivery(&mut self, kind: &str, key: &[u8; 16]) -> Result<(), LogError> {
        if self.delivers {
            self.db.execute(
                "INSERT INTO undelivered (kind, entry_key) VALUES (?1, ?2)",
                &[kind.into(), key.into()],
            )?;
        }
        Ok(())
    }
}
