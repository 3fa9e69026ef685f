//! Entries that are added to lists and removed from them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use phone_number::Numbering;
use serde_json::{Value, json};

use super::file::{Held, write_atomically};
use super::formats::{self, numbered_lines};
use super::pattern::Pattern;
use super::set::PatternCollector;
use super::{Builder, Note, write_time};
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

/// The format of a list: the one that is set, or what its file name and beginning say.
pub fn format_of(path: &Path, format: ListFormat, bytes: &[u8]) -> ListFormat {
    match format {
        ListFormat::Auto => formats::guess(&path.to_string_lossy(), bytes),
        format => format,
    }
}

/// An entry that others are compared with, by what they mean: `030 23125555` is `+493023125555`.
#[derive(Debug, Clone)]
struct EntryText {
    text: String,
    pattern: Option<Pattern>,
}

impl EntryText {
    /// Reads an entry; one that means nothing is compared as text.
    fn read(text: &str, numbering: &Numbering) -> Self {
        Self { text: text.trim().to_owned(), pattern: Pattern::read(text, numbering).ok() }
    }

    /// Whether another entry means the same.
    fn is(&self, other: &str, numbering: &Numbering) -> bool {
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

pub(super) fn json_entry(text: &str, note: &Note) -> Value {
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

/// Removes all entries that mean the same as this one; gives back how many.
///
/// # Errors
///
/// If the file cannot be read or written, or its format is only read.
pub fn remove_entries(
    path: &Path,
    format: ListFormat,
    numbering: &Numbering,
    text: &str,
) -> Result<usize, Error> {
    let unwanted = EntryText::read(text, numbering);
    let unwanted = |text: &str| unwanted.is(text, numbering);
    let mut held = Held::open(path, false)?;
    let bytes = held.bytes(path)?;
    let format = format_of(path, format, &bytes);
    let mut removed = 0;
    if format == ListFormat::Json {
        let mut value: Value =
            serde_json::from_slice(&bytes).map_err(|e| Error::format(path, format!("not JSON: {e}")))?;
        let mut doomed = Vec::new();
        each_entry(&bytes, format, numbering, &mut |place, text, _| {
            if unwanted(text) {
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
            if !text.is_empty() && !text.starts_with('#') && unwanted(text) {
                removed += 1;
            } else {
                kept.extend_from_slice(record);
            }
        }),
        ListFormat::Plain | ListFormat::Ncid | ListFormat::Jcblock => {
            let mut doomed = Vec::new();
            each_entry(&bytes, format, numbering, &mut |line, text, _| {
                if unwanted(text) {
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
