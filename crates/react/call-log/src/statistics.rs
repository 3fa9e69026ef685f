//! Statistics: calls by day, hour, weekday, cause, area and caller.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::backend::{Odd, Row, Value, View};
use crate::sums::{Cover, Sum, Sums, add};
use crate::tallies::{ALL_DAYS, DAY, HOUR_OF_WEEK, Kind};
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
    /// Calls that were deleted for their age still count; single callers do not. Each caller's count is exact.
    /// Where a span has so many callers who call about equally often that nobody stands out, one of them may
    /// be told in another's place; of more than 10,000 calls on a day that is not over the newest are looked at.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn statistics(&mut self, span: &Span) -> Result<Statistics, LogError> {
        self.within(View::FixedForReading, |log| {
            let top = if span.top == 0 { 20 } else { span.top as usize };
            let mut new = log.new_calls(span)?;
            let days = log.days(span, &mut new)?;
            let mut statistics = Statistics { days, ..Statistics::default() };
            for (day, count) in &statistics.days {
                statistics.total.add(*count);
                statistics.weekdays[day.weekday()].add(*count);
            }
            let bounds = bounds(span, &statistics.days);
            let cover = match bounds {
                _ if span.from.is_none() && span.until.is_none() => {
                    Cover { slots: Vec::new(), days: vec![(ALL_DAYS, ALL_DAYS)] }
                }
                None => return Ok(statistics),
                Some((from, to)) => log.cover(false, from, to)?,
            };
            let line = span.line.as_deref();
            let hours = log.counted(Kind::Hour, &cover, line, std::mem::take(&mut new.hours))?;
            for (hour, sum) in hours {
                let hour: usize = hour.parse().map_err(|_| log.unexpected(format!("hour {hour:?}")))?;
                statistics.hours[hour % 24].add(sum.into());
            }
            let causes = log.counted(Kind::Cause, &cover, line, std::mem::take(&mut new.causes))?;
            statistics.causes = most_frequent(causes, top);
            let areas = log.counted(Kind::Area, &cover, line, std::mem::take(&mut new.areas))?;
            statistics.areas = most_frequent(areas, top);
            statistics.callers = log.top_callers(span, bounds, &new, top)?;
            Ok(statistics)
        })
    }

    /// The calls of the span that are not counted yet, in one look at each.
    fn new_calls(&mut self, span: &Span) -> Result<NewCalls, LogError> {
        let mut values = Vec::new();
        let wanted = conditions(span, DAY, "c.line", &mut values);
        let sql = format!(
            "SELECT {DAY}, {HOUR_OF_WEEK}, c.cause, coalesce(c.area, ''), c.who, \
             CASE WHEN c.decision = 'block' THEN 1 ELSE 0 END, c.answered_ms FROM uncounted u CROSS JOIN calls c \
             WHERE c.id = u.id AND c.direction = 'in'{wanted}"
        );
        let mut new = NewCalls::default();
        self.db.each(&sql, &values, &mut |mut row| {
            let (day, hour) = (row.int()?, row.int()?);
            let (cause, area, who) = (row.text()?, row.text()?, row.text()?);
            let sum = Sum { calls: 1, blocked: row.int()?, answered_ms: row.int()? };
            new.days.entry(Day(day)).or_default().add(sum);
            add(&mut new.hours, &hour.to_string(), sum);
            add(&mut new.causes, &cause, sum);
            add(&mut new.areas, &area, sum);
            new.callers.entry((day, who.into())).or_default().add(sum);
            Ok(())
        })?;
        Ok(new)
    }

    fn days(&mut self, span: &Span, new: &mut NewCalls) -> Result<Vec<(Day, Count)>, LogError> {
        let mut values = Vec::new();
        let counted = conditions(span, "t.day", "t.line", &mut values);
        // In the order of the table: nothing is to be sorted.
        let sql = format!(
            "SELECT t.day, {TOTALS} FROM tallies t WHERE t.kind = {kind} AND t.day >= 0{counted} \
             GROUP BY t.day ORDER BY t.day",
            kind = Kind::All as i64
        );
        let mut days: BTreeMap<Day, Sum> =
            self.db.query(&sql, &values, |row| Ok((Day(row.int()?), Sum::read(row)?)))?.into_iter().collect();
        for (day, sum) in std::mem::take(&mut new.days) {
            days.entry(day).or_default().add(sum);
        }
        Ok(days.into_iter().filter(|(_, sum)| sum.calls > 0).map(|(day, sum)| (day, sum.into())).collect())
    }

    fn top_callers(
        &mut self,
        span: &Span,
        bounds: Option<(i64, i64)>,
        new: &NewCalls,
        top: usize,
    ) -> Result<Vec<TopCaller>, LogError> {
        if span.from.is_some() || span.until.is_some() || span.line.is_some() {
            return bounds
                .map_or(Ok(Vec::new()), |bounds| self.top_callers_of(span, bounds, &new.callers, top));
        }
        let somebody = "NOT IN ('withheld', 'unavailable', 'none')";
        let read = |row: &mut Row| -> Result<(String, Sum, i64), Odd> {
            Ok((row.text()?, Sum::read(row)?, row.int()?))
        };
        // Whoever is among the first has either been counted so often, or has a new call.
        let counted = format!(
            "SELECT who, calls, blocked, answered_ms, last_at FROM callers WHERE who {somebody} \
             ORDER BY calls DESC, who DESC LIMIT ?1"
        );
        let new = format!(
            "SELECT n.who, n.calls + coalesce(k.calls, 0), n.blocked + coalesce(k.blocked, 0), \
             n.answered_ms + coalesce(k.answered_ms, 0), \
             CASE WHEN k.last_at > n.last_at THEN k.last_at ELSE n.last_at END FROM (SELECT c.who AS who, \
             count(*) AS calls, CAST(sum(CASE WHEN c.decision = 'block' THEN 1 ELSE 0 END) AS BIGINT) AS blocked, \
             CAST(sum(c.answered_ms) AS BIGINT) AS answered_ms, max(c.at) AS last_at \
             FROM uncounted u CROSS JOIN calls c WHERE c.id = u.id AND c.direction = 'in' AND c.who {somebody} \
             GROUP BY c.who) AS n LEFT JOIN callers k ON k.who = n.who ORDER BY 2 DESC, 1 DESC LIMIT ?1"
        );
        let limit = i64::try_from(top).unwrap_or(i64::MAX);
        let mut best: HashMap<String, (Sum, i64)> = HashMap::new();
        for sql in [counted, new] {
            for (who, sum, last) in self.db.query(&sql, &[limit.into()], read)? {
                let known = best.entry(who).or_default();
                known.0 = if sum.calls > known.0.calls { sum } else { known.0 };
                known.1 = known.1.max(last);
            }
        }
        let mut rows: Vec<_> = best.into_iter().map(|(who, (sum, last))| (who, sum, last)).collect();
        rows.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| b.0.cmp(&a.0)));
        rows.truncate(top);
        rows.into_iter().map(|(who, sum, last)| self.known_caller(who, sum, last)).collect()
    }
}

/// So many of the newest calls are looked at one by one for the callers of days that are not summed up.
pub(crate) const MOST_LOOKED_AT: i64 = 10_000;

/// The calls that are not counted yet, by everything that is counted.
#[derive(Debug, Default)]
struct NewCalls {
    days: BTreeMap<Day, Sum>,
    hours: Sums,
    causes: Sums,
    areas: Sums,
    callers: NewCallers,
}

/// What callers did on a day, as far as it is not counted yet.
pub(crate) type NewCallers = HashMap<(i64, Box<str>), Sum>;

/// The days of the span, as far as there are calls; `None` if there are none.
fn bounds(span: &Span, days: &[(Day, Count)]) -> Option<(i64, i64)> {
    let (first, last) = (days.first()?.0.0, days.last()?.0.0);
    Some((span.from.map_or(first, |d| d.0.max(first)), span.until.map_or(last, |d| d.0.min(last))))
}

/// Those with the most calls.
fn most_frequent(sums: Sums, top: usize) -> Vec<(String, Count)> {
    let mut items: Vec<(Box<str>, Sum)> = sums.into_iter().filter(|(_, sum)| sum.calls > 0).collect();
    items.sort_unstable_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| a.0.cmp(&b.0)));
    items.truncate(top);
    items.into_iter().map(|(item, sum)| (item.into(), sum.into())).collect()
}

/// The sums over all lines.
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
