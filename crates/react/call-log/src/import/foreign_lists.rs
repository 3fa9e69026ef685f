//! The lists in callattendant's database, which stand beside its calls.

use std::path::Path;

use crate::LogError;
use crate::backend::{foreign_error, open_foreign};

/// callattendant's two lists: numbers with their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignLists {
    /// Who may ring.
    pub permitted: Vec<(String, String)>,
    /// Who is blocked.
    pub blocked: Vec<(String, String)>,
}

/// Reads callattendant's tables `Whitelist` and `Blacklist`.
///
/// # Errors
///
/// The file cannot be read or is no such database. A table that is not there is an empty list.
pub fn callattendant_lists(path: &Path) -> Result<ForeignLists, LogError> {
    let fail = |why: String| LogError::Import { path: path.into(), why };
    let db = open_foreign(path).map_err(fail)?;
    let read = |table: &str| -> Result<Vec<(String, String)>, LogError> {
        let there: i64 = db
            .query_row(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
                [table],
                |row| row.get(0),
            )
            .map_err(|e| fail(foreign_error(e)))?;
        if there == 0 {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT CAST(PhoneNo AS TEXT), coalesce(CAST(Name AS TEXT), '') FROM {table}");
        let mut statement = db.prepare(&sql).map_err(|e| fail(foreign_error(e)))?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(|e| fail(foreign_error(e)))
    };
    Ok(ForeignLists { permitted: read("Whitelist")?, blocked: read("Blacklist")? })
}
