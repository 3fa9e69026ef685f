//! Lists of numbers and names, in the formats that people have.

mod ageing;
mod compiled;
mod edit;
mod entry;
mod file;
mod formats;
mod in_use;
pub(crate) mod pattern;
pub(crate) mod set;
pub(crate) mod table;
mod transfer;
mod watch;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use phone_number::Numbering;

use crate::Error;
use crate::settings::{ListFormat, ListSettings, MatchField};

pub use ageing::{age_jcblock, mark_match};
pub use compiled::{Compiled, CompiledList};
pub use edit::{Edited, add_entry, each_entry, format_of, remove_entries};
pub use entry::{Note, Problem};
pub use file::write_atomically;
pub use in_use::{ListInUse, ListSet, Loaded};
pub use transfer::{Imported, compile, export, import};
pub use watch::FileStamp;

pub(crate) use entry::{read_time, write_time};
use pattern::{Candidate, Pattern};
use set::{PatternCollector, PatternSet};

/// The most problems that are kept of one list; of the rest only the number.
const MOST_PROBLEMS: usize = 100_000;

/// One list, read and ready to be searched.
#[derive(Debug)]
pub struct List {
    name: Arc<str>,
    format: ListFormat,
    field: MatchField,
    set: PatternSet,
    /// Entries that end some day, apart from the others: an ended one must not hide one that stays. Of equal ones the
    /// last counts, so their lines are held as distances from the greatest.
    temporary: PatternSet,
    texts: Vec<(Needle, u32)>,
    compiled: Option<CompiledList>,
    notes: HashMap<u32, Note>,
    source: Source,
    problems: Vec<Problem>,
    more_problems: usize,
    repeated: usize,
}

/// A key of a jcblock list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Needle {
    /// Anywhere in the chosen field.
    Anywhere(Box<str>),
    /// `NMBR = 809`: at the beginning of the number.
    NumberBegins(Box<str>),
    /// `NAME = V`: at the beginning of the name.
    NameBegins(Box<str>),
}

/// The text of a list whose lines are read again when one of them is hit.
#[derive(Debug, Default)]
struct Source {
    bytes: Vec<u8>,
    /// Where every sixty-fourth line begins.
    marks: Vec<u32>,
}

const MARK_EVERY: usize = 64;

impl Source {
    fn line(&self, line: u32) -> &[u8] {
        let index = line.saturating_sub(1) as usize;
        let Some(&mark) = self.marks.get(index / MARK_EVERY) else { return &[] };
        let mut rest = self.bytes.get(mark as usize..).unwrap_or_default();
        for _ in 0..index % MARK_EVERY {
            match memchr::memchr(b'\n', rest) {
                Some(end) => rest = &rest[end + 1..],
                None => return &[],
            }
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        &rest[..end]
    }
}

/// What a reader of a format fills.
pub(crate) struct Builder<'n> {
    pub(crate) file: Arc<str>,
    pub(crate) numbering: &'n Numbering,
    pub(crate) patterns: PatternCollector,
    pub(crate) temporary: PatternCollector,
    pub(crate) texts: Vec<(Needle, u32)>,
    pub(crate) notes: HashMap<u32, Note>,
    pub(crate) marks: Vec<u32>,
    /// The entries as they stand, where somebody wants them.
    pub(crate) collected: Option<Vec<(u32, String)>>,
    problems: Vec<Problem>,
    more_problems: usize,
}

impl Builder<'_> {
    pub(crate) fn problem(&mut self, line: u32, reason: impl Into<Box<str>>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { file: self.file.clone(), line, reason: reason.into() });
        } else {
            self.more_problems += 1;
        }
    }

    /// Keeps the text of an entry for who wants them all.
    pub(crate) fn collect(&mut self, line: u32, text: &str) {
        if let Some(collected) = &mut self.collected {
            collected.push((line, text.to_owned()));
        }
    }

    /// Adds an entry as people write it, or notes what is wrong with it.
    pub(crate) fn entry(&mut self, text: &str, line: u32, note: Note) -> bool {
        match Pattern::read(text, self.numbering) {
            Ok(pattern) => {
                if note.expires.is_some() {
                    self.temporary.add(pattern, u32::MAX - line);
                } else {
                    self.patterns.add(pattern, line);
                }
                if note != Note::default() {
                    self.notes.insert(line, note);
                }
                self.collect(line, text);
                true
            }
            Err(reason) => {
                self.problem(line, reason);
                false
            }
        }
    }
}

/// Where on a list somebody was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The line, from 1.
    pub line: u32,
    /// What stands beside the entry.
    pub note: Note,
}

impl List {
    /// Reads a list from bytes. Never fails as a whole: what cannot be read is among [`List::problems`].
    pub fn read(
        name: &str,
        bytes: Vec<u8>,
        format: ListFormat,
        field: MatchField,
        numbering: &Numbering,
    ) -> Self {
        let name: Arc<str> = name.into();
        let format = if format == ListFormat::Auto { formats::guess(&name, &bytes) } else { format };
        let mut builder = Builder {
            file: name.clone(),
            numbering,
            patterns: PatternCollector::with_capacity(formats::expected_numbers(format, &bytes)),
            temporary: PatternCollector::default(),
            texts: Vec::new(),
            notes: HashMap::new(),
            marks: Vec::new(),
            collected: None,
            problems: Vec::new(),
            more_problems: 0,
        };
        if u32::try_from(bytes.len()).is_err() {
            builder.problem(1, "larger than 4 GiB; make a compiled list of it with `callblock list compile`");
        } else {
            formats::read(format, &bytes, &mut builder);
        }
        let Builder { patterns, temporary, texts, notes, marks, mut problems, more_problems, .. } = builder;
        let (set, repeated) = patterns.finish().unwrap_or_else(|reason| {
            problems.push(Problem { file: name.clone(), line: 0, reason: reason.into() });
            Default::default()
        });
        let (temporary, _) = temporary.finish().unwrap_or_else(|reason| {
            problems.push(Problem { file: name.clone(), line: 0, reason: reason.into() });
            Default::default()
        });
        let keep = !marks.is_empty();
        let source = Source { bytes: if keep { bytes } else { Vec::new() }, marks };
        Self {
            name,
            format,
            field,
            set,
            temporary,
            texts,
            compiled: None,
            notes,
            source,
            problems,
            more_problems,
            repeated,
        }
    }

    /// Reads a list from its file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a compiled list is damaged.
    pub fn open(settings: &ListSettings, folder: &Path, numbering: &Numbering) -> Result<Self, Error> {
        let path = resolve(folder, &settings.file);
        let name = settings.shown_name();
        if settings.format == ListFormat::Compiled
            || settings.format == ListFormat::Auto && CompiledList::is_one(&path)
        {
            let compiled = CompiledList::open(&path)?;
            let patterns = compiled.patterns().to_vec();
            let mut list = Self::read(&name, patterns, ListFormat::Plain, settings.field, numbering);
            list.format = ListFormat::Compiled;
            list.compiled = Some(compiled);
            return Ok(list);
        }
        let mut bytes = fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        if formats::is_database(&bytes) {
            bytes = formats::as_csv(&path, settings.kind)?;
            return Ok(Self::read(&name, bytes, ListFormat::Callattendant, settings.field, numbering));
        }
        Ok(Self::read(&name, bytes, settings.format, settings.field, numbering))
    }

    /// Its name in reasons, mostly the file's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a caller's name can be found on it, and not only the number.
    pub fn minds_names(&self) -> bool {
        let by_name = |needle: &Needle| match needle {
            Needle::Anywhere(_) => self.field != MatchField::Number,
            Needle::NumberBegins(_) => false,
            Needle::NameBegins(_) => true,
        };
        self.set.minds_names()
            || self.temporary.minds_names()
            || self.texts.iter().any(|(needle, _)| by_name(needle))
    }

    /// The format that it was read in.
    pub fn format(&self) -> ListFormat {
        self.format
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.set.len()
            + self.temporary.len()
            + self.texts.len()
            + self.compiled.as_ref().map_or(0, CompiledList::len)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems there were in all; the first hundred thousand are kept.
    pub fn problem_count(&self) -> usize {
        self.problems.len() + self.more_problems
    }

    /// How many numbers stood there more than once.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The bytes of memory that its numbers take beyond the file's own.
    pub fn memory(&self) -> usize {
        self.set.memory() + self.source.marks.capacity() * 4
    }

    /// The line on which the caller stands; entries that no longer hold do not count.
    pub(crate) fn find_line(&self, who: &Candidate<'_>, record: Option<&str>, now: i64) -> Option<u32> {
        let lasting = self.set.find(who).or_else(|| self.find_text(who, record));
        lasting.or_else(|| {
            let line = u32::MAX - self.temporary.find(who)?;
            (!self.notes.get(&line)?.expired(now)).then_some(line)
        })
    }

    /// Whether the whole record of a call must be written for this list.
    pub(crate) fn needs_record(&self) -> bool {
        self.field == MatchField::Record && !self.texts.is_empty()
    }

    pub(crate) fn compiled(&self) -> Option<&CompiledList> {
        self.compiled.as_ref()
    }

    fn find_text(&self, who: &Candidate<'_>, record: Option<&str>) -> Option<u32> {
        let (number, name) = match self.field {
            MatchField::Any => (who.shown, who.name),
            MatchField::Number => (who.shown, ""),
            MatchField::Name => ("", who.name),
            MatchField::Record => ("", ""),
        };
        let fits = |needle: &Needle| match needle {
            Needle::Anywhere(key) => match record.filter(|_| self.field == MatchField::Record) {
                Some(record) => record.contains(&**key),
                None => number.contains(&**key) || name.contains(&**key),
            },
            Needle::NumberBegins(key) => who.shown.starts_with(&**key),
            Needle::NameBegins(key) => who.name.starts_with(&**key),
        };
        self.texts.iter().find(|(needle, _)| fits(needle)).map(|&(_, line)| line)
    }

    /// What stands beside the entry on that line.
    pub fn note(&self, line: u32) -> Note {
        if let Some(note) = self.notes.get(&line) {
            return note.clone();
        }
        formats::note_of_line(self.format, self.source.line(line))
    }

    /// Whether a plain number is on it: neither beginnings nor other patterns count.
    #[inline]
    pub fn contains(&self, key: phone_number::NumberKey) -> bool {
        self.set.contains(key)
    }

    /// Looks for a number as people write it, or a name.
    pub fn find(&self, number: &str, name: &str, numbering: &Numbering, now: SystemTime) -> Option<Hit> {
        let placed = numbering.read(number);
        let who = Candidate {
            number: placed.as_ref(),
            key: placed.as_ref().and_then(phone_number::PhoneNumber::key),
            shown: number,
            name,
        };
        let line = self.find_line(&who, None, unix(now));
        if let Some(line) = line {
            return Some(Hit { line, note: self.note(line) });
        }
        let (line, name) = who.key.and_then(|key| self.compiled.as_ref()?.find(key).ok().flatten())?;
        Some(Hit { line, note: Note::named(&name) })
    }
}

/// A file of the configuration: as it stands, or in the folder where it is not absolute.
pub(crate) fn resolve(folder: &Path, file: &Path) -> PathBuf {
    if file.is_absolute() { file.to_owned() } else { folder.join(file) }
}

/// Seconds since 1970.
pub(crate) fn unix(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}
