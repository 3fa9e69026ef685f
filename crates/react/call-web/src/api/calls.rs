//! The log: calls, messages, statistics.

use std::path::Path;
use std::time::SystemTime;

use call_event::Decision;
use call_log::{LoggedCall, Message, Query, Span};
use chrono::{Local, NaiveDate, NaiveTime, TimeZone as _};
use serde_json::{Value, json};

use super::{Answer, Api};
use crate::http::{Request, Response};
use crate::refusals;

/// Calls on a page at the most.
const MAX_PAGE: u32 = 200;

/// The moment at which a day begins here, or the next one.
fn day(text: &str, next: bool) -> Result<SystemTime, Response> {
    let wrong = || refusals::NO_DAY.with(&[&text]);
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
    let day = if next { day.succ_opt().ok_or_else(wrong)? } else { day };
    let at = day.and_time(NaiveTime::MIN);
    // A midnight that the clock skips begins an hour later.
    let at = Local
        .from_local_datetime(&at)
        .earliest()
        .or_else(|| Local.from_local_datetime(&(at + chrono::TimeDelta::hours(1))).earliest());
    at.map(Into::into).ok_or_else(wrong)
}

/// Without the folders of this machine.
fn shown(call: &LoggedCall) -> Value {
    let mut value = serde_json::to_value(call).unwrap_or_default();
    value["recording"] =
        json!(call.call.recording.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy()));
    value
}

fn shown_message(message: &Message) -> Value {
    let mut value = serde_json::to_value(message).unwrap_or_default();
    value["file"] = json!(message.file.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy()));
    value["length-seconds"] = json!(message.length.as_secs_f64());
    value
}

impl Api {
    pub(super) fn calls(&self, request: &Request) -> Answer {
        let own = |name: &str| request.asked(name).map(str::to_owned);
        let query = Query {
            from: request.asked("from").map(|d| day(d, false)).transpose()?,
            until: request.asked("until").map(|d| day(d, true)).transpose()?,
            search: own("search"),
            line: own("line"),
            action: own("action"),
            stage: own("stage"),
            area: own("area"),
            who: own("who"),
            decision: match request.asked("decision") {
                Some("ring") => Some(Decision::Ring),
                Some("block") => Some(Decision::Block),
                _ => None,
            },
            with_recording: request.asked("recording").is_some(),
            after: request
                .asked("after")
                .map(|a| a.parse().map_err(|_| refusals::NO_PLACE.answer()))
                .transpose()?,
            limit: request.asked("limit").and_then(|l| l.parse().ok()).unwrap_or(50).clamp(1, MAX_PAGE),
            ..Query::default()
        };
        let page = self.read_log(|log| log.page(&query))?;
        let calls: Vec<Value> = page.calls.iter().map(shown).collect();
        Ok(Response::json(&json!({ "calls": calls, "next": page.next.map(|n| n.to_string()) })))
    }

    pub(super) fn call(&self, id: i64) -> Answer {
        Ok(Response::json(&shown(&self.logged(id)?)))
    }

    pub(super) fn logged(&self, id: i64) -> Result<LoggedCall, Response> {
        self.read_log(|log| log.call(id))?.ok_or_else(|| refusals::NO_CALL.answer())
    }

    pub(super) fn message_of(&self, id: i64) -> Result<Message, Response> {
        self.read_log(|log| log.message(id))?.ok_or_else(|| refusals::NO_MESSAGE.answer())
    }

    pub(super) fn messages(&self) -> Answer {
        let messages = self.read_log(|log| log.messages(Some(call_log::MessageKind::VoiceMail), 200))?;
        let messages: Vec<Value> = messages.iter().map(shown_message).collect();
        Ok(Response::json(&json!({ "messages": messages })))
    }

    pub(super) fn heard(&self, id: i64) -> Answer {
        let known = self.write_log(|log| log.mark_heard(id, Some(SystemTime::now())))?;
        if known { Ok(Response::json(&json!({}))) } else { Err(refusals::NO_MESSAGE.answer()) }
    }

    pub(super) fn delete_message(&self, id: i64) -> Answer {
        let message = self.message_of(id)?;
        // The log deletes the file that it names; one elsewhere is nobody's business here.
        let named = message.file.as_ref().is_some_and(|file| file.exists());
        match self.recording(message.file) {
            Ok(file) => remove(&file)?,
            Err(refused) if named => return Err(refused),
            Err(_) => {}
        }
        self.write_log(|log| log.delete_message(id))?;
        Ok(Response::json(&json!({})))
    }

    /// Deletes a call's recording; the call stays in the log.
    pub(super) fn delete_recording(&self, id: i64) -> Answer {
        let mut call = self.logged(id)?.call;
        let file = self.recording(call.recording.take())?;
        remove(&file)?;
        call.recording_bytes = 0;
        self.write_log(|log| log.record(&call))?;
        Ok(Response::json(&json!({})))
    }

    pub(super) fn statistics(&self, request: &Request) -> Answer {
        let day = |name: &str| {
            request.asked(name).map(|d| d.parse().map_err(|_| refusals::NO_DAY.with(&[&d]))).transpose()
        };
        let span = Span {
            from: day("from")?,
            until: day("until")?,
            line: request.asked("line").map(str::to_owned),
            top: 20,
        };
        let statistics = self.read_log(|log| log.statistics(&span))?;
        Ok(Response::json(&statistics))
    }
}

fn remove(file: &Path) -> Result<(), Response> {
    std::fs::remove_file(file).map_err(|e| refusals::KEPT_RECORDING.with(&[&e]))
}
