//! The ways in which people's lists are written.

mod callattendant;
mod csv;
mod jcblock;
mod json;
mod lines;

use std::borrow::Cow;

use super::{Builder, Note};
use crate::settings::ListFormat;

pub(crate) use self::csv::{each_record, note_of_fields, write_line as write_csv_line};
pub(crate) use callattendant::{as_csv, is_database};
pub(crate) use jcblock::{DATE, PERMANENT, parse as parse_jcblock, write_line as write_jcblock_line};
pub(crate) use lines::split_comment;

/// Finds the format out by the file's name, then by its beginning.
pub(crate) fn guess(name: &str, bytes: &[u8]) -> ListFormat {
    if is_database(bytes) {
        return ListFormat::Callattendant;
    }
    let lower = name.to_ascii_lowercase();
    let head = &bytes[..bytes.len().min(4096)];
    let head = decode(head);
    let heading = || {
        let first = head.lines().next().unwrap_or_default().to_ascii_lowercase();
        first.contains("phoneno") || first.contains("phone_no") || first.contains("phone number")
    };
    if lower.contains("ncidd") || lower.ends_with(".blacklist") || lower.ends_with(".whitelist") {
        return ListFormat::Ncid;
    }
    match lower.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") if heading() => return ListFormat::Callattendant,
        Some("csv") => return ListFormat::Csv,
        Some("dat") => return ListFormat::Jcblock,
        Some("vcf" | "vcard") => return ListFormat::Vcard,
        Some("json") => return ListFormat::Json,
        Some("txt" | "list" | "conf") => return ListFormat::Plain,
        _ => {}
    }
    let first = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    match first.unwrap_or_default() {
        line if line.to_ascii_uppercase().starts_with("BEGIN:VCARD") => ListFormat::Vcard,
        line if line.starts_with(['[', '{']) => ListFormat::Json,
        _ if heading() => ListFormat::Callattendant,
        line if jcblock::parse(line.as_bytes()).is_ok() => ListFormat::Jcblock,
        line if line.contains(',') => ListFormat::Csv,
        _ => ListFormat::Plain,
    }
}

/// About how many plain numbers a file of that format has, so that memory is taken once.
pub(crate) fn expected_numbers(format: ListFormat, bytes: &[u8]) -> usize {
    match format {
        ListFormat::Csv | ListFormat::Plain => memchr::memchr_iter(b'\n', bytes).count() + 1,
        _ => 0,
    }
}

/// Reads a list of that format.
pub(crate) fn read(format: ListFormat, bytes: &[u8], builder: &mut Builder<'_>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match format {
        ListFormat::Csv | ListFormat::Auto => csv::read(bytes, builder),
        ListFormat::Callattendant => csv::read_callattendant(bytes, builder),
        ListFormat::Jcblock => jcblock::read(bytes, builder),
        ListFormat::Ncid => lines::read_ncid(bytes, builder),
        ListFormat::Plain => lines::read_plain(bytes, builder),
        ListFormat::Vcard => read_vcard(bytes, builder),
        ListFormat::Json => json::read(bytes, builder),
        ListFormat::Compiled => {
            builder.problem(1, "not a compiled list; make one with `callblock list compile`");
        }
    }
}

/// What stands beside the entry on a line of a format that keeps its lines.
pub(crate) fn note_of_line(format: ListFormat, line: &[u8]) -> Note {
    match format {
        ListFormat::Csv | ListFormat::Auto => csv::note(line),
        ListFormat::Plain | ListFormat::Compiled => lines::note(line),
        _ => Note::default(),
    }
}

/// UTF-8, or Latin-1 where it is not.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect::<String>().into(),
    }
}

/// The lines of a file, with their numbers from 1 and without line ends.
pub(crate) fn numbered_lines(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let last_is_empty = bytes.is_empty() || bytes.ends_with(b"\n");
    let count = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!last_is_empty);
    bytes
        .split(|&b| b == b'\n')
        .take(count)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .zip(1u32..)
        .map(|(line, number)| (number, line))
}

fn read_vcard(bytes: &[u8], builder: &mut Builder<'_>) {
    let (cards, problems) = address_book::vcard::read(bytes);
    for problem in problems {
        builder.problem(u32::try_from(problem.line).unwrap_or(u32::MAX), problem.text);
    }
    // A card has many lines; its place in the file says where it is.
    let mut place = 0;
    for card in cards {
        for number in &card.numbers {
            place += 1;
            builder.entry(number.number.as_str(), place, Note::named(&card.name));
        }
    }
}
