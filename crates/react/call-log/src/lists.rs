//! Changes of the lists: who added or removed what, and when; and the lists as they stand, for sites
//! that share them.

use std::time::SystemTime;

use serde::Serialize;

use crate::backend::{Odd, Row, Value};
use crate::time::{from_millis, millis, rfc3339};
use crate::{CallKey, CallLog, LogError};

/// One change of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange {
    /// Its number in this log; 0 before it is written. Later changes have higher ones.
    pub id: i64,
    /// The name of this change.
    pub key: CallKey,
    /// When.
    pub at: SystemTime,
    /// The site that made it.
    pub site: String,
    /// The list, such as `deny` or `blacklist.csv`.
    pub list: String,
    /// True if the entry was added, false if it was removed.
    pub added: bool,
    /// The entry: a number or pattern.
    pub entry: String,
    /// Its name or comment.
    pub name: String,
    /// Who made it: `star key`, `web`, `command line`, a rule.
    pub by: String,
    /// When the entry ends by itself.
    pub expires: Option<SystemTime>,
}

impl ListChange {
    /// An entry is added to a list, or removed from it.
    pub fn new(at: SystemTime, list: &str, added: bool, entry: &str, by: &str) -> Self {
        Self {
            id: 0,
            key: CallKey::new(at),
            at,
            site: String::new(),
            list: list.into(),
            added,
            entry: entry.into(),
            name: String::new(),
            by: by.into(),
            expires: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown<'a> {
    id: i64,
    at: String,
    site: &'a str,
    list: &'a str,
    added: bool,
    entry: &'a str,
    name: &'a str,
    by: &'a str,
    expires: Option<String>,
}

impl Serialize for ListChange {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Shown {
            id: self.id,
            at: rfc3339(self.at),
            site: &self.site,
            list: &self.list,
            added: self.added,
            entry: &self.entry,
            name: &self.name,
            by: &self.by,
            expires: self.expires.map(rfc3339),
        }
        .serialize(to)
    }
}

/// An entry of a list as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// The entry: a number or pattern.
    pub entry: String,
    /// Its name or comment.
    pub name: String,
    /// Who made it.
    pub by: String,
    /// When it was made.
    pub at: SystemTime,
    /// When it ends by itself.
    pub expires: Option<SystemTime>,
}

/// The channel on which a server tells the sites that a list has changed.
#[cfg(feature = "postgres")]
pub(crate) const CHANNEL: &str = "callblock_lists";

const COLUMNS: &str = "id, change_key, at, site, list, added, entry, name, made_by, expires";

fn read(row: &mut Row) -> Result<ListChange, Odd> {
    Ok(ListChange {
        id: row.int()?,
        key: {
            let bytes = row.blob()?;
            CallKey::from_bytes(&bytes).ok_or_else(|| Odd(format!("a key of {} bytes", bytes.len())))?
        },
        at: from_millis(row.int()?),
        site: row.text()?,
        list: row.text()?,
        added: row.int()? != 0,
        entry: row.text()?,
        name: row.text()?,
        by: row.text()?,
        expires: row.maybe_int()?.map(from_millis),
    })
}

impl CallLog {
    /// Writes a change of a list; writing the same one again changes nothing.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub fn record_list_change(&mut self, change: &ListChange) -> Result<(), LogError> {
        self.together(|log| log.put_list_change(change))
    }

    pub(crate) fn put_list_change(&mut self, change: &ListChange) -> Result<(), LogError> {
        if self.db.is_server() {
            // Changes get their numbers in the order in which others see them: whoever asks for those
            // after a number misses none.
            self.db.query("SELECT value FROM meta WHERE name = 'list-changes' FOR UPDATE", &[], Row::text)?;
        }
        let insert = "INSERT INTO list_changes (change_key, at, site, list, added, entry, name, made_by, expires) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (change_key) DO NOTHING";
        let new = self.db.execute(
            insert,
            &[
                change.key.as_bytes().into(),
                millis(change.at).into(),
                (&change.site).into(),
                (&change.list).into(),
                i64::from(change.added).into(),
                (&change.entry).into(),
                (&change.name).into(),
                (&change.by).into(),
                change.expires.map(millis).into(),
            ],
        )?;
        if new == 0 {
            return Ok(());
        }
        if change.added && self.list_change_is_outdated(change)? {
            // It was on its way for so long that the entry has been removed since.
        } else if change.added {
            let sql = "INSERT INTO list_entries (list, entry, name, made_by, at, expires) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (list, entry) DO UPDATE SET name = excluded.name, \
                 made_by = excluded.made_by, at = excluded.at, expires = excluded.expires \
                 WHERE excluded.at >= list_entries.at";
            self.db.execute(
                sql,
                &[
                    (&change.list).into(),
                    (&change.entry).into(),
                    (&change.name).into(),
                    (&change.by).into(),
                    millis(change.at).into(),
                    change.expires.map(millis).into(),
                ],
            )?;
        } else {
            // A removal that arrives late does not take away what was added after it.
            let sql = "DELETE FROM list_entries WHERE list = ?1 AND entry = ?2 AND at <= ?3";
            self.db
                .execute(sql, &[(&change.list).into(), (&change.entry).into(), millis(change.at).into()])?;
        }
        self.note_delivery("list-change", change.key.as_bytes())?;
        #[cfg(feature = "postgres")]
        if self.db.is_server() {
            self.db.execute(&format!("NOTIFY {CHANNEL}"), &[])?;
        }
        Ok(())
    }

    /// The changes after this number, oldest first.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn list_changes_after(&mut self, id: i64, limit: u32) -> Result<Vec<ListChange>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM list_changes WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.db.query(&sql, &[id.into(), i64::from(limit).into()], read)
    }

    pub(crate) fn list_change_by_key(&mut self, key: &[u8]) -> Result<Option<ListChange>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM list_changes WHERE change_key = ?1");
        self.db.query_one(&sql, &[Value::Blob(key)], read)
    }

    /// Whether the same entry was changed again after this change, which may have been on its way for long.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn list_change_is_outdated(&mut self, change: &ListChange) -> Result<bool, LogError> {
        let sql = "SELECT count(*) FROM list_changes WHERE list = ?1 AND entry = ?2 AND at > ?3";
        let values = [(&change.list).into(), (&change.entry).into(), millis(change.at).into()];
        Ok(self.db.query_one(sql, &values, Row::int)?.unwrap_or(0) > 0)
    }

    /// Changes that other sites have made and that have not been done here, oldest first; no more than a
    /// thousand. [`CallLog::list_changes_done`] says that they were.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn list_changes_to_do(&mut self, own_site: &str) -> Result<Vec<ListChange>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM list_changes WHERE id > ?1 AND site <> '' AND site <> ?2 ORDER BY id LIMIT 1000"
        );
        let done = self.list_changes_done_so_far()?.unwrap_or(0);
        self.db.query(&sql, &[done.into(), own_site.into()], read)
    }

    /// Up to which number the changes of other sites have been done here; `None` before the first.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn list_changes_done_so_far(&mut self) -> Result<Option<i64>, LogError> {
        let sql = "SELECT value FROM meta WHERE name = 'done-list-changes'";
        Ok(self.db.query_one(sql, &[], Row::text)?.and_then(|text| text.parse().ok()))
    }

    /// The changes up to this number have been done here.
    ///
    /// # Errors
    ///
    /// The log could not be written; then they are done again, which changes nothing.
    pub fn list_changes_done(&mut self, id: i64) -> Result<(), LogError> {
        let sql = "INSERT INTO meta (name, value) VALUES ('done-list-changes', ?1) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.together(|log| log.db.execute(sql, &[Value::Text(&id.to_string())]).map(drop))
    }

    /// The entries of a shared list as they stand, by entry.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn list_entries(&mut self, list: &str) -> Result<Vec<ListEntry>, LogError> {
        let sql = "SELECT entry, name, made_by, at, expires FROM list_entries WHERE list = ?1 ORDER BY entry";
        self.db.query(sql, &[list.into()], |row| {
            Ok(ListEntry {
                entry: row.text()?,
                name: row.text()?,
                by: row.text()?,
                at: from_millis(row.int()?),
                expires: row.maybe_int()?.map(from_millis),
            })
        })
    }
}
