//! CSV: `number,name`, as pycallblock reads it, and callattendant's exports.

use super::super::{Builder, MARK_EVERY, Note, read_time, write_time};
use super::decode;

/// A quoted field may hold line ends; a record longer than this has lost its closing quote.
const MOST_LINES_OF_A_RECORD: u32 = 50;

/// Reads `number,name[,by[,added[,expires]]]`. An empty line and one that begins with `#` mean nothing.
pub(super) fn read(bytes: &[u8], builder: &mut Builder<'_>) {
    let quotes = memchr::memchr(b'"', bytes).is_some();
    let mut at = 0;
    let mut line = 0u32;
    while at < bytes.len() {
        if (line as usize).is_multiple_of(MARK_EVERY) {
            // Files of more than 4 GiB are refused before.
            builder.marks.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        line += 1;
        if !quotes && let Some(next) = read_quickly(bytes, at, line, builder) {
            at = next;
            continue;
        }
        let mut end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
        if quotes && memchr::memchr(b'"', &bytes[at..end]).is_some() {
            let first_line = line;
            let first_end = end;
            let mut lines = 0;
            while open_quote(&bytes[at..end]) && end < bytes.len() && lines < MOST_LINES_OF_A_RECORD {
                lines += 1;
                end += 1;
                if ((line + lines - 1) as usize).is_multiple_of(MARK_EVERY) {
                    builder.marks.push(u32::try_from(end).unwrap_or(u32::MAX));
                }
                end += memchr::memchr(b'\n', &bytes[end..]).unwrap_or(bytes.len() - end);
            }
            if open_quote(&bytes[at..end]) {
                builder.problem(first_line, "a quote is opened but never closed");
                builder.marks.truncate((line as usize - 1) / MARK_EVERY + 1);
                at = first_end + 1;
                continue;
            }
            line += lines;
            read_quoted(&bytes[at..end], first_line, builder);
        } else {
            read_line(&bytes[at..end], line, builder);
        }
        at = end + 1;
    }
}

/// A plain number, a comma, and a name without another comma behind it: this is the way of millions. Gives back where
/// the next line begins.
#[inline]
fn read_quickly(bytes: &[u8], at: usize, line: u32, builder: &mut Builder<'_>) -> Option<usize> {
    let (key, length) = builder.numbering.leading_key(&bytes[at..])?;
    let name = at + length + 1;
    if bytes.get(name - 1) != Some(&b',') {
        return None;
    }
    let end = end_of_field(bytes, name);
    if bytes.get(end) == Some(&b',') {
        return None;
    }
    builder.patterns.add_key(key, line);
    Some(end + 1)
}

/// Where the next comma or line end stands. Names are so short that eight bytes at a time beat longer steps.
#[inline]
fn end_of_field(bytes: &[u8], mut at: usize) -> usize {
    const EACH: u64 = u64::MAX / 255;
    // The highest bit of the first byte that is zero, and perhaps of some behind it.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & (EACH << 7);
    while let Some(&block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(block);
        let found = zeros(word ^ (EACH * u64::from(b','))) | zeros(word ^ (EACH * u64::from(b'\n')));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b',' | b'\n')) {
        at += 1;
    }
    at
}

/// A line without quotes.
fn read_line(text: &[u8], line: u32, builder: &mut Builder<'_>) {
    let comma = memchr::memchr(b',', text);
    let number = &text[..comma.unwrap_or(text.len())];
    let rest = comma.map_or(&[][..], |comma| &text[comma + 1..]);
    if memchr::memchr(b',', rest).is_some() {
        read_slowly(number, line, note(text), builder);
        return;
    }
    match builder.numbering.key(number) {
        Some(key) => builder.patterns.add_key(key, line),
        None => read_slowly(number, line, Note::default(), builder),
    }
}

/// A line that is not a plain number and a name. What later decides (until when it holds) is kept; a mere name is
/// read again from its line when it is needed.
fn read_slowly(number: &[u8], line: u32, note: Note, builder: &mut Builder<'_>) {
    let number = decode(number);
    let number = number.trim();
    if number.is_empty() || number.starts_with('#') {
        return;
    }
    let heading = line == 1
        && matches!(number.to_ascii_lowercase().as_str(), "number" | "phone" | "nummer" | "rufnummer");
    if !heading {
        builder.entry(number, line, note);
    }
}

fn read_quoted(record: &[u8], line: u32, builder: &mut Builder<'_>) {
    let fields = fields(record);
    let number = fields.first().map_or("", String::as_str);
    read_slowly(number.as_bytes(), line, note_of_fields(&fields), builder);
}

/// Whether a quoted field is still open at the end.
fn open_quote(text: &[u8]) -> bool {
    memchr::memchr_iter(b'"', text).count() % 2 == 1
}

fn fields(record: &[u8]) -> Vec<String> {
    if memchr::memchr(b'"', record).is_none() {
        return record.split(|&b| b == b',').map(|field| decode(field).trim().to_owned()).collect();
    }
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let mut fields = ::csv::ByteRecord::new();
    match reader.read_byte_record(&mut fields) {
        Ok(true) => fields.iter().map(|field| decode(field).trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// What stands beside the number on a line.
pub(super) fn note(line: &[u8]) -> Note {
    note_of_fields(&fields(line))
}

pub(crate) fn note_of_fields(fields: &[String]) -> Note {
    let field = |index: usize| fields.get(index).map(String::as_str).filter(|text| !text.is_empty());
    Note {
        by: field(2).map(Into::into),
        added: field(3).and_then(read_time),
        expires: field(4).and_then(read_time),
        ..Note::named(field(1).unwrap_or_default())
    }
}

/// Writes an entry; two columns where nothing more is known, so that pycallblock can read it too.
pub(crate) fn write_line(number: &str, note: &Note) -> String {
    let mut fields = vec![number.to_owned(), note.name.to_string()];
    if note.by.is_some() || note.added.is_some() || note.expires.is_some() {
        fields.push(note.by.as_deref().unwrap_or_default().to_owned());
        fields.push(note.added.map(write_time).unwrap_or_default());
    }
    if let Some(expires) = note.expires {
        fields.push(write_time(expires));
    }
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Writing to memory does not fail, and fields are UTF-8.
    let written = writer.write_record(&fields).ok().and_then(|()| writer.into_inner().ok());
    written.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Reads callattendant's lists as its web page and SQLite export them: a heading line that names the columns.
pub(super) fn read_callattendant(bytes: &[u8], builder: &mut Builder<'_>) {
    if super::is_database(bytes) {
        builder.problem(
            1,
            "a database; `callblock import callattendant FILE` takes its lists over, or the configuration names \
             the file as a list",
        );
        return;
    }
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut columns: Option<[Option<usize>; 4]> = None;
    let mut record = ::csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let line = error.position().map_or(0, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
                builder.problem(line, "not a line of CSV");
                return;
            }
        }
        let line = record.position().map_or(0, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
        let fields: Vec<String> = record.iter().map(|field| decode(field).trim().to_owned()).collect();
        let Some([number, name, reason, added]) = columns else {
            let find = |words: &[&str]| {
                fields
                    .iter()
                    .position(|f| words.contains(&f.to_ascii_lowercase().replace(['_', ' '], "").as_str()))
            };
            columns = Some(match find(&["phoneno", "phonenumber", "phone", "number"]) {
                number @ Some(_) => {
                    [number, find(&["name"]), find(&["reason"]), find(&["systemdatetime", "date"])]
                }
                None => {
                    builder.problem(
                        line,
                        "no heading line with a column PhoneNo; columns taken as number, name, reason",
                    );
                    [Some(0), Some(1), Some(2), Some(3)]
                }
            });
            continue;
        };
        let field = |index: Option<usize>| index.and_then(|i| fields.get(i)).map_or("", String::as_str);
        let number = field(number);
        if number.is_empty() {
            builder.problem(line, "no number");
        } else {
            let reason = field(reason);
            let name = field(name);
            let name = if name.is_empty() { reason } else { name };
            let by = Some("callattendant".into());
            let added = read_time(field(added).split('.').next().unwrap_or_default());
            builder.entry(number, line, Note { by, added, ..Note::named(name) });
        }
    }
}

/// Goes through the records: their first line, their text, their fields.
pub(crate) fn each_record(bytes: &[u8], mut visit: impl FnMut(u32, &[u8], Vec<String>)) {
    let mut at = 0;
    let mut line = 0u32;
    while at < bytes.len() {
        line += 1;
        let first_line = line;
        let line_end = |from: usize| memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |i| from + i);
        let first_end = line_end(at);
        let mut end = first_end;
        let mut lines = 0;
        while open_quote(&bytes[at..end]) && end < bytes.len() && lines < MOST_LINES_OF_A_RECORD {
            lines += 1;
            end = line_end(end + 1);
        }
        if open_quote(&bytes[at..end]) {
            end = first_end;
        } else {
            line += lines;
        }
        let record = &bytes[at..bytes.len().min(end + 1)];
        visit(first_line, record, fields(bytes[at..end].trim_ascii_end()));
        at = end + 1;
    }
}
