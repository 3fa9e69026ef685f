//! Pages of calls that are rare among millions: gathered from where calls with a property stand, newest
//! first, instead of from the newest calls.

use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

use crate::backend::{Row, Value};
use crate::calls::{COLUMNS, direction_word, read};
use crate::places::{BETWEEN, Property, start};
use crate::query::{Conditions, Wanted};
use crate::record::decision_word;
use crate::time::millis;
use crate::{CallLog, Cursor, LogError, LoggedCall, Page, Query};

/// What stands in more places than this is common enough to be found among the newest calls.
const MOST_SOURCES: usize = 1_000;

/// So many calls are looked at for one page, beyond those it shows.
const LOOKED_AT: usize = 1_500;

/// More calls than this that are not counted yet are not looked through for one page.
const MOST_NEW: i64 = 10_000;

/// So many calls are read in one go.
const GROUP: usize = 32;

/// Parts of three letters by which a text is sought: its last ones, since numbers differ at their ends. More
/// parts would only mean more long lists to read.
const LETTERS: usize = 3;
const MOST_PARTS: usize = 5;

/// Where calls stand in the order of their times.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Those with this property.
    Property(i64),
    /// Those of this caller.
    Who(String),
}

/// Sources, and how many calls stand there.
type Sources = (Vec<Source>, i64);

/// A source that is being read.
struct Open {
    source: Source,
    read: VecDeque<(i64, i64)>,
    at_once: i64,
    more: bool,
}

impl CallLog {
    /// Where the calls that are wanted stand, if that is known: all of them, and others beside them.
    pub(crate) fn sources(&mut self, query: &Query) -> Result<Option<Vec<Source>>, LogError> {
        // The calls of one caller, and those with a recording, have an index of their own.
        if query.who.is_some() || query.with_recording || self.unplaced()? > 0 {
            return Ok(None);
        }
        let new = "SELECT count(*) FROM (SELECT id FROM uncounted LIMIT ?1) AS part";
        if self.db.query_one(new, &[(MOST_NEW + 1).into()], Row::int)?.unwrap_or(0) > MOST_NEW {
            return Ok(None);
        }
        let mut all: Vec<Sources> = Vec::new();
        if let Some(rule) = &query.rule {
            all.push(self.properties(Property::Rule, |item, _| item == start(rule), Some(rule))?);
        }
        if let Some(area) = &query.area {
            all.push(self.properties(Property::Area, |item, _| item == start(area), Some(area))?);
        }
        if query.line.is_some() || query.site.is_some() {
            let same = |wanted: Option<&String>, is: &str| wanted.is_none_or(|wanted| start(wanted) == is);
            let fits =
                |line: &str, site: &str| same(query.line.as_ref(), line) && same(query.site.as_ref(), site);
            all.push(self.properties(Property::Place, fits, None)?);
        }
        let outcome = [
            query.direction.map(|d| direction_word(d).to_owned()),
            query.decision.map(|d| decision_word(d).to_owned()),
            query.mark.map(|m| m.letter().into()),
            query.stage.clone(),
            query.action.clone(),
        ];
        if outcome.iter().any(Option::is_some) {
            let fits = |item: &str, _: &str| {
                let mut parts = item.splitn(outcome.len(), BETWEEN);
                outcome.iter().all(|wanted| {
                    let part = parts.next();
                    wanted.as_deref().is_none_or(|wanted| part == Some(wanted))
                })
            };
            all.push(self.properties(Property::Outcome, fits, None)?);
        }
        if let Some(text) = &query.search {
            all.extend(self.search(text, query)?);
        }
        all.retain(|(sources, _)| sources.len() <= MOST_SOURCES);
        Ok(all.into_iter().min_by_key(|(_, calls)| *calls).map(|(sources, _)| sources))
    }

    fn properties(
        &mut self,
        kind: Property,
        fits: impl Fn(&str, &str) -> bool,
        item: Option<&str>,
    ) -> Result<Sources, LogError> {
        let item = item.map(start);
        let mut values = vec![Value::Int(kind as i64)];
        let only = item.as_deref().map_or("", |item| {
            values.push(item.into());
            " AND item = ?2"
        });
        let sql = format!("SELECT id, calls, item, more FROM properties WHERE kind = ?1{only}");
        let mut found: Sources = (Vec::new(), 0);
        self.db.each(&sql, &values, &mut |mut row| {
            let (id, calls) = (row.int()?, row.int()?);
            if fits(&row.text()?, &row.text()?) {
                found.0.push(Source::Property(id));
                found.1 += calls;
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Callers, areas and reasons with this text; `None` if the index cannot say, or there are too many.
    fn search(&mut self, text: &str, query: &Query) -> Result<Option<Sources>, LogError> {
        let letters: Vec<char> = text.chars().collect();
        if self.db.is_server() || letters.len() < LETTERS || letters.contains(&'\0') {
            return Ok(None);
        }
        let parts: BTreeSet<String> = letters
            .windows(LETTERS)
            .rev()
            .map(|part| format!("\"{}\"", part.iter().collect::<String>().replace('"', "\"\"")))
            .take(MOST_PARTS)
            .collect();
        let parts = parts.into_iter().collect::<Vec<_>>().join(" AND ");
        let wanted = Wanted::new(query, false);
        let pattern = wanted.search.as_deref().unwrap_or("%");
        let like = |column: &str| format!("lower(p.{column}) LIKE ?2 ESCAPE '\\'");
        // A rule is not searched, only its reason; of who called only numbers.
        let sql = format!(
            "SELECT p.id, p.kind, p.item, p.calls FROM words CROSS JOIN properties p \
             WHERE words MATCH ?1 AND p.id = words.rowid AND ({} OR ({} AND (p.kind = 3 OR (p.kind = 4 AND \
             (p.item LIKE '+%' OR p.item GLOB '[0-9*#]*'))))) LIMIT ?3",
            like("more"),
            like("item")
        );
        let most = i64::try_from(MOST_SOURCES + 1).unwrap_or(i64::MAX);
        let mut callers = BTreeSet::new();
        let (mut sources, mut calls, mut rows) = (Vec::new(), 0, 0);
        self.db.each(&sql, &[(&parts).into(), pattern.into(), most.into()], &mut |mut row| {
            let (id, kind, item) = (row.int()?, row.int()?, row.text()?);
            calls += row.int()?;
            rows += 1;
            if kind == Property::Caller as i64 {
                callers.insert(item);
            } else {
                sources.push(Source::Property(id));
            }
            Ok(())
        })?;
        sources.extend(callers.into_iter().map(Source::Who));
        Ok((rows <= MOST_SOURCES).then_some((sources, calls)))
    }

    /// A page of the calls that stand in these places, or are not counted yet.
    pub(crate) fn page_from(
        &mut self,
        query: &Query,
        limit: usize,
        sources: Vec<Source>,
    ) -> Result<Page, LogError> {
        let wanted = Wanted::new(query, self.db.is_server());
        let from = query.from.map_or(i64::MIN, millis);
        let begin = query.until.map_or((i64::MAX, i64::MAX), |until| (millis(until), i64::MIN));
        let begin = query.after.map_or(begin, |after| begin.min((after.at, after.id)));

        let new = VecDeque::from(self.not_counted(&wanted, from, begin, limit)?);
        let at_once = if sources.len() > GROUP { 1 } else { 64 };
        let mut open: Vec<Open> = sources
            .into_iter()
            .map(|source| Open { source, read: VecDeque::new(), at_once, more: true })
            .collect();
        open.push(Open { source: Source::Property(-1), read: new, at_once, more: false });
        let mut newest = BinaryHeap::new();
        for (number, source) in open.iter_mut().enumerate() {
            if let Some((at, id)) = self.next_place(source, from, begin)? {
                newest.push((at, id, number));
            }
        }

        let (mut calls, mut looked_at): (Vec<LoggedCall>, usize) = (Vec::new(), 0);
        let mut last = None;
        loop {
            let mut group: Vec<(i64, i64)> = Vec::with_capacity(GROUP);
            while group.len() < GROUP
                && let Some((at, id, number)) = newest.pop()
            {
                if let Some((next_at, next_id)) = self.next_place(&mut open[number], from, (at, id))? {
                    newest.push((next_at, next_id, number));
                }
                if last.replace((at, id)) != Some((at, id)) {
                    group.push((at, id));
                }
            }
            let Some((at, id)) = group.last().copied() else { return Ok(Page { calls, next: None }) };
            calls.extend(self.wanted_of(&wanted, &group)?);
            if calls.len() >= limit {
                calls.truncate(limit);
                let next = calls.last().map(Cursor::behind);
                return Ok(Page { calls, next });
            }
            looked_at += group.len();
            if looked_at >= LOOKED_AT + limit {
                return Ok(Page { calls, next: Some(Cursor { at, id }) });
            }
        }
    }

    /// The next place of a source, older than `before`.
    fn next_place(
        &mut self,
        open: &mut Open,
        from: i64,
        before: (i64, i64),
    ) -> Result<Option<(i64, i64)>, LogError> {
        if open.read.is_empty() && open.more {
            let (sql, which) = match &open.source {
                Source::Property(id) => (
                    "SELECT at, id FROM places WHERE property = ?1 AND (at, id) < (?2, ?3) AND at >= ?4 \
                     ORDER BY at DESC, id DESC LIMIT ?5",
                    Value::Int(*id),
                ),
                Source::Who(who) => (
                    "SELECT at, id FROM calls WHERE who = ?1 AND (at, id) < (?2, ?3) AND at >= ?4 \
                     ORDER BY at DESC, id DESC LIMIT ?5",
                    Value::Text(who),
                ),
            };
            let values = [which, before.0.into(), before.1.into(), from.into(), open.at_once.into()];
            open.read = self.db.query(sql, &values, |row| Ok((row.int()?, row.int()?)))?.into();
            open.more = open.read.len() as u64 == open.at_once.unsigned_abs();
            open.at_once = (open.at_once * 8).min(512);
        }
        Ok(open.read.pop_front())
    }

    /// The calls that are wanted among those not counted yet, newest first.
    fn not_counted(
        &mut self,
        wanted: &Wanted<'_>,
        from: i64,
        before: (i64, i64),
        limit: usize,
    ) -> Result<Vec<(i64, i64)>, LogError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut conditions = Conditions {
            text: vec!["(c.at, c.id) < (?1, ?2) AND c.at >= ?3".into()],
            values: vec![before.0.into(), before.1.into(), from.into(), limit.into()],
        };
        wanted.put_into(&mut conditions);
        let sql = format!(
            "SELECT c.at, c.id FROM uncounted u CROSS JOIN calls c WHERE c.id = u.id AND {} \
             ORDER BY c.at DESC, c.id DESC LIMIT ?4",
            conditions.joined()
        );
        self.db.query(&sql, &conditions.values, |row: &mut Row| Ok((row.int()?, row.int()?)))
    }

    /// Those of a group of calls that are wanted, in the group's order.
    fn wanted_of(&mut self, wanted: &Wanted<'_>, group: &[(i64, i64)]) -> Result<Vec<LoggedCall>, LogError> {
        // Always the same number of places, so that the statement is prepared once.
        let mut values: Vec<Value<'_>> = group.iter().map(|(_, id)| Value::Int(*id)).collect();
        values.resize(GROUP, Value::Int(-1));
        let places: Vec<String> = (1..=GROUP).map(|n| format!("?{n}")).collect();
        let mut conditions = Conditions { text: vec![format!("id IN ({})", places.join(", "))], values };
        wanted.put_into(&mut conditions);
        let sql = format!("SELECT {COLUMNS} FROM calls WHERE {}", conditions.joined());
        let order: HashMap<i64, usize> = group.iter().enumerate().map(|(n, (_, id))| (*id, n)).collect();
        let mut calls = self.db.query(&sql, &conditions.values, read)?;
        calls.sort_by_key(|call| order.get(&call.id).copied());
        Ok(calls)
    }
}
