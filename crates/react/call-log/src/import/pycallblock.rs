//! pycallblock's `call_log`: a time in seconds, number, name, and whether it was blocked.

use call_event::Decision;

use super::{Entry, Foreign, Source, Take, caller, name};
use crate::backend::{foreign_error, open_foreign};
use crate::time::{from_millis, local_offset};
use crate::{LogError, Mark};

/// Times above this are milliseconds: in seconds they would lie after the year 5000.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

pub(super) fn read(file: &Foreign, take: &mut Take<'_>) -> Result<(), LogError> {
    let fail = |e| file.fail(foreign_error(e));
    let db = open_foreign(&file.path).map_err(|why| file.fail(why))?;
    let sql = "SELECT rowid, CAST(timestamp AS INTEGER), CAST(number AS TEXT), CAST(name AS TEXT), \
         CAST(blocked AS INTEGER) FROM call_log ORDER BY timestamp";
    let mut statement = db.prepare(sql).map_err(fail)?;
    let mut rows = statement.query([]).map_err(fail)?;
    while let Some(row) = rows.next().map_err(fail)? {
        let id: i64 = row.get(0).map_err(fail)?;
        let time: Option<i64> = row.get(1).map_err(fail)?;
        let number: Option<String> = row.get(2).map_err(fail)?;
        let shown: Option<String> = row.get(3).map_err(fail)?;
        let blocked: Option<i64> = row.get(4).map_err(fail)?;
        let Some(time) = time.filter(|t| *t > 0) else {
            take(Entry::bad(id.unsigned_abs(), "no time"))?;
            continue;
        };
        let at = from_millis(if time >= MILLISECONDS_FROM { time } else { time.saturating_mul(1000) });
        let mut call = file.call(Source::Pycallblock, &time.to_string(), at, local_offset(at));
        call.caller = number.as_deref().and_then(caller);
        call.name = shown.as_deref().and_then(name);
        if blocked.unwrap_or(0) != 0 {
            call.decision = Decision::Block;
            call.mark = Mark::Blocked;
            call.action = "hang-up".into();
            call.stage = "deny".into();
        }
        take(Entry::Call(Box::new(call)))?;
    }
    Ok(())
}
