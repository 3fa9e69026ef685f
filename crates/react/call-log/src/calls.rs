//! Writing and reading single calls.

use std::path::PathBuf;
use std::time::Duration;

use call_event::Decision;
use phone_number::{Caller, ShownNumber};

use crate::backend::{Odd, Row, Value};
use crate::record::{caller_word, decision_word};
use crate::time::{from_millis, millis};
use crate::{CallKey, CallLog, CallRecord, Direction, LogError, LoggedCall, Mark};

/// The columns of a call, in the order in which [`read`] takes them and [`INSERT`] gives them.
pub(crate) const COLUMNS: &str = "id, call_key, at, offset_minutes, site, line, direction, caller, number, e164, \
     name, area, called, waiting, suspect, line_time, raw, mark, decision, action, stage, rule, reason, steps, \
     ending, rings, answered_ms, digits, recording, recording_bytes";

const INSERT: &str = "INSERT INTO calls (call_key, at, offset_minutes, site, line, direction, who, caller, number, \
     e164, name, area, called, waiting, suspect, line_time, raw, mark, decision, action, stage, rule, cause, \
     reason, steps, ending, rings, answered_ms, digits, recording, recording_bytes) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, \
     ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) ON CONFLICT (call_key) DO NOTHING RETURNING id";

const UPDATE: &str = "UPDATE calls SET at = ?2, offset_minutes = ?3, site = ?4, line = ?5, direction = ?6, \
     who = ?7, caller = ?8, number = ?9, e164 = ?10, name = ?11, area = ?12, called = ?13, waiting = ?14, \
     suspect = ?15, line_time = ?16, raw = ?17, mark = ?18, decision = ?19, action = ?20, stage = ?21, \
     rule = ?22, cause = ?23, reason = ?24, steps = ?25, ending = ?26, rings = ?27, answered_ms = ?28, \
     digits = ?29, recording = ?30, recording_bytes = ?31 WHERE call_key = ?1";

impl CallLog {
    /// Writes a call, or what became of one written before under the same key. When this returns, it is
    /// in the log for good; its number is given back.
    ///
    /// # Errors
    ///
    /// It could not be written; the log is as it was.
    pub fn record(&mut self, call: &CallRecord) -> Result<i64, LogError> {
        self.together(|log| log.put_call(call))
    }

    /// [`CallLog::record`] as a part of [`CallLog::together`].
    ///
    /// # Errors
    ///
    /// As [`CallLog::record`].
    pub fn put_call(&mut self, call: &CallRecord) -> Result<i64, LogError> {
        let id = match self.write_call(INSERT, call, true)? {
            Some(id) => {
                self.db.execute("INSERT INTO uncounted (id) VALUES (?1)", &[id.into()])?;
                id
            }
            None => self.change_call(call)?,
        };
        self.note_delivery("call", call.key.as_bytes())?;
        Ok(id)
    }

    fn write_call(&mut self, sql: &str, call: &CallRecord, returns: bool) -> Result<Option<i64>, LogError> {
        let cause = call.cause();
        let steps = call.steps.join("\n");
        let recording = call.recording.as_ref().map(|p| p.to_string_lossy());
        let mut mark = [0; 4];
        let values: [Value<'_>; 31] = [
            call.key.as_bytes().into(),
            millis(call.at).into(),
            i64::from(call.offset_minutes).into(),
            (&call.site).into(),
            (&call.line).into(),
            direction_word(call.direction).into(),
            call.who().into(),
            caller_word(call.caller.as_ref()).into(),
            call.number().into(),
            call.e164.as_deref().into(),
            call.name.as_deref().into(),
            call.area.as_deref().into(),
            call.called.as_deref().into(),
            i64::from(call.waiting).into(),
            call.suspect.as_deref().into(),
            call.line_time.as_deref().into(),
            Value::Blob(&call.raw),
            Value::Text(call.mark.letter().encode_utf8(&mut mark)),
            decision_word(call.decision).into(),
            (&call.action).into(),
            (&call.stage).into(),
            (&call.rule).into(),
            (&cause).into(),
            (&call.reason).into(),
            (&steps).into(),
            (&call.ending).into(),
            i64::from(call.rings).into(),
            duration_millis(call.answered_for).into(),
            (&call.digits).into(),
            recording.as_deref().into(),
            i64::try_from(call.recording_bytes).unwrap_or(i64::MAX).into(),
        ];
        if returns {
            self.db.query_one(sql, &values, Row::int)
        } else {
            self.db.execute(sql, &values).map(|_| None)
        }
    }

    /// A later writing of a call: where the call is counted already, the tallies follow.
    fn change_call(&mut self, call: &CallRecord) -> Result<i64, LogError> {
        let old = self
            .call_by_key(&call.key)?
            .ok_or_else(|| self.unexpected(format!("no call {} although it was just there", call.key)))?;
        let counted = self
            .db
            .query_one("SELECT id FROM uncounted WHERE id = ?1", &[old.id.into()], Row::int)?
            .is_none();
        if counted {
            self.count_call(&old.call, old.id, -1)?;
        }
        self.write_call(UPDATE, call, false)?;
        if counted {
            self.count_call(call, old.id, 1)?;
        }
        Ok(old.id)
    }

    /// The call with this number.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn call(&mut self, id: i64) -> Result<Option<LoggedCall>, LogError> {
        self.db.query_one(&format!("SELECT {COLUMNS} FROM calls WHERE id = ?1"), &[id.into()], read)
    }

    /// The call with this key.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn call_by_key(&mut self, key: &CallKey) -> Result<Option<LoggedCall>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM calls WHERE call_key = ?1");
        self.db.query_one(&sql, &[key.as_bytes().into()], read)
    }

    /// The calls written after this number, oldest first: what is new since one last looked.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn calls_after(&mut self, id: i64, limit: u32) -> Result<Vec<LoggedCall>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM calls WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.db.query(&sql, &[id.into(), i64::from(limit).into()], read)
    }

    /// The highest number given to a call so far.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn last_id(&mut self) -> Result<i64, LogError> {
        Ok(self.db.query_one("SELECT max(id) FROM calls", &[], Row::maybe_int)?.flatten().unwrap_or(0))
    }

    /// How often this caller has called since then, blocked or not.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn calls_since(&mut self, who: &str, since: std::time::SystemTime) -> Result<u64, LogError> {
        let sql = "SELECT count(*) FROM calls WHERE who = ?1 AND at >= ?2";
        let count = self.db.query_one(sql, &[who.into(), millis(since).into()], Row::int)?;
        Ok(count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }
}

/// Milliseconds, as far as they fit.
pub(crate) fn duration_millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The time of so many milliseconds.
pub(crate) fn duration_from(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// `in` or `out`.
pub(crate) fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &mut Row) -> Result<LoggedCall, Odd> {
    let id = row.int()?;
    let key = row.blob()?;
    let key = CallKey::from_bytes(&key).ok_or_else(|| Odd(format!("a key of {} bytes", key.len())))?;
    let at = from_millis(row.int()?);
    let offset_minutes = i32::try_from(row.int()?).map_err(|_| Odd("a wild time zone".into()))?;
    let mut call = CallRecord { key, offset_minutes, ..CallRecord::empty(key, at) };
    call.site = row.text()?;
    call.line = row.text()?;
    call.direction = match row.text()?.as_str() {
        "in" => Direction::In,
        "out" => Direction::Out,
        other => return Err(Odd(format!("direction {other:?}"))),
    };
    let kind = row.text()?;
    let number = row.maybe_text()?;
    call.caller = match (kind.as_str(), number) {
        ("number", Some(number)) => {
            Some(Caller::Number(ShownNumber::new(&number).ok_or_else(|| Odd(format!("number {number:?}")))?))
        }
        ("withheld", _) => Some(Caller::Withheld),
        ("unavailable", _) => Some(Caller::Unavailable),
        ("none", _) => None,
        (other, _) => return Err(Odd(format!("caller {other:?}"))),
    };
    call.e164 = row.maybe_text()?;
    call.name = row.maybe_text()?;
    call.area = row.maybe_text()?;
    call.called = row.maybe_text()?;
    call.waiting = row.int()? != 0;
    call.suspect = row.maybe_text()?;
    call.line_time = row.maybe_text()?;
    call.raw = row.blob()?;
    let mark = row.text()?;
    call.mark =
        mark.chars().next().and_then(Mark::from_letter).ok_or_else(|| Odd(format!("mark {mark:?}")))?;
    call.decision = match row.text()?.as_str() {
        "ring" => Decision::Ring,
        "block" => Decision::Block,
        other => return Err(Odd(format!("decision {other:?}"))),
    };
    call.action = row.text()?;
    call.stage = row.text()?;
    call.rule = row.text()?;
    call.reason = row.text()?;
    let steps = row.text()?;
    call.steps = if steps.is_empty() { Vec::new() } else { steps.split('\n').map(Into::into).collect() };
    call.ending = row.text()?;
    call.rings = u32::try_from(row.int()?).map_err(|_| Odd("a wild number of rings".into()))?;
    call.answered_for = duration_from(row.int()?);
    call.digits = row.text()?;
    call.recording = row.maybe_text()?.map(PathBuf::from);
    call.recording_bytes = u64::try_from(row.int()?).map_err(|_| Odd("a negative size".into()))?;
    Ok(LoggedCall { id, call })
}
