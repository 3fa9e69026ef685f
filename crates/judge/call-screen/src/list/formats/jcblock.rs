//! jcblock's `blacklist.dat` and `whitelist.dat`: a key that ends with `?`, a date, a comment, in fixed columns.

use std::ops::Range;

use chrono::NaiveDate;

use super::super::{Builder, Needle, Note};
use super::{decode, numbered_lines};

/// The columns of the date.
pub(crate) const DATE: Range<usize> = 19..25;
/// In place of the date: never dropped.
pub(crate) const PERMANENT: &[u8] = b"++++++";
/// The last column in which a key's `?` may stand.
const LAST_KEY_COLUMN: usize = 18;
/// Where comments begin.
const COMMENT: usize = 33;

/// One line of such a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) key: Box<str>,
    pub(crate) permanent: bool,
    pub(crate) date: Option<NaiveDate>,
    pub(crate) comment: Box<str>,
}

/// Reads a line that is neither empty nor a comment.
pub(crate) fn parse(line: &[u8]) -> Result<Line, &'static str> {
    let Some(end) = memchr::memchr(b'?', line) else { return Err("no ? behind the key") };
    if end > LAST_KEY_COLUMN {
        return Err("the ? behind the key stands beyond column 19");
    }
    if line.len() < DATE.end {
        return Err("shorter than its date column");
    }
    let key = decode(&line[..end]).trim_start().to_owned();
    if key.trim().is_empty() {
        return Err("the key is empty and would fit every call");
    }
    let date = &line[DATE];
    let permanent = date == PERMANENT;
    let parsed = read_date(date);
    if !permanent && parsed.is_none() && date != b"------" {
        return Err("no date MMDDYY, ++++++ or ------ in columns 20 to 25");
    }
    let comment = decode(line.get(COMMENT.min(line.len())..).unwrap_or_default()).trim().into();
    Ok(Line { key: key.into(), permanent, date: parsed, comment })
}

fn read_date(text: &[u8]) -> Option<NaiveDate> {
    let part = |range: Range<usize>| std::str::from_utf8(text.get(range)?).ok()?.parse::<u32>().ok();
    let all_digits = text.iter().all(u8::is_ascii_digit);
    let year = i32::try_from(part(4..6)?).ok()? + 2000;
    all_digits.then(|| NaiveDate::from_ymd_opt(year, part(0..2)?, part(2..4)?)).flatten()
}

/// Writes a line in jcblock's columns.
pub(crate) fn write_line(key: &str, note: &Note) -> Result<String, String> {
    let key = key.trim();
    let length = key.chars().count();
    if length == 0 || length > LAST_KEY_COLUMN || key.contains('?') || !key.is_ascii() {
        return Err(format!(
            "{key:?} does not fit into jcblock's key of at most {LAST_KEY_COLUMN} characters"
        ));
    }
    let date = match note.last_match {
        _ if note.permanent => "++++++".to_owned(),
        Some(day) => day.format("%m%d%y").to_string(),
        None => "------".to_owned(),
    };
    let comment: String = note.name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(46).collect();
    let line = format!("{:<19}{date}        {comment}", format!("{key}?"));
    Ok(format!("{}\n", line.trim_end()))
}

pub(super) fn read(bytes: &[u8], builder: &mut Builder<'_>) {
    for (number, line) in numbered_lines(bytes) {
        if line.iter().all(u8::is_ascii_whitespace) || line.starts_with(b"#") {
            continue;
        }
        match parse(line) {
            Err(reason) => builder.problem(number, reason),
            Ok(Line { key, permanent, date, comment }) => {
                let begins = |label: &str| {
                    let rest = key.strip_prefix(label)?.trim_start();
                    rest.strip_prefix('=').map(|rest| rest.trim_start().into())
                };
                let needle = match (begins("NMBR"), begins("NAME")) {
                    (Some(beginning), _) => Needle::NumberBegins(beginning),
                    (_, Some(beginning)) => Needle::NameBegins(beginning),
                    _ => Needle::Anywhere(key.clone()),
                };
                if matches!(&needle, Needle::NumberBegins(k) | Needle::NameBegins(k) if k.is_empty()) {
                    builder.problem(number, "nothing behind the =; it would fit every call");
                    continue;
                }
                builder.collect(number, &key);
                builder.texts.push((needle, number));
                let note = Note { permanent, last_match: date, ..Note::named(&comment) };
                builder.notes.insert(number, note);
            }
        }
    }
}
