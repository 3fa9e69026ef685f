//! NCID's `cidcall.log`: `CID: *DATE*11202026*TIME*2241*LINE*POTS*NMBR*5550100*MESG*NONE*NAME*X*`.

use std::collections::HashMap;

use call_event::Decision;
use chrono::NaiveDateTime;

use super::jcblock::each_line;
use super::{Entry, Foreign, Source, Take, caller, from_wall_clock, name};
use crate::{CallRecord, Direction, LogError, Mark};

pub(super) fn read(file: &Foreign, take: &mut Take<'_>) -> Result<(), LogError> {
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    each_line(file, &mut |number, line| {
        let text = String::from_utf8_lossy(line);
        let Some((label, fields)) = text.split_once(": ") else { return Ok(()) };
        // Relayed lines say the same as CID; ends, messages and notices are no calls.
        if !matches!(label, "CID" | "HUP" | "BLK" | "OUT" | "WID" | "PID" | "RID") {
            return Ok(());
        }
        let again = seen.entry(line.to_vec()).or_default();
        *again += 1;
        take(match call(file, label, fields, &format!("{again} {text}")) {
            Ok(call) => Entry::Call(Box::new(call)),
            Err(why) => Entry::bad(number, why),
        })
    })
}

fn call(file: &Foreign, label: &str, fields: &str, entry: &str) -> Result<CallRecord, String> {
    let parts: Vec<&str> = fields.trim_start_matches('*').split('*').collect();
    let field =
        |label: &str| parts.chunks(2).find_map(|pair| (pair[0] == label).then(|| pair.get(1).copied())?);
    let date = field("DATE").ok_or("no DATE")?;
    let time = field("TIME").ok_or("no TIME")?;
    // The server may be set to put the day first.
    let at = ["%m%d%Y %H%M", "%d%m%Y %H%M", "%m%d%Y %H:%M", "%d%m%Y %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&format!("{date} {time}"), form).ok())
        .ok_or_else(|| format!("\"{date} {time}\" is no date and time"))?;
    let (at, offset) = from_wall_clock(at);
    let mut call = file.call(Source::Ncid, entry, at, offset);
    call.caller = caller(field("NMBR").ok_or("no NMBR")?);
    call.name = field("NAME").and_then(name);
    if let Some(line) = field("LINE").filter(|l| !matches!(*l, "-" | "NO-LINE" | "")) {
        call.line = line.into();
    }
    match label {
        "HUP" | "BLK" => {
            call.decision = Decision::Block;
            call.mark = Mark::Blocked;
            call.action = if label == "HUP" { "hang-up" } else { "bar" }.into();
            call.stage = "deny".into();
        }
        "OUT" => call.direction = Direction::Out,
        "WID" => call.waiting = true,
        _ => {}
    }
    Ok(call)
}
