//! jcblock's `callerID.dat`: `B-DATE = 022510--TIME = 1824--NMBR = 885--NAME = O--`. Its first letter is
//! the mark. Times are those of the wall clock, without seconds.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};

use call_event::Decision;
use chrono::NaiveDateTime;

use super::{Entry, Foreign, Source, Take, TakeLine, caller, from_wall_clock, name};
use crate::{CallRecord, LogError, Mark};

/// jcblock cuts its lines at 71 characters; what is much longer is no line of its.
const LONGEST: usize = 1000;

pub(super) fn read(file: &Foreign, take: &mut Take<'_>) -> Result<(), LogError> {
    // Two calls of one caller within a minute give the same line.
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    each_line(file, &mut |number, line| {
        let again = seen.entry(line.to_vec()).or_default();
        *again += 1;
        let entry = match parse(line) {
            Ok(fields) => Entry::Call(Box::new(call(file, line, &fields, *again))),
            Err(why) => Entry::bad(number, why),
        };
        take(entry)
    })
}

/// Hands on each line that holds something, without its end.
pub(super) fn each_line(file: &Foreign, take: &mut TakeLine<'_>) -> Result<(), LogError> {
    let mut reader = BufReader::new(std::fs::File::open(&file.path).map_err(|e| file.fail(e.to_string()))?);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(|e| file.fail(e.to_string()))? == 0 {
            return Ok(());
        }
        number += 1;
        let text = line.trim_ascii();
        if !text.is_empty() && !text.starts_with(b"#") {
            take(number, &text[..text.len().min(LONGEST)])?;
        }
    }
}

struct Fields {
    mark: Mark,
    at: NaiveDateTime,
    number: String,
    name: Option<String>,
}

fn parse(line: &[u8]) -> Result<Fields, String> {
    let text = String::from_utf8_lossy(line);
    let mut chars = text.chars();
    let mark = chars.next().and_then(Mark::from_letter).ok_or("it does not begin with one of B W * -")?;
    let (mut date, mut time, mut number, mut shown) = (None, None, None, None);
    for part in chars.as_str().split("--") {
        let Some((label, value)) = part.split_once('=') else { continue };
        let place = match label.trim_matches(['-', ' ']) {
            "DATE" => &mut date,
            "TIME" => &mut time,
            "NMBR" => &mut number,
            "NAME" => &mut shown,
            _ => continue,
        };
        // What a line says twice it says first.
        place.get_or_insert(value.trim().trim_end_matches('-').trim_end().to_owned());
    }
    let date = date.ok_or("no DATE")?;
    let time = time.ok_or("no TIME")?;
    let at = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%m%d%y %H%M")
        .map_err(|_| format!("\"{date} {time}\" is no date and time"))?;
    Ok(Fields { mark, at, number: number.ok_or("no NMBR")?, name: shown })
}

fn call(file: &Foreign, line: &[u8], fields: &Fields, again: u32) -> CallRecord {
    let (at, offset) = from_wall_clock(fields.at);
    let entry = format!("{again} {}", String::from_utf8_lossy(line));
    let mut call = file.call(Source::Jcblock, &entry, at, offset);
    call.mark = fields.mark;
    call.caller = caller(&fields.number);
    call.name = fields.name.as_deref().and_then(name);
    call.raw = line.to_vec();
    match fields.mark {
        Mark::Blocked => {
            call.decision = Decision::Block;
            call.action = "hang-up".into();
            call.stage = "deny".into();
            call.rule = "blacklist.dat".into();
        }
        Mark::Allowed => {
            call.stage = "allow".into();
            call.rule = "whitelist.dat".into();
        }
        Mark::Star | Mark::Passed => {}
    }
    call
}
