//! Counting calls ahead of time, so that statistics over millions of them need no look at each.
//!
//! A tally holds, for one day (or for all days) and one line, how many calls there were, how many of
//! them were blocked, and how long they were answered, by hour, cause or area. New calls wait in the
//! table `uncounted`; [`CallLog::count_new`] adds them many at a time.

use call_event::Decision;

use crate::backend::{Row, Value, View};
use crate::calls::duration_millis;
use crate::time::{Day, millis};
use crate::{CallLog, CallRecord, Direction, LogError};

/// What a tally counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: all calls of the day.
    All = 0,
    /// The hour; over all days the weekday as well.
    Hour = 1,
    /// What decided.
    Cause = 2,
    /// Area or country.
    Area = 3,
}

/// The "day" of the tallies over all days.
pub(crate) const ALL_DAYS: i64 = -1;

/// The wall clock in SQL: the day, and the hour of the week from Monday 0 to Sunday 167.
pub(crate) const DAY: &str = "((c.at + c.offset_minutes * 60000) / 86400000)";
pub(crate) const HOUR_OF_WEEK: &str = "((((c.at + c.offset_minutes * 60000) / 3600000) + 72) % 168)";

/// How many new calls are counted in one go: some milliseconds' work.
const AT_ONCE: u32 = 8192;

/// So many new calls are worth a write to the tallies.
const WORTH_COUNTING: u64 = 200;

/// What a call is counted under, by kind.
pub(crate) fn item(kind: Kind) -> String {
    match kind {
        Kind::All => "CAST('' AS TEXT)".into(),
        Kind::Hour => format!("CAST({HOUR_OF_WEEK} AS TEXT)"),
        Kind::Cause => "c.cause".into(),
        Kind::Area => "coalesce(c.area, '')".into(),
    }
}

/// The three sums of a group of calls `c`.
pub(crate) const SUMS: &str = "count(*), CAST(sum(CASE WHEN c.decision = 'block' THEN 1 ELSE 0 END) AS BIGINT), \
     CAST(sum(c.answered_ms) AS BIGINT)";

const ADD: &str = "ON CONFLICT (kind, day, item, line) DO UPDATE SET calls = tallies.calls + excluded.calls, \
     blocked = tallies.blocked + excluded.blocked, answered_ms = tallies.answered_ms + excluded.answered_ms";

const ADD_CALLER: &str = "ON CONFLICT (who) DO UPDATE SET calls = callers.calls + excluded.calls, \
     blocked = callers.blocked + excluded.blocked, answered_ms = callers.answered_ms + excluded.answered_ms, \
     first_at = CASE WHEN excluded.first_at < callers.first_at THEN excluded.first_at ELSE callers.first_at END, \
     last_at = CASE WHEN excluded.last_at > callers.last_at THEN excluded.last_at ELSE callers.last_at END";

impl CallLog {
    /// Adds the calls written since the last time to the tallies; true if more is left to do.
    ///
    /// The statistics are right without it, only slower the more calls are uncounted. [`LogWriter`]
    /// calls it when it has nothing better to do.
    ///
    /// [`LogWriter`]: crate::LogWriter
    ///
    /// # Errors
    ///
    /// The log could not be written; it is as it was.
    pub fn count_new(&mut self) -> Result<bool, LogError> {
        self.count_some(AT_ONCE)
    }

    /// Like [`CallLog::count_new`], for so many calls at once: the more, the less work for each, and the
    /// longer nobody else can write.
    ///
    /// # Errors
    ///
    /// As [`CallLog::count_new`].
    pub fn count_some(&mut self, at_once: u32) -> Result<bool, LogError> {
        let at_once = i64::from(at_once.max(1));
        self.within(View::Fixed, |log| {
            // Two sites must not count the same calls: the second waits here for the first.
            let lock = if log.db.is_server() { " FOR UPDATE" } else { "" };
            log.db.query(&format!("SELECT value FROM meta WHERE name = 'counting'{lock}"), &[], Row::text)?;
            let newest = "SELECT max(id), count(*) FROM (SELECT id FROM uncounted ORDER BY id LIMIT ?1) AS part";
            let (last, found) = log
                .db
                .query_one(newest, &[at_once.into()], |row| Ok((row.maybe_int()?, row.int()?)))?
                .unwrap_or((None, 0));
            let Some(last) = last else {
                return Ok(log.place_older(at_once)? || log.sum_up()?);
            };
            log.place_calls("uncounted u CROSS JOIN calls c WHERE c.id = u.id AND u.id <= ?2", &[last.into()])?;
            // CROSS: else SQLite walks through all calls in the order of an index, to save the grouping.
            let from = "FROM uncounted u CROSS JOIN calls c WHERE c.id = u.id AND u.id <= ?1 AND c.direction = 'in'";
            let head = "INSERT INTO tallies (kind, day, item, line, calls, blocked, answered_ms) SELECT";
            for kind in [Kind::All, Kind::Hour, Kind::Cause, Kind::Area] {
                let (number, item) = (kind as i64, item(kind));
                for day in [DAY, "CAST(-1 AS BIGINT)"] {
                    let sql = format!(
                        "{head} {number}, {day}, {item}, c.line, {SUMS} {from} GROUP BY {day}, {item}, c.line {ADD}"
                    );
                    log.db.execute(&sql, &[last.into()])?;
                }
            }
            let sql = format!(
                "INSERT INTO callers (who, calls, blocked, answered_ms, first_at, last_at) \
                 SELECT c.who, {SUMS}, min(c.at), max(c.at) {from} GROUP BY c.who {ADD_CALLER}"
            );
            log.db.execute(&sql, &[last.into()])?;
            let days = log.db.query(&format!("SELECT DISTINCT {DAY} {from}"), &[last.into()], Row::int)?;
            days.into_iter().try_for_each(|day| log.forget_sums(day))?;
            log.db.execute("DELETE FROM uncounted WHERE id <= ?1", &[last.into()])?;
            Ok(found == at_once || log.place_older(at_once)? || log.sum_up()?)
        })
    }

    /// True if so much has come together that counting is worth its writes.
    pub(crate) fn worth_counting(&mut self) -> Result<bool, LogError> {
        Ok(self.uncounted()? >= WORTH_COUNTING || self.unplaced()? > 0)
    }

    /// Counts all calls that are not counted yet.
    ///
    /// # Errors
    ///
    /// The log could not be written.
    pub fn count_all_new(&mut self) -> Result<(), LogError> {
        while self.count_new()? {}
        Ok(())
    }

    /// Adds one call to the tallies (`sign` 1), or takes it out again (`sign` -1).
    pub(crate) fn count_call(&mut self, call: &CallRecord, id: i64, sign: i64) -> Result<(), LogError> {
        self.place_call(call, id, sign)?;
        if call.direction == Direction::Out {
            return Ok(());
        }
        let (at, day) = (millis(call.at), Day::of(call.at, call.offset_minutes).0);
        self.forget_sums(day)?;
        let hour = (at + i64::from(call.offset_minutes) * 60_000).div_euclid(3_600_000);
        let hour_of_week = (hour + 72).rem_euclid(168).to_string();
        let cause = call.cause();
        let blocked = sign * i64::from(call.decision == Decision::Block);
        let answered = sign * duration_millis(call.answered_for);
        let sql = format!(
            "INSERT INTO tallies (kind, day, item, line, calls, blocked, answered_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) {ADD}"
        );
        for (kind, item) in [
            (Kind::All, ""),
            (Kind::Hour, &hour_of_week),
            (Kind::Cause, &cause),
            (Kind::Area, call.area.as_deref().unwrap_or("")),
        ] {
            for day in [day, ALL_DAYS] {
                let values: [Value<'_>; 7] = [
                    (kind as i64).into(),
                    day.into(),
                    item.into(),
                    (&call.line).into(),
                    sign.into(),
                    blocked.into(),
                    answered.into(),
                ];
                self.db.execute(&sql, &values)?;
            }
        }
        let sql = format!(
            "INSERT INTO callers (who, calls, blocked, answered_ms, first_at, last_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) {ADD_CALLER}"
        );
        let values: [Value<'_>; 6] =
            [call.who().into(), sign.into(), blocked.into(), answered.into(), at.into(), at.into()];
        self.db.execute(&sql, &values)?;
        self.db.execute("DELETE FROM callers WHERE who = ?1 AND calls <= 0", &[call.who().into()])?;
        Ok(())
    }

    /// How many calls are not counted yet.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn uncounted(&mut self) -> Result<u64, LogError> {
        let count = self.db.query_one("SELECT count(*) FROM uncounted", &[], Row::int)?.unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
