//! Statistics: calls by day, hour, weekday, cause, area and caller.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::backend::{Odd, Row, Value, View};
use crate::calls::duration_from;
use crate::tallies::{ALL_DAYS, DAY, Kind, SUMS, item};
use crate::time::from_millis;
use crate::{CallLog, Day, LogError};

/// How many calls, how many of them were blocked, and how long they were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Count {
    /// All calls in.
    pub calls: u64,
    /// Those that did not ring.
    pub blocked: u64,
    /// How long they were answered.
    #[serde(rename = "answered-seconds", serialize_with = "as_seconds")]
    pub answered_for: Duration,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.blocked += other.blocked;
        self.answered_for += other.answered_for;
    }
}

fn as_seconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

/// Which calls are counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// From this day on, on the wall clock at the line.
    pub from: Option<Day>,
    /// To the end of this day.
    pub until: Option<Day>,
    /// On this line only.
    pub line: Option<String>,
    /// How many causes, areas and callers are told; 0 stands for 20.
    pub top: u32,
}

/// A caller who calls often.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TopCaller {
    /// Who: see [`CallRecord::who`](crate::CallRecord::who).
    pub who: String,
    /// The name last shown.
    pub name: Option<String>,
    /// The area last known.
    pub area: Option<String>,
    /// The calls.
    #[serde(flatten)]
    pub count: Count,
    /// The last call.
    #[serde(rename = "last-at", serialize_with = "as_rfc3339")]
    pub last: SystemTime,
}

fn as_rfc3339<S: serde::Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&crate::time::rfc3339(*at))
}

/// What the log says as a whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Statistics {
    /// All calls in.
    pub total: Count,
    /// By day, oldest first; days without a call are left out.
    pub days: Vec<(Day, Count)>,
    /// By hour of the day.
    pub hours: [Count; 24],
    /// By weekday, from Monday.
    pub weekdays: [Count; 7],
    /// By what decided, most calls first.
    pub causes: Vec<(String, Count)>,
    /// By area or country, most calls first; the empty name stands for no area.
    pub areas: Vec<(String, Count)>,
    /// Who called most often.
    pub callers: Vec<TopCaller>,
}

impl CallLog {
    /// Counts the calls in. Days, hours and weekdays are those on the wall clock at the line.
    ///
    /// Calls that were deleted for their age still count; single callers do not. The top callers of the whole
    /// log are exact; those of a span or of one line are the top of its newest 10,000 calls.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn statistics(&mut self, span: &Span) -> Result<Statistics, LogError> {
        self.within(View::FixedForReading, |log| {
            let top = if span.top == 0 { 20 } else { i64::from(span.top) };
            let mut statistics = Statistics { days: log.days(span)?, ..Statistics::default() };
            for (day, count) in &statistics.days {
                statistics.total.add(*count);
                statistics.weekdays[day.weekday()].add(*count);
            }
            for (hour, count) in log.tally(Kind::Hour, span, i64::MAX)? {
                let hour: usize = hour.parse().map_err(|_| log.unexpected(format!("hour {hour:?}")))?;
                statistics.hours[hour % 24].add(count);
            }
            statistics.causes = log.tally(Kind::Cause, span, top)?;
            statistics.areas = log.tally(Kind::Area, span, top)?;
            statistics.callers = log.top_callers(span, top)?;
            Ok(statistics)
        })
    }

    fn days(&mut self, span: &Span) -> Result<Vec<(Day, Count)>, LogError> {
        let mut values = Vec::new();
        let counted = conditions(span, "t.day", "t.line", &mut values);
        let new = conditions(span, DAY, "c.line", &mut values);
        let sql = format!(
            "SELECT day, {TOTALS} FROM (\
             SELECT t.day AS day, calls, blocked, answered_ms FROM tallies t \
             WHERE kind = {kind} AND t.day >= 0{counted} \
             UNION ALL SELECT {DAY}, {SUMS} FROM uncounted u CROSS JOIN calls c \
             WHERE c.id = u.id AND c.direction = 'in'{new} GROUP BY {DAY}) AS parts \
             GROUP BY day ORDER BY day",
            kind = Kind::All as i64
        );
        self.db.query(&sql, &values, |row| Ok((Day(row.int()?), count(row)?)))
    }

    fn tally(&mut self, kind: Kind, span: &Span, top: i64) -> Result<Vec<(String, Count)>, LogError> {
        let mut values = Vec::new();
        let counted = conditions(span, "t.day", "t.line", &mut values);
        let new = conditions(span, DAY, "c.line", &mut values);
        let whole = if span.from.is_none() && span.until.is_none() {
            format!("t.day = {ALL_DAYS}")
        } else {
            "t.day >= 0".into()
        };
        values.push(top.into());
        let item = item(kind);
        let sql = format!(
            "SELECT item, {TOTALS} FROM (\
             SELECT t.item AS item, calls, blocked, answered_ms FROM tallies t \
             WHERE kind = {kind} AND {whole}{counted} \
             UNION ALL SELECT {item}, {SUMS} FROM uncounted u CROSS JOIN calls c \
             WHERE c.id = u.id AND c.direction = 'in'{new} GROUP BY {item}) AS parts \
             GROUP BY item HAVING sum(calls) > 0 ORDER BY 2 DESC, 1 LIMIT ?{limit}",
            kind = kind as i64,
            limit = values.len()
        );
        self.db.query(&sql, &values, |row| Ok((row.text()?, count(row)?)))
    }

    fn top_callers(&mut self, span: &Span, top: i64) -> Result<Vec<TopCaller>, LogError> {
        let somebody = "NOT IN ('withheld', 'unavailable', 'none')";
        let read = |row: &mut Row| -> Result<(String, Count, i64), Odd> {
            Ok((row.text()?, count(row)?, row.int()?))
        };
        let rows = if span.from.is_none() && span.until.is_none() && span.line.is_none() {
            // Whoever is among the first has either been counted so often, or has a new call.
            let counted = format!(
                "SELECT who, calls, blocked, answered_ms, last_at FROM callers WHERE who {somebody} \
                 ORDER BY calls DESC, who DESC LIMIT ?1"
            );
            let new = format!(
                "SELECT n.who, n.calls + coalesce(k.calls, 0), n.blocked + coalesce(k.blocked, 0), \
                 n.answered_ms + coalesce(k.answered_ms, 0), n.last_at FROM (SELECT c.who AS who, \
                 count(*) AS calls, CAST(sum(CASE WHEN c.decision = 'block' THEN 1 ELSE 0 END) AS BIGINT) AS blocked, \
                 CAST(sum(c.answered_ms) AS BIGINT) AS answered_ms, max(c.at) AS last_at \
                 FROM uncounted u CROSS JOIN calls c WHERE c.id = u.id AND c.direction = 'in' AND c.who {somebody} \
                 GROUP BY c.who) AS n LEFT JOIN callers k ON k.who = n.who ORDER BY 2 DESC, 1 DESC LIMIT ?1"
            );
            let mut best: HashMap<String, (Count, i64)> = HashMap::new();
            for sql in [counted, new] {
                for (who, count, last) in self.db.query(&sql, &[top.into()], read)? {
                    let known = best.entry(who).or_default();
                    known.0 = if count.calls > known.0.calls { count } else { known.0 };
                    known.1 = known.1.max(last);
                }
            }
            let mut rows: Vec<_> = best.into_iter().map(|(who, (count, last))| (who, count, last)).collect();
            rows.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| b.0.cmp(&a.0)));
            rows.truncate(usize::try_from(top).unwrap_or(usize::MAX));
            rows
        } else {
            let mut values = Vec::new();
            let wanted = conditions(span, DAY, "c.line", &mut values);
            // The index knows times in UTC; no wall clock is further from it than 14 hours.
            let edge = |day: Day| day.0.saturating_mul(86_400_000);
            let from = span.from.map_or(i64::MIN, |d| edge(d).saturating_sub(14 * 3_600_000));
            let until = span.until.map_or(i64::MAX, |d| edge(d.plus(1)).saturating_add(14 * 3_600_000));
            values.extend([Value::Int(from), Value::Int(until), Value::Int(top)]);
            let n = values.len();
            // The line leads by an index of its own; what else is wanted sorts out.
            let leads = span.line.as_ref().map_or(String::new(), |line| {
                values.push(Value::Text(line));
                format!("line = ?{} AND ", values.len())
            });
            let sql = format!(
                "SELECT c.who, {SUMS}, max(c.at) FROM (SELECT who, decision, answered_ms, at, offset_minutes, line, \
                 direction FROM calls WHERE {leads}at >= ?{} AND at < ?{} ORDER BY at DESC, id DESC \
                 LIMIT {MOST_LOOKED_AT}) AS c WHERE c.direction = 'in' AND c.who {somebody}{wanted} \
                 GROUP BY c.who ORDER BY 2 DESC, 1 DESC LIMIT ?{n}",
                n - 2,
                n - 1
            );
            self.db.query(&sql, &values, read)?
        };
        rows.into_iter()
            .map(|(who, count, last)| {
                let sql = "SELECT name, area FROM (SELECT name, area FROM calls WHERE who = ?1 \
                     ORDER BY at DESC, id DESC LIMIT 20) AS newest";
                let known =
                    self.db.query(sql, &[(&who).into()], |row| Ok((row.maybe_text()?, row.maybe_text()?)))?;
                let name = known.iter().find_map(|(name, _)| name.clone());
                let area = known.iter().find_map(|(_, area)| area.clone());
                Ok(TopCaller { who, name, area, count, last: from_millis(last) })
            })
            .collect()
    }
}

/// Among so many of the newest calls of a span or line the top callers are sought: single callers are not
/// tallied by day.
const MOST_LOOKED_AT: u32 = 10_000;

/// The sums over the counted and the uncounted part.
const TOTALS: &str =
    "CAST(sum(calls) AS BIGINT), CAST(sum(blocked) AS BIGINT), CAST(sum(answered_ms) AS BIGINT)";

fn conditions<'a>(span: &'a Span, day: &str, line: &str, values: &mut Vec<Value<'a>>) -> String {
    let mut text = String::new();
    if let Some(from) = span.from {
        values.push(from.0.into());
        text.push_str(&format!(" AND {day} >= ?{}", values.len()));
    }
    if let Some(until) = span.until {
        values.push(until.0.into());
        text.push_str(&format!(" AND {day} <= ?{}", values.len()));
    }
    if let Some(name) = &span.line {
        values.push(name.into());
        text.push_str(&format!(" AND {line} = ?{}", values.len()));
    }
    text
}

fn count(row: &mut Row) -> Result<Count, Odd> {
    let number = |n: i64| u64::try_from(n).map_err(|_| Odd(format!("a count of {n}")));
    Ok(Count {
        calls: number(row.int()?)?,
        blocked: number(row.int()?)?,
        answered_for: duration_from(row.int()?),
    })
}
