//! callattendant's `CallLog` and `Message`. Its times are those of the wall clock.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use call_event::Decision;
use chrono::NaiveDateTime;

use super::{Entry, Foreign, Source, Take, caller, from_wall_clock, name};
use crate::backend::{foreign_error, open_foreign};
use crate::{CallKey, CallRecord, LogError, Mark, Message};

pub(super) fn read(file: &Foreign, take: &mut Take<'_>) -> Result<(), LogError> {
    let fail = |e| file.fail(foreign_error(e));
    let db = open_foreign(&file.path).map_err(|why| file.fail(why))?;
    let columns = |table: &str| -> Result<HashSet<String>, LogError> {
        let mut statement = db.prepare("SELECT lower(name) FROM pragma_table_info(?1)").map_err(fail)?;
        let names: Result<HashSet<String>, _> =
            statement.query_map([table], |row| row.get(0)).and_then(Iterator::collect);
        names.map_err(fail)
    };
    // Early versions have neither action nor reason.
    let has = columns("CallLog")?;
    let text = |column: &str| {
        if has.contains(&column.to_lowercase()) { format!("CAST({column} AS TEXT)") } else { "NULL".into() }
    };
    let sql = format!(
        "SELECT CallLogID, {}, {}, {}, {}, {} FROM CallLog ORDER BY CallLogID",
        text("Name"),
        text("Number"),
        text("Action"),
        text("Reason"),
        text("SystemDateTime")
    );
    let mut statement = db.prepare(&sql).map_err(fail)?;
    let mut rows = statement.query([]).map_err(fail)?;
    let mut calls: HashMap<i64, Box<CallRecord>> = HashMap::new();
    let with_messages = !columns("Message")?.is_empty();
    while let Some(row) = rows.next().map_err(fail)? {
        let id: i64 = row.get(0).map_err(fail)?;
        let field = |i| row.get::<_, Option<String>>(i).map_err(fail);
        let Some((at, offset)) = field(5)?.as_deref().and_then(moment) else {
            take(Entry::bad(id.unsigned_abs(), "no time that can be read"))?;
            continue;
        };
        let mut call = file.call(Source::Callattendant, &format!("call {id}"), at, offset);
        call.name = field(1)?.as_deref().and_then(name);
        call.caller = field(2)?.as_deref().and_then(caller);
        let reason = field(4)?.unwrap_or_default();
        match field(3)?.as_deref() {
            Some("Blocked") => {
                call.decision = Decision::Block;
                call.mark = Mark::Blocked;
                call.action = "hang-up".into();
                call.stage = "deny".into();
            }
            Some("Permitted") => {
                call.mark = Mark::Allowed;
                call.stage = "allow".into();
            }
            _ => {}
        }
        if !reason.trim().is_empty() {
            call.reason = reason.trim().into();
        }
        let call = Box::new(call);
        if with_messages {
            calls.insert(id, call.clone());
        }
        take(Entry::Call(call))?;
    }
    if !with_messages {
        return Ok(());
    }

    let sql = "SELECT MessageID, CallLogID, Played, CAST(Filename AS TEXT), CAST(DateTime AS TEXT) FROM Message \
         ORDER BY MessageID";
    let mut statement = db.prepare(sql).map_err(fail)?;
    let mut rows = statement.query([]).map_err(fail)?;
    while let Some(row) = rows.next().map_err(fail)? {
        let id: i64 = row.get(0).map_err(fail)?;
        let call = row.get::<_, Option<i64>>(1).map_err(fail)?.and_then(|id| calls.get(&id));
        let played = row.get::<_, Option<i64>>(2).map_err(fail)?.unwrap_or(0) != 0;
        let sound: Option<String> = row.get(3).map_err(fail)?;
        let time: Option<String> = row.get(4).map_err(fail)?;
        let (Some(call), Some(sound)) = (call, sound) else {
            take(Entry::bad(id.unsigned_abs(), "a message without its call or file"))?;
            continue;
        };
        let bytes = std::fs::metadata(&sound).map_or(0, |m| m.len());
        // Its recordings are 8,000 bytes a second behind a header of 44.
        let length = Duration::from_millis(bytes.saturating_sub(44) / 8);
        let mut message = Message::voice_mail(call, sound.into(), length, bytes);
        if let Some((at, offset)) = time.as_deref().and_then(moment) {
            message.at = at;
            message.offset_minutes = offset;
        }
        message.key = CallKey::imported(Source::Callattendant.word(), &format!("message {id}"), message.at);
        message.heard = played.then_some(message.at);
        take(Entry::Message(Box::new(message)))?;
    }
    Ok(())
}

fn moment(text: &str) -> Option<(std::time::SystemTime, i32)> {
    let text = text.get(..19).unwrap_or(text);
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().map(from_wall_clock)
}
