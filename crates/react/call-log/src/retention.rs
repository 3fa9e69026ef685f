//! Forgetting: what is too old, too much or too large goes; what stays may lose the caller.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime};

use phone_number::redact;

use crate::backend::Row;
use crate::time::millis;
use crate::{CallLog, LogError};

/// What is kept for how long. What is not set is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    /// Calls and messages older than this are deleted, with their recordings.
    pub keep_for: Option<Duration>,
    /// At most so many calls are kept, the newest.
    pub keep_calls: Option<u64>,
    /// At most so many bytes of recordings are kept, the newest.
    pub keep_recordings: Option<u64>,
    /// Recordings older than this are deleted, the calls stay.
    pub keep_recordings_for: Option<Duration>,
    /// Calls older than this lose number (its last three digits), name, digits pressed and recording.
    pub anonymise_after: Option<Duration>,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Forgotten {
    /// Calls deleted.
    pub calls: u64,
    /// Messages deleted.
    pub messages: u64,
    /// Recordings deleted.
    pub recordings: u64,
    /// Calls that lost their caller.
    pub anonymised: u64,
}

/// How many entries are dealt with in one transaction, so that the guard's own writes get in between.
const AT_ONCE: i64 = 1000;

impl CallLog {
    /// Forgets what `retention` does not keep. The tallies keep counting what is deleted; no caller can
    /// be told from them.
    ///
    /// # Errors
    ///
    /// The log could not be written, or a recording could not be deleted.
    pub fn forget(&mut self, retention: &Retention, now: SystemTime) -> Result<Forgotten, LogError> {
        let mut forgotten = Forgotten::default();
        self.count_all_new()?;
        let before = |age: Duration| now.checked_sub(age).map_or(0, millis);
        if let Some(age) = retention.keep_recordings_for {
            self.delete_recordings_before(before(age), &mut forgotten)?;
        }
        if let Some(most) = retention.keep_recordings {
            self.limit_recordings(most, &mut forgotten)?;
        }
        if let Some(age) = retention.keep_for {
            self.delete_before(before(age), &mut forgotten)?;
        }
        if let Some(most) = retention.keep_calls {
            let sql = "SELECT at FROM calls ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?1";
            let last_kept = i64::try_from(most).unwrap_or(i64::MAX).saturating_sub(1);
            let edge = if most == 0 {
                Some(i64::MAX)
            } else {
                self.db.query_one(sql, &[last_kept.into()], Row::int)?
            };
            if let Some(edge) = edge {
                self.delete_before(edge, &mut forgotten)?;
            }
        }
        if let Some(age) = retention.anonymise_after {
            self.anonymise_before(before(age), &mut forgotten)?;
        }
        self.db.execute("DELETE FROM answers WHERE expires <= ?1", &[millis(now).into()])?;
        Ok(forgotten)
    }

    fn delete_before(&mut self, edge: i64, forgotten: &mut Forgotten) -> Result<(), LogError> {
        self.delete_recordings_before(edge, forgotten)?;
        let oldest = self.db.query_one("SELECT min(at) FROM calls", &[], Row::maybe_int)?.flatten();
        let calls_before = forgotten.calls;
        loop {
            let gone = self.together(|log| {
                let sql = "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE at < ?1 AND id NOT IN \
                     (SELECT id FROM uncounted) ORDER BY at, id LIMIT ?2)";
                let calls = log.db.execute(sql, &[edge.into(), AT_ONCE.into()])?;
                let sql = "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE at < ?1 \
                     ORDER BY at, id LIMIT ?2)";
                let messages = log.db.execute(sql, &[edge.into(), AT_ONCE.into()])?;
                forgotten.calls += calls;
                forgotten.messages += messages;
                Ok(calls + messages)
            })?;
            if gone == 0 {
                break;
            }
        }
        match oldest {
            Some(oldest) if forgotten.calls > calls_before => self.forget_details(oldest, edge, false),
            _ => Ok(()),
        }
    }

    /// Forgets what else tells of the calls between: where they stand, and who they came from.
    fn forget_details(&mut self, oldest: i64, edge: i64, only_callers: bool) -> Result<(), LogError> {
        // A line's wall clock is at most a day away.
        let day = |at: i64| at / 86_400_000;
        let newest = self.db.query_one("SELECT max(day) FROM tallies", &[], Row::maybe_int)?.flatten();
        let last = (day(edge.min(i64::MAX - 86_400_000)) + 1).min(newest.unwrap_or(0));
        self.together(|log| log.forget_top_callers(day(oldest) - 1, last))?;
        self.forget_places(edge, only_callers)?;
        self.forget_callers(edge)
    }

    fn delete_recordings_before(&mut self, edge: i64, forgotten: &mut Forgotten) -> Result<(), LogError> {
        for (table, column) in [("calls", "recording"), ("messages", "file")] {
            let sql = format!(
                "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND at < ?1 ORDER BY at, id"
            );
            let old = self.db.query(&sql, &[edge.into()], |row| Ok((row.int()?, row.text()?)))?;
            for (id, file) in old {
                self.drop_recording(table, id, &file, forgotten)?;
            }
        }
        Ok(())
    }

    fn limit_recordings(&mut self, most: u64, forgotten: &mut Forgotten) -> Result<(), LogError> {
        // A voice mail stands in both tables; its file counts once.
        let sql = "SELECT 0, id, recording, recording_bytes, at FROM calls WHERE recording IS NOT NULL \
             UNION ALL SELECT 1, id, file, bytes, at FROM messages WHERE file IS NOT NULL ORDER BY 5 DESC";
        let all = self.db.query(sql, &[], |row| Ok((row.int()?, row.int()?, row.text()?, row.int()?)))?;
        let mut seen = std::collections::HashMap::new();
        let mut sum = 0;
        for (table, id, file, bytes) in all {
            let keep = *seen.entry(file.clone()).or_insert_with(|| {
                sum += u64::try_from(bytes).unwrap_or(0);
                sum <= most
            });
            if !keep {
                self.drop_recording(if table == 0 { "calls" } else { "messages" }, id, &file, forgotten)?;
            }
        }
        Ok(())
    }

    fn drop_recording(
        &mut self,
        table: &str,
        id: i64,
        file: &str,
        forgotten: &mut Forgotten,
    ) -> Result<(), LogError> {
        if delete_file(Path::new(file))? {
            forgotten.recordings += 1;
        }
        let set =
            if table == "calls" { "recording = NULL, recording_bytes = 0" } else { "file = NULL, bytes = 0" };
        self.db.execute(&format!("UPDATE {table} SET {set} WHERE id = ?1"), &[id.into()])?;
        Ok(())
    }

    fn anonymise_before(&mut self, edge: i64, forgotten: &mut Forgotten) -> Result<(), LogError> {
        self.delete_recordings_before(edge, forgotten)?;
        // What has lost its caller already begins with "anonymous" in `who`.
        let mut from = 0;
        let mut oldest = None;
        loop {
            let sql = "SELECT id, at, caller, number, who FROM calls WHERE at < ?1 AND at >= ?2 \
                 AND who NOT LIKE 'anonymous%' ORDER BY at, id LIMIT ?3";
            let some = self.db.query(sql, &[edge.into(), from.into(), AT_ONCE.into()], |row| {
                Ok((row.int()?, row.int()?, row.text()?, row.maybe_text()?, row.text()?))
            })?;
            let Some(last) = some.last() else { break };
            from = last.1;
            oldest = oldest.or_else(|| some.first().map(|first| first.1));
            self.together(|log| {
                for (id, _, caller, _, who) in &some {
                    // The kind of caller stays; of the number only what says where it comes from.
                    let left = if caller == "number" { redact(who) } else { caller.clone() };
                    log.db.execute(
                        "UPDATE calls SET who = ?2, caller = CASE WHEN caller = 'number' THEN 'unavailable' ELSE caller END, \
                         number = NULL, e164 = NULL, name = NULL, line_time = NULL, raw = ?3, digits = '', steps = '', \
                         reason = '', rule = '' WHERE id = ?1",
                        &[
                            (*id).into(),
                            (&format!("anonymous {left}")).into(),
                            crate::backend::Value::Blob(&[]),
                        ],
                    )?;
                    forgotten.anonymised += 1;
                }
                Ok(())
            })?;
        }
        let sql = "UPDATE messages SET who = 'anonymous', name = NULL WHERE at < ?1 AND who <> 'anonymous'";
        self.db.execute(sql, &[edge.into()])?;
        oldest.map_or(Ok(()), |oldest| self.forget_details(oldest, edge, true))
    }
}

/// Deletes a recording; one that is gone already is no error. True if it was there.
pub(crate) fn delete_file(file: &Path) -> Result<bool, LogError> {
    match std::fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(LogError::Recording { path: file.into(), source: Box::new(error) }),
    }
}
