//! callattendant's own database as a list: its tables `Whitelist` and `Blacklist`.

use std::path::Path;

use crate::Error;
use crate::settings::ListKind;

/// How every SQLite database begins.
const HEAD: &[u8] = b"SQLite format 3\0";

/// Whether it is a database.
pub(crate) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(HEAD)
}

/// The table for lists of that kind, as CSV with a heading line; read while callattendant may be writing.
#[cfg(feature = "callattendant")]
pub(crate) fn as_csv(path: &Path, kind: ListKind) -> Result<Vec<u8>, Error> {
    use rusqlite::{Connection, OpenFlags};

    let table = if kind == ListKind::Allow { "Whitelist" } else { "Blacklist" };
    let read = || -> rusqlite::Result<Option<Vec<Vec<String>>>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        let mut columns = database.prepare("SELECT lower(name) FROM pragma_table_info(?1)")?;
        let columns: Vec<String> = columns.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if !columns.iter().any(|name| name == "phoneno") {
            return Ok(None);
        }
        // Early versions have fewer columns.
        let wanted = ["PhoneNo", "Name", "Reason", "SystemDateTime"].map(|name| {
            if columns.contains(&name.to_ascii_lowercase()) {
                format!("coalesce(CAST({name} AS TEXT), '')")
            } else {
                "''".into()
            }
        });
        let mut rows =
            database.prepare(&format!("SELECT {} FROM {table} ORDER BY rowid", wanted.join(", ")))?;
        rows.query_map([], |row| (0..wanted.len()).map(|i| row.get(i)).collect())?
            .collect::<Result<_, _>>()
            .map(Some)
    };
    let rows = read()
        .map_err(|source| Error::Read { path: path.into(), source: std::io::Error::other(source) })?
        .ok_or_else(|| Error::format(path, format!("a database without callattendant's table {table}")))?;
    let mut csv = ::csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = csv.write_record(["PhoneNo", "Name", "Reason", "SystemDateTime"]);
    for row in rows {
        let _ = csv.write_record(row);
    }
    Ok(csv.into_inner().unwrap_or_default())
}

#[cfg(not(feature = "callattendant"))]
pub(crate) fn as_csv(path: &Path, _: ListKind) -> Result<Vec<u8>, Error> {
    Err(Error::format(path, "a database, which this program was built without reading"))
}
