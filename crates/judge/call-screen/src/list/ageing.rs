//! jcblock's lists: the day of the last match is written back, and entries that go unused are dropped.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use chrono::NaiveDate;

use super::file::{Held, write_atomically};
use super::formats::{self, DATE, PERMANENT};
use crate::Error;

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
