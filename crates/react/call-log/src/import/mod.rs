//! Taking over the calls that another program has logged.

mod callattendant;
mod foreign_lists;
mod jcblock;
mod ncid;
mod pycallblock;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{Duration, Local, LocalResult, NaiveDateTime, Offset as _, TimeZone as _};
use phone_number::Caller;
use serde::Serialize;

use crate::backend::{foreign_error, open_foreign};
use crate::time::from_millis;
pub use foreign_lists::{ForeignLists, callattendant_lists};

use crate::{CallKey, CallLog, CallRecord, LogError, Message};

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Source {
    /// pycallblock's `pycallblock.db`.
    Pycallblock,
    /// callattendant's `callattendant.db`, with its messages.
    Callattendant,
    /// jcblock's `callerID.dat`.
    Jcblock,
    /// NCID's `cidcall.log`.
    Ncid,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pycallblock, Self::Callattendant, Self::Jcblock, Self::Ncid];

    /// The program's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pycallblock => "pycallblock",
            Self::Callattendant => "callattendant",
            Self::Jcblock => "jcblock",
            Self::Ncid => "ncid",
        }
    }

    /// Finds out whose log a file is by looking into it; `None` if it is nobody's that is known here.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn of_file(path: &Path) -> Result<Option<Self>, LogError> {
        let bad = |why: String| LogError::Import { path: path.into(), why };
        let mut start = [0; 4096];
        let read = std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read(&mut file, &mut start))
            .map_err(|e| bad(e.to_string()))?;
        let start = &start[..read];
        if start.starts_with(b"SQLite format 3\0") {
            let db = open_foreign(path).map_err(bad)?;
            let mut tables = db
                .prepare("SELECT lower(name) FROM sqlite_schema WHERE type = 'table'")
                .map_err(|e| bad(foreign_error(e)))?;
            let names: Result<Vec<String>, _> =
                tables.query_map([], |row| row.get(0)).and_then(Iterator::collect);
            let names = names.map_err(|e| bad(foreign_error(e)))?;
            let has = |name: &str| names.iter().any(|n| n == name);
            return Ok(if has("call_log") {
                Some(Self::Pycallblock)
            } else if has("calllog") {
                Some(Self::Callattendant)
            } else {
                None
            });
        }
        let text = String::from_utf8_lossy(start);
        let line = |ok: fn(&str) -> bool| text.lines().any(ok);
        Ok(if line(|l| l.contains("--TIME =") && l.contains("NMBR =")) {
            Some(Self::Jcblock)
        } else if line(|l| l.contains(": *DATE*") || l.contains(": ***DATE*")) {
            Some(Self::Ncid)
        } else {
            None
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A line or row that could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadEntry {
    /// Its line in the file, or its row in the table; counted from 1.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Imported {
    /// Whose log it was.
    pub source: Source,
    /// Calls taken over.
    pub calls: u64,
    /// Messages taken over.
    pub messages: u64,
    /// Entries that an earlier import had taken over already.
    pub known: u64,
    /// Entries left out, at most [`Imported::MOST_BAD`] of them.
    pub bad: Vec<BadEntry>,
    /// How many were left out.
    pub bad_count: u64,
}

impl Imported {
    /// So many bad entries are told one by one.
    pub const MOST_BAD: usize = 1000;
}

/// What a foreign log holds, one entry after another.
enum Entry {
    Call(Box<CallRecord>),
    Message(Box<Message>),
    Bad(BadEntry),
}

impl Entry {
    fn bad(line: u64, why: impl Into<String>) -> Self {
        Self::Bad(BadEntry { line, why: why.into() })
    }
}

/// Takes one entry after another.
type Take<'t> = dyn FnMut(Entry) -> Result<(), LogError> + 't;
/// Takes one line after another, with its number.
type TakeLine<'t> = dyn FnMut(u64, &[u8]) -> Result<(), LogError> + 't;

/// How many entries share one transaction.
const AT_ONCE: usize = 2000;

impl CallLog {
    /// Takes over the calls of another program, as calls of this line. It can be repeated: what is here
    /// already stays as it is. `progress` hears how many entries are done.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is nobody's log that is known here; or the log cannot be written.
    pub fn import(
        &mut self,
        path: &Path,
        source: Option<Source>,
        line: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Imported, LogError> {
        let source = match source {
            Some(source) => source,
            None => Source::of_file(path)?.ok_or_else(|| LogError::Import {
                path: path.into(),
                why: "it is neither pycallblock's, callattendant's, jcblock's nor NCID's log; name it with --from"
                    .into(),
            })?,
        };
        let mut done = Imported { source, calls: 0, messages: 0, known: 0, bad: Vec::new(), bad_count: 0 };
        let mut some = Vec::with_capacity(AT_ONCE);
        let mut count = 0;
        let mut take = |entry| -> Result<(), LogError> {
            some.push(entry);
            if some.len() == AT_ONCE {
                count += some.len() as u64;
                self.take_over(&mut some, &mut done)?;
                progress(count);
            }
            Ok(())
        };
        let path = Foreign { path: path.into(), line: line.into() };
        match source {
            Source::Pycallblock => pycallblock::read(&path, &mut take)?,
            Source::Callattendant => callattendant::read(&path, &mut take)?,
            Source::Jcblock => jcblock::read(&path, &mut take)?,
            Source::Ncid => ncid::read(&path, &mut take)?,
        }
        count += some.len() as u64;
        self.take_over(&mut some, &mut done)?;
        progress(count);
        self.count_all_new()?;
        Ok(done)
    }

    fn take_over(&mut self, some: &mut Vec<Entry>, done: &mut Imported) -> Result<(), LogError> {
        self.together(|log| {
            for entry in some.drain(..) {
                match entry {
                    Entry::Call(call) if log.call_by_key(&call.key)?.is_some() => done.known += 1,
                    Entry::Call(call) => {
                        log.put_call(&call)?;
                        done.calls += 1;
                    }
                    Entry::Message(message) if log.message_by_key(message.key.as_bytes())?.is_some() => {
                        done.known += 1;
                    }
                    Entry::Message(message) => {
                        log.put_message(&message)?;
                        done.messages += 1;
                    }
                    Entry::Bad(bad) => {
                        done.bad_count += 1;
                        if done.bad.len() < Imported::MOST_BAD {
                            done.bad.push(bad);
                        }
                    }
                }
            }
            Ok(())
        })
    }
}

/// A foreign log, and the line that its calls came on.
struct Foreign {
    path: PathBuf,
    line: String,
}

impl Foreign {
    fn fail(&self, why: impl Into<String>) -> LogError {
        LogError::Import { path: self.path.clone(), why: why.into() }
    }

    /// A call of this log. `entry` tells it from every other in the same log.
    fn call(&self, source: Source, entry: &str, at: SystemTime, offset_minutes: i32) -> CallRecord {
        let mut call = CallRecord::empty(CallKey::imported(source.word(), entry, at), at);
        call.offset_minutes = offset_minutes;
        call.line.clone_from(&self.line);
        call.reason = format!("taken over from {source}");
        call
    }
}

/// What the other programs write in the place of a number.
fn caller(number: &str) -> Option<Caller> {
    match number.trim() {
        "RING" | "No Caller ID" => None,
        number => Some(Caller::from_line(number.as_bytes())),
    }
}

/// What the other programs write in the place of a name.
fn name(name: &str) -> Option<String> {
    let name = call_event::CallerName::from_line(name.as_bytes())?;
    match name.as_str() {
        "O" | "P" | "NO NAME" | "Unknown" | "No Caller ID" | "-" => None,
        name => Some(name.into()),
    }
}

/// The moment that a wall clock in this machine's zone shows. In the hour that is skipped in spring it is
/// read as standing an hour later; in the hour that comes twice, as the first.
fn from_wall_clock(time: NaiveDateTime) -> (SystemTime, i32) {
    let local = match Local.from_local_datetime(&time) {
        LocalResult::Single(local) | LocalResult::Ambiguous(local, _) => Some(local),
        LocalResult::None => Local.from_local_datetime(&(time + Duration::hours(1))).earliest(),
    };
    local.map_or_else(
        || (from_millis(time.and_utc().timestamp_millis()), 0),
        |local| (from_millis(local.timestamp_millis()), local.offset().fix().local_minus_utc() / 60),
    )
}
