//! The log in a file of its own, by SQLite.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, StatementStatus, ToSql};

use super::{Cell, Odd, Row, Value};
use crate::schema::{APPLICATION_ID, STEPS};
use crate::{Durability, LogError};

/// How long one statement waits for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: Connection,
    place: String,
    /// Steps of the database's machine that reading took so far.
    pub(crate) effort: u64,
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Sqlite {
    /// Opens the file, makes it where it is missing, and brings its layout up to date.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, LogError> {
        let mut this =
            Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let found = this.layout()?;
        this.check_owner(found)?;
        this.batch(match durability {
            Durability::PowerLoss => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
            Durability::Crash => "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        })?;
        // A day's calls fit many times over; after a long import the file shrinks again.
        this.batch(
            "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384",
        )?;
        this.migrate()?;
        Ok(this)
    }

    /// Opens the file for reading only; it must be there and of today's layout.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self, LogError> {
        let this = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let found = this.layout()?;
        this.check_owner(found)?;
        if found < known() {
            // Never written by this version: opening it once for writing brings it up to date.
            drop(this);
            drop(Self::open(path, Durability::PowerLoss)?);
            return Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        }
        Ok(this)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LogError> {
        let place = path.display().to_string();
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(|e| explain(&place, "opening it", e))?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.busy_timeout(PATIENCE).map_err(|e| explain(&place, "opening it", e))?;
        Ok(Self { connection, place, effort: 0 })
    }

    fn pragma(&self, name: &str) -> Result<i64, LogError> {
        self.connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|e| explain(&self.place, "reading its layout", e))
    }

    fn layout(&self) -> Result<i64, LogError> {
        self.pragma("user_version")
    }

    fn check_owner(&self, found: i64) -> Result<(), LogError> {
        let owner = self.pragma("application_id")?;
        let tables: i64 = self
            .connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|e| explain(&self.place, "reading its layout", e))?;
        if owner != APPLICATION_ID && (tables > 0 || owner != 0 || found != 0) {
            return Err(LogError::Foreign { place: self.place.clone() });
        }
        if found > known() {
            return Err(LogError::Newer { place: self.place.clone(), found, known: known() });
        }
        Ok(())
    }

    /// Takes the missing steps in one transaction, so that a half-made layout is never seen.
    fn migrate(&mut self) -> Result<(), LogError> {
        if self.layout()? == known() {
            return Ok(());
        }
        self.batch("BEGIN IMMEDIATE")?;
        let done = self.layout().and_then(|found| {
            // Another process may have taken the steps while this one waited.
            let behind = usize::try_from(found).unwrap_or(usize::MAX).min(STEPS.len());
            STEPS[behind..].iter().try_for_each(|step| self.batch(step))?;
            self.batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}",
                known()
            ))
        });
        match done.and_then(|()| self.batch("COMMIT")) {
            Ok(()) => Ok(()),
            Err(error) => {
                let _ = self.batch("ROLLBACK");
                Err(error)
            }
        }
    }

    /// The file, for messages.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Looks through the whole file for damage.
    pub(crate) fn check(&self) -> Result<(), LogError> {
        let verdict: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|e| explain(&self.place, "checking it", e))?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(LogError::Corrupt { place: self.place.clone(), source: verdict.into() })
        }
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<(), LogError> {
        self.connection.execute_batch(sql).map_err(|e| explain(&self.place, "preparing it", e))
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, LogError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)))
            .map(|changed| changed as u64)
            .map_err(|e| explain(&self.place, "writing", e))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row) -> Result<(), Odd>,
    ) -> Result<(), LogError> {
        let fail = |e| explain(&self.place, "reading", e);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let cells = (0..columns)
                .map(|i| row.get_ref(i).map(cell))
                .collect::<Result<Vec<_>, _>>()
                .map_err(fail)?;
            take(Row::new(cells))
                .map_err(|Odd(what)| LogError::Unexpected { place: self.place.clone(), what })?;
        }
        drop(rows);
        let steps = statement.reset_status(StatementStatus::VmStep);
        self.effort = self.effort.saturating_add(u64::from(steps.unsigned_abs()));
        Ok(())
    }
}

fn known() -> i64 {
    // The number of steps is a handful.
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Text(number.to_string()),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.into()),
    }
}

/// Says in the log's own words what SQLite complains of.
fn explain(place: &str, doing: &'static str, error: rusqlite::Error) -> LogError {
    let place = place.to_owned();
    let code = error.sqlite_error_code();
    let source = Box::new(error);
    match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LogError::Locked { place, source },
        Some(ErrorCode::DiskFull) => LogError::Full { place, source },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => LogError::ReadOnly { place, source },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LogError::Corrupt { place, source },
        Some(ErrorCode::CannotOpen) => LogError::Open { place, source },
        _ => LogError::Failed { place, doing, source },
    }
}

/// Opens another program's database for reading.
pub(crate) fn open_foreign(path: &Path) -> Result<Connection, String> {
    if !path.is_file() {
        return Err("there is no such file".into());
    }
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(foreign_error)
}

/// What SQLite says of another program's database.
#[allow(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(crate) fn foreign_error(error: rusqlite::Error) -> String {
    error.to_string()
}
