//! Asking for calls: filters, and pages that stay fast over millions.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use call_event::Decision;

use crate::backend::Value;
use crate::calls::{COLUMNS, direction_word, read};
use crate::record::decision_word;
use crate::time::{from_millis, millis};
use crate::{CallLog, Direction, LogError, LoggedCall, Mark};

/// How many calls one page looks at before it says "nothing so far, go on from here". It bounds the
/// time that a page takes however rare what is sought may be.
const LOOKED_AT: i64 = 8_000;
/// How many of the newest calls are looked at before the index of the search is asked.
const FIRST_LOOK: i64 = 1_500;

/// Which calls are wanted; what is not set does not matter. Newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Not before this time.
    pub from: Option<SystemTime>,
    /// Before this time.
    pub until: Option<SystemTime>,
    /// From exactly this caller: as [`who`](crate::CallRecord::who) gives it.
    pub who: Option<String>,
    /// This text stands in the number, name, area or reason, in capitals or not.
    pub search: Option<String>,
    /// On this line.
    pub line: Option<String>,
    /// At this site.
    pub site: Option<String>,
    /// With this mark.
    pub mark: Option<Mark>,
    /// That rang, or were blocked.
    pub decision: Option<Decision>,
    /// With this action, in its word.
    pub action: Option<String>,
    /// Decided by this stage, in its word.
    pub stage: Option<String>,
    /// Decided by exactly this rule.
    pub rule: Option<String>,
    /// From this area.
    pub area: Option<String>,
    /// Only calls in, or out.
    pub direction: Option<Direction>,
    /// Only calls with a recording.
    pub with_recording: bool,
    /// Go on after the page that gave this.
    pub after: Option<Cursor>,
    /// How many calls a page holds; 0 stands for 50.
    pub limit: u32,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) at: i64,
    pub(crate) id: i64,
}

impl Cursor {
    /// Behind this call.
    pub(crate) fn behind(call: &LoggedCall) -> Self {
        Self { at: millis(call.call.at), id: call.id }
    }

    /// The time of the last call looked at.
    pub fn at(&self) -> SystemTime {
        from_millis(self.at)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

/// The text is no place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the call log; take it from the page before")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (at, id) = text.split_once('-').ok_or(NotACursor)?;
        Ok(Self { at: at.parse().map_err(|_| NotACursor)?, id: id.parse().map_err(|_| NotACursor)? })
    }
}

/// Some calls, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The calls; fewer than asked for, even none, does not mean that there are no more.
    pub calls: Vec<LoggedCall>,
    /// Where to go on; `None` at the end of the log.
    pub next: Option<Cursor>,
}

/// Conditions and their values, as they are gathered.
#[derive(Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) text: Vec<String>,
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    pub(crate) fn value(&mut self, value: impl Into<Value<'a>>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn equal(&mut self, column: &str, value: Option<impl Into<Value<'a>>>) {
        if let Some(value) = value {
            let place = self.value(value);
            self.text.push(format!("{column} = {place}"));
        }
    }

    /// What came in that time.
    fn within(&mut self, query: &Query) {
        for (end, compares) in [(query.from, ">="), (query.until, "<")] {
            if let Some(end) = end {
                let place = self.value(millis(end));
                self.text.push(format!("at {compares} {place}"));
            }
        }
    }

    pub(crate) fn joined(&self) -> String {
        if self.text.is_empty() { "1 = 1".into() } else { self.text.join(" AND ") }
    }
}

/// What a query wants of a call, whenever it came.
pub(crate) struct Wanted<'q> {
    query: &'q Query,
    mark: Option<String>,
    /// The pattern of the search.
    pub(crate) search: Option<String>,
}

impl<'q> Wanted<'q> {
    pub(crate) fn new(query: &'q Query, on_server: bool) -> Self {
        Self {
            query,
            mark: query.mark.map(|m| m.letter().into()),
            search: query.search.as_ref().map(|text| like(text, on_server)),
        }
    }

    pub(crate) fn put_into<'a>(&'a self, conditions: &mut Conditions<'a>) {
        let query = self.query;
        conditions.equal("who", query.who.as_deref());
        conditions.equal("line", query.line.as_deref());
        conditions.equal("mark", self.mark.as_deref());
        conditions.equal("site", query.site.as_deref());
        conditions.equal("decision", query.decision.map(decision_word));
        conditions.equal("action", query.action.as_deref());
        conditions.equal("stage", query.stage.as_deref());
        conditions.equal("rule", query.rule.as_deref());
        conditions.equal("area", query.area.as_deref());
        conditions.equal("direction", query.direction.map(direction_word));
        if query.with_recording {
            conditions.text.push("recording IS NOT NULL".into());
        }
        if let Some(pattern) = &self.search {
            let place = conditions.value(pattern);
            let columns = ["number", "e164", "name", "area", "reason"]
                .map(|column| format!("lower(coalesce({column}, '')) LIKE {place} ESCAPE '\\'"));
            conditions.text.push(format!("({})", columns.join(" OR ")));
        }
    }
}

impl CallLog {
    /// One page of the calls that are wanted, newest first.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn page(&mut self, query: &Query) -> Result<Page, LogError> {
        let limit =
            if query.limit == 0 { 50 } else { usize::try_from(query.limit.min(10_000)).unwrap_or(50) };
        if query.search.is_some() {
            // What is not rare is among the newest.
            let page = self.window(query, limit, FIRST_LOOK)?;
            if page.calls.len() >= limit || page.next.is_none() {
                return Ok(page);
            }
        }
        match self.sources(query)? {
            Some(sources) => self.page_from(query, limit, sources),
            None => self.window(query, limit, LOOKED_AT),
        }
    }

    /// A page from the newest calls before where it begins: what is not wanted among them is sorted out.
    fn window(&mut self, query: &Query, limit: usize, looked_at: i64) -> Result<Page, LogError> {
        // One condition leads, by an index that gives the calls newest first; the others sort out.
        let mut leading = Conditions::default();
        if query.who.is_some() {
            leading.equal("who", query.who.as_deref());
        } else if query.with_recording {
            leading.text.push("recording IS NOT NULL".into());
        }
        leading.within(query);
        if let Some(after) = query.after {
            let (at, id) = (leading.value(after.at), leading.value(after.id));
            leading.text.push(format!("(at, id) < ({at}, {id})"));
        }
        let lead = leading.joined();
        let led = leading.values.len();

        let wanted = Wanted::new(query, self.db.is_server());
        let mut sorting = Conditions { text: Vec::new(), values: leading.values };
        wanted.put_into(&mut sorting);
        let sort = sorting.joined();
        let window = sorting.value(looked_at);
        let amount = sorting.value(i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT * FROM calls WHERE {lead} ORDER BY at DESC, id DESC LIMIT {window}) AS part \
             WHERE {sort} ORDER BY at DESC, id DESC LIMIT {amount}"
        );
        let calls = self.db.query(&sql, &sorting.values, read)?;

        let next = match calls.last() {
            Some(last) if calls.len() >= limit => Some(Cursor::behind(last)),
            // The page did not fill up: either the log ends, or the window did.
            _ => {
                let mut values = sorting.values;
                values.truncate(led);
                values.push(Value::Int(looked_at - 1));
                let sql = format!(
                    "SELECT at, id FROM calls WHERE {lead} ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?{}",
                    values.len()
                );
                self.db.query_one(&sql, &values, |row| Ok(Cursor { at: row.int()?, id: row.int()? }))?
            }
        };
        Ok(Page { calls, next })
    }

    /// Hands every call that is wanted to `take`, newest first, however many there are.
    ///
    /// # Errors
    ///
    /// The log could not be read, or what `take` returns.
    pub fn each_call<E: From<LogError>>(
        &mut self,
        query: &Query,
        mut take: impl FnMut(LoggedCall) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut query = Query { limit: 1000, ..query.clone() };
        loop {
            let page = self.page(&query)?;
            for call in page.calls {
                take(call)?;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Hands every call that is wanted to `take`, oldest first; otherwise as [`CallLog::each_call`].
    ///
    /// # Errors
    ///
    /// The log could not be read, or what `take` returns.
    pub fn each_call_oldest_first<E: From<LogError>>(
        &mut self,
        query: &Query,
        mut take: impl FnMut(LoggedCall) -> Result<(), E>,
    ) -> Result<(), E> {
        const AT_ONCE: i64 = 1000;
        let wanted = Wanted::new(query, self.db.is_server());
        let mut before: Option<Cursor> = None;
        loop {
            let mut conditions = Conditions::default();
            conditions.within(query);
            if let Some(before) = before {
                let (at, id) = (conditions.value(before.at), conditions.value(before.id));
                conditions.text.push(format!("(at, id) > ({at}, {id})"));
            }
            wanted.put_into(&mut conditions);
            let sort = conditions.joined();
            let amount = conditions.value(AT_ONCE);
            let sql = format!("SELECT {COLUMNS} FROM calls WHERE {sort} ORDER BY at, id LIMIT {amount}");
            let calls: Vec<LoggedCall> = self.db.query(&sql, &conditions.values, read)?;
            let Some(last) = calls.last() else { return Ok(()) };
            before = Some(Cursor::behind(last));
            for call in calls {
                take(call)?;
            }
        }
    }
}

/// The pattern that finds the text anywhere. SQLite's `lower` knows no capitals beyond ASCII.
fn like(text: &str, all_capitals: bool) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        if all_capitals {
            pattern.extend(c.to_lowercase());
        } else {
            pattern.push(c.to_ascii_lowercase());
        }
    }
    pattern.push('%');
    pattern
}
