//! The call log as the guard's diary.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::{LineId, LogServerStatus, counted};
use call_log::{
    CallLog, CallRecord, Direction, ListChange, LogError, LogWriter, Mark, Message, MessageKind, SiteLink,
};
use phone_number::Numbering;

use crate::flow::{CallMark, FinishedCall};
use crate::judge::{Diary, Judgement};
use crate::learned::Learned;
use crate::shared_lists::shared_entry;

/// Writes calls, messages and list changes through a [`LogWriter`], which never makes the guard wait.
#[derive(Debug)]
pub struct LogDiary {
    writer: LogWriter,
    path: PathBuf,
    site: String,
    /// Numbers as they are shown mean the same only at sites of one area.
    numbering: Option<Numbering>,
    link: Option<SiteLink>,
    /// What the network said last of each line.
    lamps: HashMap<LineId, bool>,
}

impl LogDiary {
    /// A diary in that database, for that site.
    pub fn open(path: PathBuf, site: &str) -> Self {
        Self::through(LogWriter::open(path.clone()), path, site)
    }

    /// A diary that writes through this writer; `path` is where it can be read.
    pub fn through(writer: LogWriter, path: PathBuf, site: &str) -> Self {
        Self { writer, path, site: site.to_owned(), numbering: None, link: None, lamps: HashMap::new() }
    }

    /// A diary of one of several sites: it writes its own copy in that database first, and the link brings
    /// everything to the server when it can.
    pub fn linked(link: SiteLink, path: PathBuf, site: &str, numbering: Numbering) -> Self {
        let writer = LogWriter::open_for_delivery(path.clone());
        Self { numbering: Some(numbering), link: Some(link), ..Self::through(writer, path, site) }
    }
}

impl Diary for LogDiary {
    fn remember(&mut self, call: &FinishedCall, judgement: Option<&Judgement>) {
        let mut record = record_of(call, judgement);
        record.site.clone_from(&self.site);
        if call.facts.message
            && let Some((file, length)) = &call.facts.recorded
        {
            self.writer.message(Message::voice_mail(&record, file.clone(), *length, record.recording_bytes));
        }
        self.writer.call(record);
    }

    fn list_changed(&mut self, learned: &Learned, added: bool) {
        let list = if learned.allow { "allow" } else { "deny" };
        let now = SystemTime::now();
        let entry = learned.number.as_str();
        let entry = self.numbering.as_ref().map_or_else(|| entry.to_owned(), |n| shared_entry(entry, n));
        let mut change = ListChange::new(now, list, added, &entry, learned.by);
        change.name.clone_from(&learned.name);
        change.site.clone_from(&self.site);
        change.expires = learned.lasts.map(|time| now + time);
        self.writer.list_change(change);
    }

    fn lamp(&mut self, line: &LineId, waiting: bool) {
        // The exchange says the same with each call; what it said last is in the log already.
        if self.lamps.insert(line.clone(), waiting) == Some(waiting) {
            return;
        }
        let kind = if waiting { MessageKind::Waiting } else { MessageKind::NoneWaiting };
        let mut message = Message::new(kind, SystemTime::now(), line.as_str());
        message.site.clone_from(&self.site);
        self.writer.message(message);
    }

    fn failures(&self) -> u64 {
        self.writer.health().lost
    }

    fn trouble(&self) -> Option<String> {
        let health = self.writer.health();
        health.failing.map(|why| format!("{} still to be written: {why}", counted(health.waiting, "entry")))
    }

    fn log_server(&self) -> Option<LogServerStatus> {
        let health = self.link.as_ref()?.health();
        Some(LogServerStatus {
            site: self.site.clone(),
            failing: health.failing,
            delivered: health.delivered,
            waiting: health.undelivered,
        })
    }

    fn messages_waiting(&mut self) -> bool {
        // A look at the disk, and so only for whoever asks for the status.
        CallLog::open_read_only(&self.path).and_then(|mut log| waiting(&mut log)).unwrap_or(false)
    }

    fn close(&mut self, within: Duration) {
        if !self.writer.flush(within) {
            log::error!("{}: the last calls could not be written", self.path.display());
        }
    }
}

/// Whether somebody should look after messages: one is unheard, or the network's lamp on some line went on last.
fn waiting(log: &mut CallLog) -> Result<bool, LogError> {
    /// More lines than that nobody has.
    const MOST: u32 = 100;
    if log.unheard()? > 0 {
        return Ok(true);
    }
    let on = log.messages(Some(MessageKind::Waiting), MOST)?;
    let off = log.messages(Some(MessageKind::NoneWaiting), MOST)?;
    Ok(on.iter().any(|on| off.iter().all(|off| off.line != on.line || off.at < on.at)))
}

/// The record of a call that is over.
pub fn record_of(call: &FinishedCall, judgement: Option<&Judgement>) -> CallRecord {
    let mut record = CallRecord::of_call(&call.call);
    record.at = call.at;
    if call.outgoing {
        record.direction = Direction::Out;
    }
    if let Some(verdict) = &call.verdict {
        record.decide(verdict);
    }
    if let Some(judgement) = judgement {
        record.e164.clone_from(&judgement.e164);
        record.area.clone_from(&judgement.area);
        record.steps.clone_from(&judgement.steps);
        if record.name.is_none() {
            record.name.clone_from(&judgement.name);
        }
    }
    if !call.action.is_empty() {
        call.action.clone_into(&mut record.action);
    }
    if call.facts.mark == CallMark::StarKey {
        record.mark = Mark::Star;
    }
    record.end(&call.ended, call.answered_for);
    record.rings = call.facts.rings;
    record.digits.clone_from(&call.facts.digits);
    if let Some((file, _)) = &call.facts.recorded {
        record.recording_bytes = std::fs::metadata(file).map_or(0, |m| m.len());
        record.recording = Some(file.clone());
    }
    record
}
