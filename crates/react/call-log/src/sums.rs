//! Sums over many days at once, so that statistics of years need not add up thousands of days.
//!
//! A slot is 1, 8, 64 or 512 days that are over. Its sums are made from the tallies of its days when the
//! log has nothing better to do, and made anew when a call in one of them changes. Any span is a few dozen
//! slots and the days that no slot covers.

use std::collections::{BTreeSet, HashMap};

use crate::backend::{Odd, Row, Value};
use crate::calls::duration_from;
use crate::tallies::Kind;
use crate::{CallLog, Count, LogError};

/// Slots of 1, 8, 64 and 512 days.
const LEVELS: i64 = 4;

/// Fewer calls than this are read one by one as fast.
const WORTH: i64 = 500;

/// So many calls are summed up in one go, or one slot that has more.
const AT_ONCE: i64 = 60_000;

/// Calls, blocked calls, and how long they were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub(crate) calls: i64,
    pub(crate) blocked: i64,
    pub(crate) answered_ms: i64,
}

impl From<Sum> for Count {
    fn from(sum: Sum) -> Self {
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Self {
            calls: number(sum.calls),
            blocked: number(sum.blocked),
            answered_for: duration_from(sum.answered_ms),
        }
    }
}

impl Sum {
    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.blocked += other.blocked;
        self.answered_ms += other.answered_ms;
    }

    pub(crate) fn read(row: &mut Row) -> Result<Self, Odd> {
        Ok(Self { calls: row.int()?, blocked: row.int()?, answered_ms: row.int()? })
    }
}

/// Sums by item.
pub(crate) type Sums = HashMap<Box<str>, Sum>;

/// Adds to the sum of an item.
pub(crate) fn add(sums: &mut Sums, item: &str, sum: Sum) {
    match sums.get_mut(item) {
        Some(known) => known.add(sum),
        None => drop(sums.insert(item.into(), sum)),
    }
}

/// What a slot's row is about: all lines, or one.
pub(crate) fn scope(line: Option<&str>) -> String {
    line.map_or_else(|| "*".into(), |line| format!("={line}"))
}

/// Some days that are summed up together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) level: i64,
    pub(crate) number: i64,
}

impl Slot {
    /// The slot of this level that holds the day.
    pub(crate) fn of(level: i64, day: i64) -> Self {
        Self { level, number: day >> (3 * level) }
    }

    pub(crate) fn first(self) -> i64 {
        self.number << (3 * self.level)
    }

    pub(crate) fn last(self) -> i64 {
        ((self.number + 1) << (3 * self.level)) - 1
    }
}

/// How a span of days is read.
#[derive(Debug, Default)]
pub(crate) struct Cover {
    /// By these slots,
    pub(crate) slots: Vec<Slot>,
    /// and day by day from the first to the last.
    pub(crate) days: Vec<(i64, i64)>,
}

impl CallLog {
    /// Covers the days `from` to `to` with the largest slots that are summed up.
    pub(crate) fn cover(&mut self, callers: bool, from: i64, to: i64) -> Result<Cover, LogError> {
        let mut summed = BTreeSet::new();
        for level in 0..LEVELS {
            let sql =
                "SELECT slot FROM summed WHERE callers = ?1 AND level = ?2 AND slot >= ?3 AND slot <= ?4";
            let (first, last) = (Slot::of(level, from).number, Slot::of(level, to).number);
            let values = [i64::from(callers).into(), level.into(), first.into(), last.into()];
            let found = self.db.query(sql, &values, Row::int)?;
            summed.extend(found.into_iter().map(|number| Slot { level, number }));
        }
        let mut cover = Cover::default();
        let mut day = from;
        while day <= to {
            let whole = |level: &i64| {
                let slot = Slot::of(*level, day);
                slot.first() == day && slot.last() <= to && summed.contains(&slot)
            };
            if let Some(level) = (0..LEVELS).rev().find(whole) {
                let slot = Slot::of(level, day);
                cover.slots.push(slot);
                day = slot.last() + 1;
            } else {
                match cover.days.last_mut() {
                    Some((_, last)) if *last + 1 == day => *last = day,
                    _ => cover.days.push((day, day)),
                }
                day += 1;
            }
        }
        Ok(cover)
    }

    /// What was counted on the days that `cover` covers, by item, beside what is in `sums` already.
    pub(crate) fn counted(
        &mut self,
        kind: Kind,
        cover: &Cover,
        line: Option<&str>,
        mut sums: Sums,
    ) -> Result<Sums, LogError> {
        let scope = scope(line);
        for slot in &cover.slots {
            self.slot(*slot, kind as i64, &scope, &mut |item, sum| add(&mut sums, item, sum))?;
        }
        for (first, last) in &cover.days {
            let mut values: Vec<Value<'_>> = vec![(kind as i64).into(), (*first).into(), (*last).into()];
            let on_line = line.map_or("", |line| {
                values.push(line.into());
                " AND line = ?4"
            });
            let sql = format!(
                "SELECT item, calls, blocked, answered_ms FROM tallies \
                 WHERE kind = ?1 AND day >= ?2 AND day <= ?3{on_line}"
            );
            self.db.each(&sql, &values, &mut |mut row| {
                add(&mut sums, &row.text()?, Sum::read(&mut row)?);
                Ok(())
            })?;
        }
        Ok(sums)
    }

    /// Hands on what a slot holds.
    pub(crate) fn slot(
        &mut self,
        slot: Slot,
        kind: i64,
        scope: &str,
        take: &mut dyn FnMut(&str, Sum),
    ) -> Result<(), LogError> {
        let sql = "SELECT items FROM sums WHERE level = ?1 AND slot = ?2 AND kind = ?3 AND scope = ?4";
        let values = [slot.level.into(), slot.number.into(), kind.into(), scope.into()];
        self.db.each(sql, &values, &mut |mut row| {
            unpack(&row.blob()?, take).ok_or_else(|| Odd("a sum that is cut short".into()))
        })
    }

    /// Writes what a slot holds, in this order.
    pub(crate) fn put_slot<'i>(
        &mut self,
        slot: Slot,
        kind: i64,
        scope: &str,
        items: impl Iterator<Item = (&'i str, Sum)>,
    ) -> Result<(), LogError> {
        let packed = pack(items);
        let sql = "INSERT INTO sums (level, slot, kind, scope, items) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (level, slot, kind, scope) DO UPDATE SET items = excluded.items";
        let values = [slot.level.into(), slot.number.into(), kind.into(), scope.into(), Value::Blob(&packed)];
        self.db.execute(sql, &values).map(drop)
    }

    /// A call of this day has changed: what sums it up is wrong.
    pub(crate) fn forget_sums(&mut self, day: i64) -> Result<(), LogError> {
        for level in 0..LEVELS {
            let values = [level.into(), Slot::of(level, day).number.into()];
            let sql = "DELETE FROM summed WHERE callers IN (0, 1) AND level = ?1 AND slot = ?2";
            if self.db.execute(sql, &values)? > 0 {
                self.db.execute("DELETE FROM sums WHERE level = ?1 AND slot = ?2", &values)?;
            }
        }
        Ok(())
    }

    /// Sums up some days that are over and not summed up yet; true if there may be more.
    pub(crate) fn sum_up(&mut self) -> Result<bool, LogError> {
        let mut left = AT_ONCE;
        for callers in [false, true] {
            for level in 0..LEVELS {
                for (slot, calls) in self.not_summed(callers, level)? {
                    if left <= 0 {
                        return Ok(true);
                    }
                    left -= calls.max(1000);
                    if callers {
                        self.sum_up_callers(slot)?;
                    } else {
                        self.sum_up_tallies(slot)?;
                    }
                    let sql = "INSERT INTO summed (callers, level, slot) VALUES (?1, ?2, ?3) \
                         ON CONFLICT (callers, level, slot) DO NOTHING";
                    let values = [i64::from(callers).into(), slot.level.into(), slot.number.into()];
                    self.db.execute(sql, &values)?;
                }
            }
        }
        Ok(false)
    }

    /// The slots of a level that are over, worth it and missing, and their calls.
    fn not_summed(&mut self, callers: bool, level: i64) -> Result<Vec<(Slot, i64)>, LogError> {
        // Whatever the zone of a line, the day before the newest but one is over everywhere.
        let sql = "SELECT slot, calls FROM (SELECT day >> ?2 AS slot, CAST(sum(calls) AS BIGINT) AS calls \
             FROM tallies WHERE kind = 0 AND day >= 0 GROUP BY 1) AS s WHERE calls >= ?4 \
             AND ((slot + 1) << ?2) < (SELECT max(day) FROM tallies WHERE kind = 0) \
             AND NOT EXISTS (SELECT 1 FROM summed WHERE callers = ?1 AND level = ?3 AND summed.slot = s.slot) \
             ORDER BY slot";
        let sql = if self.db.is_server() {
            sql.replace(">> ?2", ">> CAST(?2 AS INTEGER)").replace("<< ?2", "<< CAST(?2 AS INTEGER)")
        } else {
            sql.into()
        };
        let values = [i64::from(callers).into(), (3 * level).into(), level.into(), WORTH.into()];
        self.db.query(&sql, &values, |row| Ok((Slot { level, number: row.int()? }, row.int()?)))
    }

    fn sum_up_tallies(&mut self, slot: Slot) -> Result<(), LogError> {
        let lines = "SELECT DISTINCT line FROM tallies WHERE kind = 0 AND day >= ?1 AND day <= ?2";
        let lines = self.db.query(lines, &[slot.first().into(), slot.last().into()], Row::text)?;
        // Larger slots are made of smaller ones, which are made first.
        let mut cover = self.cover(false, slot.first(), slot.last())?;
        cover.slots.retain(|part| *part != slot);
        for kind in [Kind::Hour, Kind::Cause, Kind::Area] {
            for line in lines.iter().map(|line| Some(line.as_str())).chain([None]) {
                let sums = self.counted(kind, &cover, line, Sums::new())?;
                let mut items: Vec<(&str, Sum)> = sums.iter().map(|(item, sum)| (&**item, *sum)).collect();
                items.retain(|(_, sum)| sum.calls > 0);
                items.sort_unstable_by_key(|(item, _)| *item);
                self.put_slot(slot, kind as i64, &scope(line), items.into_iter())?;
            }
        }
        Ok(())
    }
}

/// Items with their sums, each number in as few bytes as it needs.
fn pack<'i>(items: impl Iterator<Item = (&'i str, Sum)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (item, sum) in items {
        put(&mut bytes, item.len() as u64);
        bytes.extend_from_slice(item.as_bytes());
        for number in [sum.calls, sum.blocked, sum.answered_ms] {
            put(&mut bytes, number.max(0).unsigned_abs());
        }
    }
    bytes
}

fn unpack(mut bytes: &[u8], take: &mut dyn FnMut(&str, Sum)) -> Option<()> {
    while !bytes.is_empty() {
        let length = usize::try_from(get(&mut bytes)?).ok()?;
        let (item, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        let item = std::str::from_utf8(item).ok()?;
        let mut number = || i64::try_from(get(&mut bytes)?).ok();
        take(item, Sum { calls: number()?, blocked: number()?, answered_ms: number()? });
    }
    Some(())
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_read_back(items: Vec<(String, u32, u32, i64)>) {
            let items: Vec<(String, Sum)> = items
                .into_iter()
                .map(|(item, calls, blocked, ms)| {
                    (item, Sum { calls: calls.into(), blocked: blocked.into(), answered_ms: ms.max(0) })
                })
                .collect();
            let bytes = pack(items.iter().map(|(item, sum)| (item.as_str(), *sum)));
            let mut back = Vec::new();
            prop_assert!(unpack(&bytes, &mut |item, sum| back.push((item.to_owned(), sum))).is_some());
            prop_assert_eq!(back, items);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            let _ = unpack(bytes, &mut |_, _| {});
        });
    }

    #[test]
    fn slots_hold_their_days() {
        let slot = Slot::of(2, 20_000);
        assert!(slot.first() <= 20_000 && slot.last() >= 20_000);
        assert_eq!(slot.last() - slot.first() + 1, 64);
        assert_eq!(Slot::of(0, 20_000), Slot { level: 0, number: 20_000 });
    }
}
