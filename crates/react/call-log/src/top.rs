//! Who calls most often.
//!
//! For each slot of days (see `sums`) the most frequent callers are kept. From them come the candidates for
//! any span; what a candidate did in a slot that does not name it is looked up, so that each count told is
//! exact.

use std::collections::HashMap;

use crate::backend::{Odd, Row, Value};
use crate::statistics::{MOST_LOOKED_AT, NewCallers, Span, TopCaller};
use crate::sums::{Cover, Slot, Sum, Sums, add, scope};
use crate::tallies::{DAY, SUMS};
use crate::time::from_millis;
use crate::{CallLog, LogError};

/// The kind of the rows in `sums` that hold callers.
const CALLERS: i64 = 4;

/// So many callers are kept for each slot.
const KEPT: usize = 300;

/// The item behind the callers: how often the first one calls that is not named.
const CUT: &str = "";

/// Callers that are somebody.
const SOMEBODY: &str = "c.who NOT IN ('withheld', 'unavailable', 'none') AND c.who NOT LIKE 'anonymous %'";

/// Milliseconds of a day, and how far a wall clock may be from UTC.
const DAY_MS: i64 = 86_400_000;
const FARTHEST: i64 = 14 * 3_600_000;

/// The condition for calls on the days between; they and the line stand from `?{n}` on.
fn on_days(n: usize, line: Option<&str>) -> String {
    // The index knows times in UTC; the wall clock decides.
    let mut text = format!(
        "c.direction = 'in' AND c.at >= {first} * {DAY_MS} - {FARTHEST} AND c.at < ({last} + 1) * {DAY_MS} + {FARTHEST} \
         AND {DAY} >= {first} AND {DAY} <= {last}",
        first = format_args!("CAST(?{n} AS BIGINT)"),
        last = format_args!("CAST(?{} AS BIGINT)", n + 1)
    );
    if line.is_some() {
        text.push_str(&format!(" AND c.line = ?{}", n + 2));
    }
    text
}

fn values<'v>(first: i64, last: i64, line: Option<&'v str>) -> Vec<Value<'v>> {
    let mut values = vec![Value::Int(first), Value::Int(last)];
    values.extend(line.map(Value::Text));
    values
}

impl CallLog {
    /// Keeps the most frequent callers of a slot, of all lines and of each.
    pub(crate) fn sum_up_callers(&mut self, slot: Slot) -> Result<(), LogError> {
        // What is not counted yet is added when it is asked for.
        let sql = format!(
            "SELECT c.line, c.who, {SUMS} FROM calls c WHERE {} AND {SOMEBODY} \
             AND c.id NOT IN (SELECT id FROM uncounted) GROUP BY c.line, c.who",
            on_days(1, None)
        );
        let mut scopes: HashMap<String, Sums> = HashMap::new();
        self.db.each(&sql, &values(slot.first(), slot.last(), None), &mut |mut row| {
            let line = row.text()?;
            let who = row.text()?;
            let sum = Sum::read(&mut row)?;
            add(scopes.entry(scope(None)).or_default(), &who, sum);
            add(scopes.entry(scope(Some(&line))).or_default(), &who, sum);
            Ok(())
        })?;
        for (scope, sums) in &scopes {
            let mut items: Vec<(&str, Sum)> = sums.iter().map(|(who, sum)| (&**who, *sum)).collect();
            items.sort_unstable_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| b.0.cmp(a.0)));
            let cut = items.get(KEPT).map_or(0, |(_, sum)| sum.calls);
            items.truncate(KEPT);
            items.push((CUT, Sum { calls: cut, ..Sum::default() }));
            self.put_slot(slot, CALLERS, scope, items.into_iter())?;
        }
        Ok(())
    }

    /// Single callers of the days between are being forgotten.
    pub(crate) fn forget_top_callers(&mut self, first: i64, last: i64) -> Result<(), LogError> {
        for level in 0..4 {
            let (first, last) = (Slot::of(level, first).number, Slot::of(level, last).number);
            for sql in [
                "DELETE FROM sums WHERE level = ?1 AND slot >= ?2 AND slot <= ?3 AND kind = 4",
                "DELETE FROM summed WHERE callers = 1 AND level = ?1 AND slot >= ?2 AND slot <= ?3",
            ] {
                self.db.execute(sql, &[level.into(), first.into(), last.into()])?;
            }
        }
        Ok(())
    }

    /// The callers with the most calls on these days.
    pub(crate) fn top_callers_of(
        &mut self,
        span: &Span,
        (from, to): (i64, i64),
        new: &NewCallers,
        top: usize,
    ) -> Result<Vec<TopCaller>, LogError> {
        let line = span.line.as_deref();
        let cover = self.cover(true, from, to)?;
        let mut found = Sums::new();
        // What each slot names, and the most that a caller can have whom it does not name.
        let mut named: Vec<(Slot, i64, Sums)> = Vec::new();
        // The cuts of the slots that name a caller, and of all.
        let (mut shown, mut all_cuts) = (HashMap::<Box<str>, i64>::new(), 0);
        let scope = scope(line);
        for slot in &cover.slots {
            let mut sums = Sums::new();
            let mut cut = 0;
            self.slot(*slot, CALLERS, &scope, &mut |who, sum| {
                if who == CUT {
                    cut = sum.calls;
                } else {
                    sums.insert(who.into(), sum);
                }
            })?;
            // The cut stands behind the callers.
            for (who, sum) in &sums {
                add(&mut found, who, *sum);
                *shown.entry(who.clone()).or_default() += cut;
            }
            all_cuts += cut;
            named.push((*slot, cut, sums));
        }
        self.one_by_one(&cover, line, &mut found)?;
        for ((day, who), sum) in new {
            let somebody = !["withheld", "unavailable", "none"].contains(&&**who);
            if somebody && cover.slots.iter().any(|slot| slot.first() <= *day && *day <= slot.last()) {
                add(&mut found, who, *sum);
            }
        }

        let mut candidates: Vec<(Box<str>, Sum, i64)> = found
            .into_iter()
            .map(|(who, sum)| {
                let most = sum.calls + all_cuts - shown.get(&who).unwrap_or(&0);
                (who, sum, most)
            })
            .collect();
        candidates.sort_unstable_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| b.0.cmp(&a.0)));
        // Whoever cannot come up to what the first ones have for certain is out.
        let sure = candidates.get(top.saturating_sub(1)).map_or(0, |(_, sum, _)| sum.calls);
        candidates.retain(|(_, _, most)| *most >= sure);
        candidates.truncate(top.saturating_mul(2).saturating_add(20));
        for (who, sum, _) in &mut candidates {
            for (slot, cut, sums) in &named {
                if *cut > 0 && !sums.contains_key(who) {
                    sum.add(self.calls_of(who, *slot, line)?);
                }
            }
        }
        candidates.sort_unstable_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| b.0.cmp(&a.0)));
        candidates.truncate(top);
        let mut callers = Vec::with_capacity(candidates.len());
        for (who, sum, _) in candidates {
            let sql = format!(
                "SELECT c.at FROM calls c WHERE c.who = ?1 AND {} ORDER BY c.at DESC, c.id DESC LIMIT 1",
                on_days(2, line)
            );
            let mut given = vec![Value::Text(&who)];
            given.extend(values(from, to, line));
            let Some(last) = self.db.query_one(&sql, &given, Row::int)? else { continue };
            callers.push(self.known_caller(who.into(), sum, last)?);
        }
        Ok(callers)
    }

    /// Counts the days that no slot covers, at most the newest calls of them.
    fn one_by_one(&mut self, cover: &Cover, line: Option<&str>, found: &mut Sums) -> Result<(), LogError> {
        let mut left = MOST_LOOKED_AT;
        for (first, last) in cover.days.iter().rev() {
            let sql = format!(
                "SELECT c.who, CASE WHEN c.decision = 'block' THEN 1 ELSE 0 END, c.answered_ms FROM calls c \
                 WHERE {} AND {SOMEBODY} ORDER BY c.at DESC, c.id DESC LIMIT ?{}",
                on_days(1, line),
                if line.is_some() { 4 } else { 3 }
            );
            let mut given = values(*first, *last, line);
            given.push(left.into());
            self.db.each(&sql, &given, &mut |mut row| {
                let who = row.text()?;
                let sum = Sum { calls: 1, blocked: row.int()?, answered_ms: row.int()? };
                left -= 1;
                add(found, &who, sum);
                Ok(())
            })?;
            if left <= 0 {
                break;
            }
        }
        Ok(())
    }

    /// What one caller did in a slot that does not name him.
    fn calls_of(&mut self, who: &str, slot: Slot, line: Option<&str>) -> Result<Sum, LogError> {
        let sql = format!(
            "SELECT {} FROM calls c WHERE c.who = ?1 AND {} AND c.id NOT IN (SELECT id FROM uncounted)",
            SUMS.replace("CAST(sum", "CAST(coalesce(sum").replace(" AS BIGINT)", ", 0) AS BIGINT)"),
            on_days(2, line)
        );
        let mut given = vec![Value::Text(who)];
        given.extend(values(slot.first(), slot.last(), line));
        Ok(self.db.query_one(&sql, &given, |row| -> Result<Sum, Odd> { Sum::read(row) })?.unwrap_or_default())
    }

    /// A caller with the name and area that were last known.
    pub(crate) fn known_caller(&mut self, who: String, sum: Sum, last: i64) -> Result<TopCaller, LogError> {
        let sql = "SELECT name, area FROM (SELECT name, area FROM calls WHERE who = ?1 \
             ORDER BY at DESC, id DESC LIMIT 20) AS newest";
        let known = self.db.query(sql, &[(&who).into()], |row| Ok((row.maybe_text()?, row.maybe_text()?)))?;
        let name = known.iter().find_map(|(name, _)| name.clone());
        let area = known.iter().find_map(|(_, area)| area.clone());
        Ok(TopCaller { who, name, area, count: sum.into(), last: from_millis(last) })
    }
}
