//! Where the calls with a property stand, so that a rare one is found at once among millions.
//!
//! A property is what filters and searches ask for: how a call went, where it came in, what decided, the
//! area, the caller. Calls are put under their properties when they are counted; those that wait for
//! that are looked through one by one.

use crate::backend::{Row, Value};
use crate::calls::direction_word;
use crate::record::decision_word;
use crate::time::millis;
use crate::{CallLog, CallRecord, LogError};

/// A kind of property, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    /// How it went: direction, decision, mark, stage and action, with [`BETWEEN`] between them.
    Outcome = 0,
    /// Line and site.
    Place = 1,
    /// Rule and reason.
    Rule = 2,
    /// Area.
    Area = 3,
    /// Who, with number and name: for the search. Their places are those of the index by caller.
    Caller = 4,
}

/// All of them.
const ALL: [Property; 5] =
    [Property::Outcome, Property::Place, Property::Rule, Property::Area, Property::Caller];

/// Stands between the parts of an outcome.
pub(crate) const BETWEEN: char = '\u{1f}';

/// So many letters of a text count: an index of PostgreSQL takes no more than 2,700 bytes.
const LETTERS: usize = 200;

impl Property {
    /// Item, more and condition, in SQL for a call `c`; `?1` is [`BETWEEN`].
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Outcome => (
                "c.direction || ?1 || c.decision || ?1 || c.mark || ?1 || c.stage || ?1 || c.action",
                "''",
                "TRUE",
            ),
            Self::Place => ("substr(c.line, 1, 200)", "substr(c.site, 1, 200)", "TRUE"),
            Self::Rule => {
                ("substr(c.rule, 1, 200)", "substr(c.reason, 1, 200)", "(c.rule <> '' OR c.reason <> '')")
            }
            Self::Area => ("substr(c.area, 1, 200)", "''", "c.area IS NOT NULL"),
            Self::Caller => (
                "substr(c.who, 1, 200)",
                "substr(coalesce(c.number, '') || ?1 || coalesce(c.name, ''), 1, 200)",
                "(c.number IS NOT NULL OR c.name IS NOT NULL)",
            ),
        }
    }

    /// The property of one call: what [`Property::sql`] says in SQL.
    fn of(self, call: &CallRecord) -> Option<(String, String)> {
        match self {
            Self::Outcome => {
                let mut mark = [0; 4];
                let parts = [
                    direction_word(call.direction),
                    decision_word(call.decision),
                    call.mark.letter().encode_utf8(&mut mark),
                    &call.stage,
                    &call.action,
                ];
                Some((parts.join(&BETWEEN.to_string()), String::new()))
            }
            Self::Place => Some((start(&call.line), start(&call.site))),
            Self::Rule if call.rule.is_empty() && call.reason.is_empty() => None,
            Self::Rule => Some((start(&call.rule), start(&call.reason))),
            Self::Area => call.area.as_deref().map(|area| (start(area), String::new())),
            Self::Caller => {
                if call.number().is_none() && call.name.is_none() {
                    return None;
                }
                let (number, name) = (call.number().unwrap_or(""), call.name.as_deref().unwrap_or(""));
                Some((start(call.who()), start(&format!("{number}{BETWEEN}{name}"))))
            }
        }
    }

    fn has_places(self) -> bool {
        self != Self::Caller
    }
}

/// As much of a text as counts.
pub(crate) fn start(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}

/// The kinds whose texts are searched.
const SEARCHED: &str = "(2, 3, 4)";

const ADD: &str = "ON CONFLICT (kind, item, more) DO UPDATE SET calls = properties.calls + excluded.calls";

impl CallLog {
    /// Puts calls under their properties: those in `from`, a table and condition with parameters from `?2` on.
    pub(crate) fn place_calls(&mut self, from: &str, values: &[Value<'_>]) -> Result<(), LogError> {
        let between = BETWEEN.to_string();
        let mut given: Vec<Value<'_>> = vec![Value::Text(&between)];
        given.extend_from_slice(values);
        let newest = self.newest_property()?;
        for property in ALL {
            let (item, more, wanted) = property.sql();
            let kind = property as i64;
            // A statement must name each of its parameters.
            let named = "AND ?1 <> ''";
            let sql = format!(
                "INSERT INTO properties (kind, item, more, calls) SELECT {kind}, {item}, {more}, count(*) \
                 FROM {from} AND {wanted} {named} GROUP BY 2, 3 {ADD}"
            );
            self.db.execute(&sql, &given)?;
            if property.has_places() {
                let sql = format!(
                    "INSERT INTO places (property, at, id) SELECT p.id, c.at, c.id FROM (SELECT c.id AS id, \
                     c.at AS at, {item} AS item, {more} AS more FROM {from} AND {wanted} {named}) AS c \
                     CROSS JOIN properties p WHERE p.kind = {kind} AND p.item = c.item AND p.more = c.more \
                     ORDER BY 1, 2, 3 ON CONFLICT (property, at, id) DO NOTHING"
                );
                self.db.execute(&sql, &given)?;
            }
        }
        self.index_words(newest)
    }

    /// Puts one call under its properties (`sign` 1), or takes it away (`sign` -1).
    pub(crate) fn place_call(&mut self, call: &CallRecord, id: i64, sign: i64) -> Result<(), LogError> {
        let newest = self.newest_property()?;
        for property in ALL {
            let Some((item, more)) = property.of(call) else { continue };
            let sql = format!(
                "INSERT INTO properties (kind, item, more, calls) VALUES (?1, ?2, ?3, ?4) {ADD} RETURNING id"
            );
            let values = [(property as i64).into(), (&item).into(), (&more).into(), sign.into()];
            let Some(found) = self.db.query_one(&sql, &values, Row::int)? else { continue };
            if property.has_places() {
                let sql = if sign > 0 {
                    "INSERT INTO places (property, at, id) VALUES (?1, ?2, ?3) ON CONFLICT (property, at, id) DO NOTHING"
                } else {
                    "DELETE FROM places WHERE property = ?1 AND at = ?2 AND id = ?3"
                };
                self.db.execute(sql, &[found.into(), millis(call.at).into(), id.into()])?;
            }
        }
        self.index_words(newest)
    }

    fn newest_property(&mut self) -> Result<i64, LogError> {
        if self.db.is_server() {
            return Ok(0);
        }
        Ok(self.db.query_one("SELECT max(id) FROM properties", &[], Row::maybe_int)?.flatten().unwrap_or(0))
    }

    /// Takes the texts of new properties into the index of the search.
    fn index_words(&mut self, newest: i64) -> Result<(), LogError> {
        if !self.db.is_server() {
            let sql = format!(
                "INSERT INTO words (rowid, item, more) SELECT id, item, more FROM properties \
                 WHERE id > ?1 AND kind IN {SEARCHED}"
            );
            self.db.execute(&sql, &[newest.into()])?;
        }
        Ok(())
    }

    /// Puts the next of the calls that an earlier version counted under their properties; true if more are left.
    pub(crate) fn place_older(&mut self, at_once: i64) -> Result<bool, LogError> {
        let last = self.unplaced()?;
        if last == 0 {
            return Ok(false);
        }
        let first = (last - at_once).max(0);
        let from = "calls c WHERE c.id > ?2 AND c.id <= ?3 AND c.id NOT IN (SELECT id FROM uncounted)";
        self.place_calls(from, &[first.into(), last.into()])?;
        let left = if first == 0 { String::from("0") } else { first.to_string() };
        self.db.execute("UPDATE meta SET value = ?1 WHERE name = 'unplaced'", &[(&left).into()])?;
        if first == 0 {
            log::info!("{}: all calls are ready for filters and search", self.place());
        } else if last / 1_000_000 != first / 1_000_000 {
            log::info!("{}: {first} calls of an earlier version are still to be sorted in", self.place());
        }
        Ok(first > 0)
    }

    /// The calls up to this number that an earlier version counted stand under no property yet; 0 if all do.
    pub(crate) fn unplaced(&mut self) -> Result<i64, LogError> {
        let sql = "SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'unplaced'";
        Ok(self.db.query_one(sql, &[], Row::int)?.unwrap_or(0))
    }

    /// Takes calls before `edge` from under properties: all, or only what anonymous calls no longer have.
    pub(crate) fn forget_places(&mut self, edge: i64, only_rules: bool) -> Result<(), LogError> {
        let kinds = if only_rules { "(2)" } else { "(0, 1, 2, 3)" };
        let sql = format!("SELECT id FROM properties WHERE kind IN {kinds}");
        let properties = self.db.query(&sql, &[], Row::int)?;
        self.some_at_a_time(&properties, |log, property| {
            let values = [(*property).into(), edge.into()];
            if log.db.execute("DELETE FROM places WHERE property = ?1 AND at < ?2", &values)? > 0 {
                let left = "SELECT id FROM places WHERE property = ?1 LIMIT 1";
                if log.db.query_one(left, &[(*property).into()], Row::int)?.is_none() {
                    log.drop_properties("id = ?1", &[(*property).into()])?;
                }
            }
            Ok(())
        })
    }

    /// Forgets callers before `edge`: their sums, names and numbers.
    pub(crate) fn forget_callers(&mut self, edge: i64) -> Result<(), LogError> {
        let gone = self.db.query("SELECT who FROM callers WHERE last_at < ?1", &[edge.into()], Row::text)?;
        self.some_at_a_time(&gone, |log, who| {
            let values = [who.into(), edge.into()];
            if log.db.execute("DELETE FROM callers WHERE who = ?1 AND last_at < ?2", &values)? > 0 {
                let who = start(who);
                log.drop_properties("kind = 4 AND item = ?1", &[(&who).into()])?;
            }
            Ok(())
        })
    }

    /// Does something for each, some hundred in a transaction, so that the guard's own writes get in between.
    fn some_at_a_time<T>(
        &mut self,
        all: &[T],
        mut each: impl FnMut(&mut Self, &T) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        all.chunks(500)
            .try_for_each(|some| self.together(|log| some.iter().try_for_each(|one| each(log, one))))
    }

    fn drop_properties(&mut self, which: &str, values: &[Value<'_>]) -> Result<(), LogError> {
        if !self.db.is_server() {
            let sql = format!(
                "INSERT INTO words (words, rowid, item, more) SELECT 'delete', id, item, more FROM properties \
                 WHERE {which} AND kind IN {SEARCHED}"
            );
            self.db.execute(&sql, values)?;
        }
        self.db.execute(&format!("DELETE FROM properties WHERE {which}"), values).map(drop)
    }
}
