//! Lists that change: entries added, removed, marked, aged and written in other formats.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use phone_number::Numbering;
use serde_json::{Value, json};

use super::compiled::{Compiled, Compiling};
use super::formats::{self, DATE, PERMANENT, numbered_lines};
use super::pattern::Pattern;
use super::set::PatternCollector;
use super::{Builder, FileStamp, Note, Problem, write_time};
use crate::Error;
use crate::settings::ListFormat;

/// What became of a wish to add an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// It stands on that line now.
    Added(u32),
    /// It stood on that line already.
    AlreadyThere(u32),
}

/// Writes a file so that every reader sees the old contents or the new ones, whole.
///
/// # Errors
///
/// If it cannot be written; the old file is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, |file| file.write_all(bytes))
}

pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    // A link stays a link; what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |source| Error::Write { path: target.clone(), source };
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = target.with_file_name(name);
    let written = (|| {
        let mut file = File::create(&draft)?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&draft, &target)
    })();
    written.map_err(|error| {
        // Nobody needs the half-written draft, and there may be none.
        let _ = fs::remove_file(&draft);
        failed(error)
    })
}

/// A list file that nobody else edits while this is held.
struct Held {
    file: File,
}

impl Held {
    fn open(path: &Path, create: bool) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(create)
                .truncate(false)
                .open(path)
                .map_err(failed)?;
            file.lock().map_err(failed)?;
            // Whoever held it before may have put a new file in its place.
            if FileStamp::of_file(&file) == FileStamp::of(path) {
                return Ok(Self { file });
            }
        }
    }

    fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0)).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        self.file.read_to_end(&mut bytes).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Ok(bytes)
    }
}

/// The format of a list: the one that is set, or what its file name and beginning say.
pub fn format_of(path: &Path, format: ListFormat, bytes: &[u8]) -> ListFormat {
    match format {
        ListFormat::Auto => formats::guess(&path.to_string_lossy(), bytes),
        format => format,
    }
}

/// An entry that others are compared with, by what they mean: `030 23125555` is `+493023125555`.
#[derive(Debug, Clone)]
pub struct EntryText {
    text: String,
    pattern: Option<Pattern>,
}

impl EntryText {
    /// Reads an entry; one that means nothing is compared as text.
    pub fn read(text: &str, numbering: &Numbering) -> Self {
        Self { text: text.trim().to_owned(), pattern: Pattern::read(text, numbering).ok() }
    }

    /// Whether another entry means the same.
    pub fn is(&self, other: &str, numbering: &Numbering) -> bool {
        if self.text == other.trim() {
            return true;
        }
        // Most entries are plain numbers, and their keys are quick to make.
        match (&self.pattern, numbering.key(other.as_bytes())) {
            (None, _) => false,
            (Some(Pattern::Number(key)), Some(other)) => *key == other,
            (Some(pattern), _) => Pattern::read(other, numbering).is_ok_and(|other| other == *pattern),
        }
    }
}

/// Goes through the entries of a list in their order: line, text as it stands, what stands beside it.
pub fn each_entry(
    bytes: &[u8],
    format: ListFormat,
    numbering: &Numbering,
    visit: &mut dyn FnMut(u32, &str, Note),
) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match format {
        ListFormat::Csv => formats::each_record(bytes, |line, _, fields| {
            let text = fields.first().map_or("", String::as_str);
            let heading =
                line == 1 && !text.contains(|c: char| c.is_ascii_digit()) && !text.contains([':', '/']);
            if !text.is_empty() && !text.starts_with('#') && !heading {
                visit(line, text, formats::note_of_fields(&fields));
            }
        }),
        ListFormat::Plain => {
            for (line, text) in numbered_lines(bytes) {
                let text = formats::decode(text);
                let (pattern, comment) = formats::split_comment(&text);
                if !pattern.is_empty() {
                    visit(line, pattern, Note::named(comment));
                }
            }
        }
        _ => {
            let mut builder = Builder {
                file: Arc::from(""),
                numbering,
                patterns: PatternCollector::default(),
                temporary: PatternCollector::default(),
                texts: Vec::new(),
                notes: HashMap::new(),
                marks: Vec::new(),
                collected: Some(Vec::new()),
                problems: Vec::new(),
                more_problems: 0,
            };
            formats::read(format, bytes, &mut builder);
            for (line, text) in builder.collected.unwrap_or_default() {
                visit(line, &text, builder.notes.remove(&line).unwrap_or_default());
            }
        }
    }
}

/// Adds an entry to a list file, which is made if it is not there. Nobody ever reads a half-written list.
///
/// # Errors
///
/// If the entry means nothing, the format has no place for what stands beside it, or the file cannot be written.
pub fn add_entry(
    path: &Path,
    format: ListFormat,
    text: &str,
    note: &Note,
    numbering: &Numbering,
) -> Result<Edited, Error> {
    let bad = |reason: String| Error::setting(format!("entry {text:?}"), reason);
    if text.contains(['\n', '\r']) || note.name.contains(['\n', '\r']) {
        return Err(bad("an entry and its name stand on one line".into()));
    }
    let mut held = Held::open(path, true)?;
    let mut bytes = held.bytes(path)?;
    let format = format_of(path, format, &bytes);
    if format != ListFormat::Jcblock {
        Pattern::read(text, numbering).map_err(bad)?;
    }
    let mut there = None;
    let wanted = EntryText::read(text, numbering);
    each_entry(&bytes, format, numbering, &mut |line, entry, old| {
        if there.is_none() && old.expires.is_none() && wanted.is(entry, numbering) {
            there = Some(line);
        }
    });
    if let Some(line) = there {
        return Ok(Edited::AlreadyThere(line));
    }
    if format == ListFormat::Json {
        return add_to_json(path, &bytes, text, note);
    }
    if note.expires.is_some() && format != ListFormat::Csv {
        return Err(bad("only CSV and JSON lists have a place for the day on which an entry ends".into()));
    }
    let line = match format {
        ListFormat::Csv => formats::write_csv_line(text, note),
        ListFormat::Plain if note.name.is_empty() => format!("{text}\n"),
        ListFormat::Plain => format!("{text}  # {}\n", note.name),
        ListFormat::Ncid if note.name.is_empty() => format!("\"{text}\"\n"),
        ListFormat::Ncid => format!("\"{text}\" # {}\n", note.name),
        ListFormat::Jcblock => formats::write_jcblock_line(text, note).map_err(bad)?,
        other => {
            return Err(bad(format!("lists in the format {other:?} are only read; export it to CSV first")));
        }
    };
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    let number = u32::try_from(memchr::memchr_iter(b'\n', &bytes).count() + 1).unwrap_or(u32::MAX);
    bytes.extend_from_slice(line.as_bytes());
    write_atomically(path, &bytes)?;
    Ok(Edited::Added(number))
}

fn json_entry(text: &str, note: &Note) -> Value {
    let mut entry = json!({ "number": text, "name": &*note.name });
    if let Some(by) = &note.by {
        entry["by"] = json!(&**by);
    }
    for (key, time) in [("added", note.added), ("expires", note.expires)] {
        if let Some(time) = time {
            entry[key] = json!(write_time(time));
        }
    }
    entry
}

fn add_to_json(path: &Path, bytes: &[u8], text: &str, note: &Note) -> Result<Edited, Error> {
    let mut value: Value = match bytes.trim_ascii() {
        b"" => json!([]),
        bytes => serde_json::from_slice(bytes).map_err(|e| Error::format(path, format!("not JSON: {e}")))?,
    };
    let keys = ["numbers", "entries", "list"];
    let entries = match &mut value {
        Value::Array(entries) => Some(entries),
        Value::Object(object) => {
            let key = keys.into_iter().find(|&key| object.get(key).is_some_and(Value::is_array));
            key.and_then(|key| object.get_mut(key)?.as_array_mut())
        }
        _ => None,
    };
    let entries = entries.ok_or_else(|| Error::format(path, "no array of entries to add to"))?;
    entries.push(json_entry(text, note));
    let place = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    write_json(path, &value)?;
    Ok(Edited::Added(place))
}

fn write_json(path: &Path, value: &Value) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| Error::format(path, e.to_string()))?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

/// Removes all entries for which `wanted` holds; gives back how many.
///
/// # Errors
///
/// If the file cannot be read or written, or its format is only read.
pub fn remove_entries(
    path: &Path,
    format: ListFormat,
    numbering: &Numbering,
    wanted: &mut dyn FnMut(&str, &Note) -> bool,
) -> Result<usize, Error> {
    let mut held = Held::open(path, false)?;
    let bytes = held.bytes(path)?;
    let format = format_of(path, format, &bytes);
    let mut removed = 0;
    if format == ListFormat::Json {
        let mut value: Value =
            serde_json::from_slice(&bytes).map_err(|e| Error::format(path, format!("not JSON: {e}")))?;
        let mut doomed = Vec::new();
        each_entry(&bytes, format, numbering, &mut |place, text, note| {
            if wanted(text, &note) {
                doomed.push(place);
            }
        });
        let mut place = 0;
        let mut keep = |_: &Value| {
            place += 1;
            !doomed.contains(&place)
        };
        match &mut value {
            Value::Array(entries) => entries.retain(&mut keep),
            Value::Object(object) => {
                for key in ["numbers", "entries", "list"] {
                    if let Some(Value::Array(entries)) = object.get_mut(key) {
                        entries.retain(&mut keep);
                    }
                }
            }
            _ => {}
        }
        if !doomed.is_empty() {
            write_json(path, &value)?;
        }
        return Ok(doomed.len());
    }
    let mut kept = Vec::with_capacity(bytes.len());
    match format {
        ListFormat::Csv => formats::each_record(&bytes, |_, record, fields| {
            let text = fields.first().map_or("", String::as_str);
            if !text.is_empty() && !text.starts_with('#') && wanted(text, &formats::note_of_fields(&fields)) {
                removed += 1;
            } else {
                kept.extend_from_slice(record);
            }
        }),
        ListFormat::Plain | ListFormat::Ncid | ListFormat::Jcblock => {
            let mut doomed = Vec::new();
            each_entry(&bytes, format, numbering, &mut |line, text, note| {
                if wanted(text, &note) {
                    doomed.push(line);
                }
            });
            removed = doomed.len();
            for (number, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
                if !doomed.contains(&u32::try_from(number + 1).unwrap_or(u32::MAX)) {
                    kept.extend_from_slice(line);
                }
            }
        }
        other => {
            let reason = format!("lists in the format {other:?} are only read; export it to CSV first");
            return Err(Error::format(path, reason));
        }
    }
    if removed > 0 {
        write_atomically(path, &kept)?;
    }
    Ok(removed)
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Entries that were added.
    pub added: usize,
    /// Entries that stood there already.
    pub already: usize,
    /// Lines that could not be read.
    pub problems: Vec<Problem>,
}

/// Brings the entries of one list file into another, at once; `progress` hears how many were looked at.
///
/// # Errors
///
/// If a file cannot be read or written, or the target's format is only read.
pub fn import(
    to: &Path,
    to_format: ListFormat,
    from: &Path,
    from_format: ListFormat,
    numbering: &Numbering,
    progress: &mut dyn FnMut(usize),
) -> Result<Imported, Error> {
    let source = fs::read(from).map_err(|source| Error::Read { path: from.to_owned(), source })?;
    let from_format = format_of(from, from_format, &source);
    let name = from.display().to_string();
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
    }
    let mut held = Held::open(to, true)?;
    let mut bytes = held.bytes(to)?;
    let to_format = format_of(to, to_format, &bytes);
    if !matches!(to_format, ListFormat::Csv | ListFormat::Plain | ListFormat::Ncid | ListFormat::Jcblock) {
        return Err(Error::format(to, "entries can be brought into CSV, plain, NCID and jcblock lists only"));
    }
    let mut known: HashSet<Pattern> = HashSet::new();
    each_entry(&bytes, to_format, numbering, &mut |_, text, _| {
        known.extend(Pattern::read(text, numbering));
    });
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    let mut report = Imported { added: 0, already: 0, problems: Vec::new() };
    let mut looked_at = 0;
    let mut unreadable = Vec::new();
    each_entry(&source, from_format, numbering, &mut |line, text, note| {
        looked_at += 1;
        if looked_at % 65_536 == 0 {
            progress(looked_at);
        }
        let text = imported_text(text, from_format);
        let outcome = Pattern::read(&text, numbering).and_then(|pattern| {
            if !known.insert(pattern) {
                report.already += 1;
                return Ok(());
            }
            let line = match to_format {
                ListFormat::Csv => formats::write_csv_line(&text, &note),
                ListFormat::Jcblock => formats::write_jcblock_line(&text, &note)?,
                ListFormat::Ncid => format!("\"{text}\" # {}\n", note.name.replace(['\n', '\r'], " ")),
                _ => format!("{text}  # {}\n", note.name.replace(['\n', '\r'], " ")),
            };
            bytes.extend_from_slice(line.as_bytes());
            report.added += 1;
            Ok(())
        });
        if let Err(reason) = outcome {
            unreadable.push(Problem { file: name.as_str().into(), line, reason: reason.into() });
        }
    });
    // CSV and plain lists hand out every line; of the others, what could not be read is known from reading them.
    if !matches!(from_format, ListFormat::Csv | ListFormat::Plain) {
        let list = super::List::read(&name, source, from_format, Default::default(), numbering);
        report.problems.extend_from_slice(list.problems());
    }
    report.problems.append(&mut unreadable);
    if report.added > 0 {
        write_atomically(to, &bytes)?;
    }
    Ok(report)
}

/// A jcblock key that is no number is looked for in names, anywhere.
fn imported_text(text: &str, from: ListFormat) -> String {
    let begins =
        |label: &str| text.strip_prefix(label)?.trim_start().strip_prefix('=').map(|t| t.trim().to_owned());
    if from != ListFormat::Jcblock {
        text.to_owned()
    } else if let Some(beginning) = begins("NMBR") {
        format!("{beginning}*")
    } else if let Some(beginning) = begins("NAME") {
        format!("name:{beginning}*")
    } else if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ')) {
        text.to_owned()
    } else {
        format!("name:*{text}*")
    }
}

/// Writes a list in another format.
///
/// # Errors
///
/// The first entry that the format has no place for.
pub fn export(
    bytes: &[u8],
    from: ListFormat,
    to: ListFormat,
    numbering: &Numbering,
) -> Result<String, Error> {
    let mut out = String::new();
    let mut json = Vec::new();
    let mut failure = None;
    each_entry(bytes, from, numbering, &mut |line, text, note| match to {
        ListFormat::Json => json.push(json_entry(text, &note)),
        ListFormat::Plain if note.name.is_empty() => out += &format!("{text}\n"),
        ListFormat::Plain => out += &format!("{text}  # {}\n", note.name.replace(['\n', '\r'], " ")),
        ListFormat::Ncid => out += &format!("\"{text}\" # {}\n", note.name.replace(['\n', '\r'], " ")),
        ListFormat::Jcblock => match formats::write_jcblock_line(text, &note) {
            Ok(line) => out += &line,
            Err(reason) => {
                failure.get_or_insert_with(|| Error::setting(format!("line {line}"), reason));
            }
        },
        ListFormat::Vcard => {
            let name = note.name.replace(['\n', '\r'], " ").replace(',', "\\,").replace(';', "\\;");
            let name = if name.is_empty() { text.to_owned() } else { name };
            out += &format!(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nN:{name};;;;\r\nTEL;TYPE=VOICE:{text}\r\nEND:VCARD\r\n"
            );
        }
        _ => out += &formats::write_csv_line(text, &note),
    });
    if to == ListFormat::Json {
        out = serde_json::to_string_pretty(&json).unwrap_or_default() + "\n";
    }
    failure.map_or(Ok(out), Err)
}

/// Makes a compiled list of a list file; `progress` hears the lines done so far.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn compile(
    from: &Path,
    format: ListFormat,
    to: &Path,
    numbering: &Numbering,
    progress: &mut dyn FnMut(u32),
) -> Result<Compiled, Error> {
    let bytes = fs::read(from).map_err(|source| Error::Read { path: from.to_owned(), source })?;
    let format = format_of(from, format, &bytes);
    if format == ListFormat::Jcblock {
        return Err(Error::format(
            from,
            "jcblock lists search inside numbers and names and cannot be compiled",
        ));
    }
    let mut compiling = Compiling::new(from, numbering);
    each_entry(&bytes, format, numbering, &mut |line, text, note| {
        compiling.add(line, text, &note.name, note.expires.is_some());
        if line % 65_536 == 0 {
            progress(line);
        }
    });
    drop(bytes);
    compiling.write(to)
}

/// Writes the day of a match into a line of a jcblock list, in place; a permanent entry keeps its mark.
///
/// # Errors
///
/// If the file cannot be read or written.
pub fn mark_match(path: &Path, line: u32, day: NaiveDate) -> Result<bool, Error> {
    let mut held = Held::open(path, false)?;
    let bytes = held.bytes(path)?;
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let Some(text) = bytes.split(|&b| b == b'\n').nth(line.saturating_sub(1) as usize) else {
        return Ok(false);
    };
    if formats::parse_jcblock(text).is_err() || &text[DATE] == PERMANENT {
        return Ok(false);
    }
    // Within the same file, so its distance from the beginning fits.
    let at = text.as_ptr() as usize - bytes.as_ptr() as usize + DATE.start;
    held.file.seek(SeekFrom::Start(at as u64)).map_err(failed)?;
    held.file.write_all(day.format("%m%d%y").to_string().as_bytes()).map_err(failed)?;
    Ok(true)
}

/// Drops the entries of a jcblock list whose last match is that many days ago. Permanent entries, comments, entries
/// that never matched and lines that mean nothing stay. A list that would be left empty stays as it is.
pub fn age_jcblock(bytes: &[u8], today: NaiveDate, unused_days: u32) -> (Vec<u8>, usize) {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut dropped = 0;
    let mut entries = 0;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let old = match formats::parse_jcblock(line.trim_ascii_end()) {
            Ok(entry) if !line.starts_with(b"#") => {
                let age = entry.date.map(|date| (today - date).num_days());
                let old = !entry.permanent && age.is_some_and(|age| age > i64::from(unused_days));
                entries += usize::from(!old);
                old
            }
            _ => false,
        };
        if old {
            dropped += 1;
        } else {
            kept.extend_from_slice(line);
        }
    }
    if entries == 0 { (bytes.to_vec(), 0) } else { (kept, dropped) }
}

/// Drops unused entries from a jcblock list file.
pub(crate) fn age_file(path: &Path, today: NaiveDate, unused_days: u32) -> Result<usize, Error> {
    let mut held = Held::open(path, false)?;
    let bytes = held.bytes(path)?;
    let (kept, dropped) = age_jcblock(&bytes, today, unused_days);
    if dropped > 0 {
        write_atomically(path, &kept)?;
    }
    Ok(dropped)
}
