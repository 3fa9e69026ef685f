//! Whole lists that are brought in, written in other formats, compiled.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use phone_number::Numbering;

use super::Problem;
use super::compiled::{Compiled, Compiling};
use super::edit::{each_entry, format_of, json_entry};
use super::file::{Held, write_atomically};
use super::formats;
use super::pattern::Pattern;
use crate::Error;
use crate::settings::ListFormat;

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
