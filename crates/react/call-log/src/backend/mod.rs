//! One way to speak to both databases: numbered parameters `?1`, and cells that are nothing, a whole
//! number, text or bytes.

#[cfg(feature = "postgres")]
mod server;
mod sqlite;
#[cfg(feature = "postgres")]
mod tls;

use crate::LogError;

#[cfg(feature = "postgres")]
pub(crate) use server::Server;
pub(crate) use sqlite::{Sqlite, foreign_error, open_foreign};
#[cfg(feature = "postgres")]
pub use tls::ServerAccess;

/// A value that goes into a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a [u8; 16]> for Value<'a> {
    fn from(key: &'a [u8; 16]) -> Self {
        Self::Blob(key)
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A value that comes out of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row; cells are taken from the left.
#[derive(Debug)]
pub(crate) struct Row {
    cells: std::vec::IntoIter<Cell>,
}

/// A row that does not hold what its statement asked for: somebody edited the log by hand.
#[derive(Debug)]
pub(crate) struct Odd(pub(crate) String);

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self { cells: cells.into_iter() }
    }

    pub(crate) fn int(&mut self) -> Result<i64, Odd> {
        match self.cells.next() {
            Some(Cell::Int(number)) => Ok(number),
            other => Err(Odd(format!("{other:?} in place of a number"))),
        }
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, Odd> {
        match self.cells.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(number)) => Ok(Some(number)),
            other => Err(Odd(format!("{other:?} in place of a number"))),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Odd> {
        match self.cells.next() {
            Some(Cell::Text(text)) => Ok(text),
            other => Err(Odd(format!("{other:?} in place of a text"))),
        }
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, Odd> {
        match self.cells.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text)),
            other => Err(Odd(format!("{other:?} in place of a text"))),
        }
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Odd> {
        match self.cells.next() {
            Some(Cell::Blob(bytes)) => Ok(bytes),
            other => Err(Odd(format!("{other:?} in place of bytes"))),
        }
    }

    pub(crate) fn maybe_blob(&mut self) -> Result<Option<Vec<u8>>, Odd> {
        match self.cells.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Blob(bytes)) => Ok(Some(bytes)),
            other => Err(Odd(format!("{other:?} in place of bytes"))),
        }
    }
}

/// What several statements done together see of others' writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// What others commit meanwhile.
    Shared,
    /// Nothing of it.
    Fixed,
    /// Nothing of it, and nothing is written.
    FixedForReading,
}

/// An open database of either kind.
#[derive(Debug)]
pub(crate) enum Backend {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Server(Box<Server>),
}

impl Backend {
    /// The file or server, for messages.
    pub(crate) fn place(&self) -> &str {
        match self {
            Self::Sqlite(db) => db.place(),
            #[cfg(feature = "postgres")]
            Self::Server(db) => db.place(),
        }
    }

    /// True for a server.
    pub(crate) fn is_server(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// Runs one statement; says how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, LogError> {
        match self {
            Self::Sqlite(db) => db.execute(sql, values),
            #[cfg(feature = "postgres")]
            Self::Server(db) => db.execute(sql, values),
        }
    }

    /// Runs one statement and hands each row to `take`.
    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row) -> Result<(), Odd>,
    ) -> Result<(), LogError> {
        match self {
            Self::Sqlite(db) => db.each(sql, values, take),
            #[cfg(feature = "postgres")]
            Self::Server(db) => db.each(sql, values, take),
        }
    }

    /// Runs one statement and reads each row.
    pub(crate) fn query<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&mut Row) -> Result<T, Odd>,
    ) -> Result<Vec<T>, LogError> {
        let mut rows = Vec::new();
        self.each(sql, values, &mut |mut row| {
            rows.push(read(&mut row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs one statement that gives one row or none.
    pub(crate) fn query_one<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&mut Row) -> Result<T, Odd>,
    ) -> Result<Option<T>, LogError> {
        Ok(self.query(sql, values, read)?.into_iter().next())
    }

    /// Begins to do several things, all or none of them.
    pub(crate) fn begin(&mut self, view: View) -> Result<(), LogError> {
        self.control(match (self.is_server(), view) {
            (true, View::Shared) => "BEGIN",
            (true, View::Fixed | View::FixedForReading) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            // SQLite's plain BEGIN fails at once when a reader turns writer; IMMEDIATE waits its turn.
            (false, View::Shared | View::Fixed) => "BEGIN IMMEDIATE",
            (false, View::FixedForReading) => "BEGIN",
        })
    }

    /// Makes all of it last.
    pub(crate) fn commit(&mut self) -> Result<(), LogError> {
        self.control("COMMIT")
    }

    /// Undoes all of it. Fails where the database has done so by itself; either way nothing stays open.
    pub(crate) fn roll_back(&mut self) {
        if let Err(error) = self.control("ROLLBACK") {
            log::debug!("rolling back: {}", error.full_text());
        }
    }

    fn control(&mut self, sql: &'static str) -> Result<(), LogError> {
        match self {
            Self::Sqlite(db) => db.execute(sql, &[]).map(drop),
            #[cfg(feature = "postgres")]
            Self::Server(db) => db.batch(sql),
        }
    }
}
