//! Messages: voice mail recorded here, and what the network says of its own answering machine.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::backend::{Odd, Row};
use crate::calls::{duration_from, duration_millis};
use crate::time::{from_millis, local_offset, millis, rfc3339, wall_time};
use crate::{CallKey, CallLog, CallRecord, LogError};

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// A caller left a message here.
    VoiceMail,
    /// The network says that messages wait on its own answering machine.
    Waiting,
    /// The network says that no more messages wait.
    NoneWaiting,
    /// Something for people to know, such as a notice that could not be delivered.
    Notice,
}

impl MessageKind {
    const ALL: [Self; 4] = [Self::VoiceMail, Self::Waiting, Self::NoneWaiting, Self::Notice];

    fn word(self) -> &'static str {
        match self {
            Self::VoiceMail => "voice-mail",
            Self::Waiting => "waiting",
            Self::NoneWaiting => "none-waiting",
            Self::Notice => "notice",
        }
    }
}

/// A message in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its number in this log; 0 before it is written.
    pub id: i64,
    /// The name of this entry.
    pub key: CallKey,
    /// When it came.
    pub at: SystemTime,
    /// How many minutes the wall clock at the line was ahead of UTC.
    pub offset_minutes: i32,
    /// The site, where several share a log.
    pub site: String,
    /// The line.
    pub line: String,
    /// What kind.
    pub kind: MessageKind,
    /// The call that left it.
    pub call: Option<CallKey>,
    /// Who left it, as [`CallRecord::who`] says.
    pub who: String,
    /// The caller's name.
    pub name: Option<String>,
    /// The sound file.
    pub file: Option<PathBuf>,
    /// How long it is.
    pub length: Duration,
    /// How large the file is.
    pub bytes: u64,
    /// When somebody listened to it.
    pub heard: Option<SystemTime>,
    /// What else is to be said.
    pub note: String,
}

impl Message {
    /// A message that says nothing yet.
    pub fn new(kind: MessageKind, at: SystemTime, line: &str) -> Self {
        Self {
            id: 0,
            key: CallKey::new(at),
            at,
            offset_minutes: local_offset(at),
            site: String::new(),
            line: line.into(),
            kind,
            call: None,
            who: "none".into(),
            name: None,
            file: None,
            length: Duration::ZERO,
            bytes: 0,
            heard: None,
            note: String::new(),
        }
    }

    /// The voice mail that this call left in the file.
    pub fn voice_mail(call: &CallRecord, file: PathBuf, length: Duration, bytes: u64) -> Self {
        Self {
            site: call.site.clone(),
            offset_minutes: call.offset_minutes,
            call: Some(call.key),
            who: call.who().into(),
            name: call.name.clone(),
            file: Some(file),
            length,
            bytes,
            ..Self::new(MessageKind::VoiceMail, call.at, &call.line)
        }
    }

    /// Date and time on the wall clock at the line.
    pub fn wall_time(&self) -> String {
        wall_time(self.at, self.offset_minutes)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown<'a> {
    id: i64,
    at: String,
    local_time: String,
    site: &'a str,
    line: &'a str,
    kind: MessageKind,
    call: Option<String>,
    who: &'a str,
    name: Option<&'a str>,
    file: Option<&'a std::path::Path>,
    seconds: f64,
    bytes: u64,
    heard: Option<String>,
    note: &'a str,
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Shown {
            id: self.id,
            at: rfc3339(self.at),
            local_time: self.wall_time(),
            site: &self.site,
            line: &self.line,
            kind: self.kind,
            call: self.call.map(|k| k.to_string()),
            who: &self.who,
            name: self.name.as_deref(),
            file: self.file.as_deref(),
            seconds: self.length.as_secs_f64(),
            bytes: self.bytes,
            heard: self.heard.map(rfc3339),
            note: &self.note,
        }
        .serialize(to)
    }
}

const COLUMNS: &str = "id, message_key, at, offset_minutes, site, line, kind, call_key, who, name, file, length_ms, \
     bytes, heard_at, note";

fn read(row: &mut Row) -> Result<Message, Odd> {
    let key = |bytes: Vec<u8>| {
        CallKey::from_bytes(&bytes).ok_or_else(|| Odd(format!("a key of {} bytes", bytes.len())))
    };
    Ok(Message {
        id: row.int()?,
        key: key(row.blob()?)?,
        at: from_millis(row.int()?),
        offset_minutes: i32::try_from(row.int()?).map_err(|_| Odd("a wild time zone".into()))?,
        site: row.text()?,
        line: row.text()?,
        kind: {
            let word = row.text()?;
            MessageKind::ALL
                .into_iter()
                .find(|k| k.word() == word)
                .ok_or_else(|| Odd(format!("message kind {word:?}")))?
        },
        call: row.maybe_blob()?.map(key).transpose()?,
        who: row.text()?,
        name: row.maybe_text()?,
        file: row.maybe_text()?.map(PathBuf::from),
        length: duration_from(row.int()?),
        bytes: u64::try_from(row.int()?).unwrap_or(0),
        heard: row.maybe_int()?.map(from_millis),
        note: row.text()?,
    })
}

impl CallLog {
    /// Writes a message; writing the same one again changes nothing.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub fn record_message(&mut self, message: &Message) -> Result<i64, LogError> {
        self.together(|log| log.put_message(message))
    }

    pub(crate) fn put_message(&mut self, message: &Message) -> Result<i64, LogError> {
        let file = message.file.as_ref().map(|p| p.to_string_lossy());
        let insert = "INSERT INTO messages (message_key, at, offset_minutes, site, line, kind, call_key, who, name, \
             file, length_ms, bytes, heard_at, note) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
             ON CONFLICT (message_key) DO UPDATE SET heard_at = excluded.heard_at, file = excluded.file, \
             bytes = excluded.bytes, note = excluded.note RETURNING id";
        let id = self.db.query_one(
            insert,
            &[
                message.key.as_bytes().into(),
                millis(message.at).into(),
                i64::from(message.offset_minutes).into(),
                (&message.site).into(),
                (&message.line).into(),
                message.kind.word().into(),
                message.call.as_ref().map(CallKey::as_bytes).into(),
                (&message.who).into(),
                message.name.as_deref().into(),
                file.as_deref().into(),
                duration_millis(message.length).into(),
                i64::try_from(message.bytes).unwrap_or(i64::MAX).into(),
                message.heard.map(millis).into(),
                (&message.note).into(),
            ],
            Row::int,
        )?;
        self.note_delivery("message", message.key.as_bytes())?;
        id.ok_or_else(|| self.unexpected("no number for a message just written"))
    }

    /// The newest messages of one kind, or of all kinds, newest first.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn messages(&mut self, kind: Option<MessageKind>, limit: u32) -> Result<Vec<Message>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM messages WHERE (?1 = '' OR kind = ?1) ORDER BY at DESC, id DESC LIMIT ?2"
        );
        self.db.query(&sql, &[kind.map_or("", MessageKind::word).into(), i64::from(limit).into()], read)
    }

    /// The message with this number.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn message(&mut self, id: i64) -> Result<Option<Message>, LogError> {
        self.db.query_one(&format!("SELECT {COLUMNS} FROM messages WHERE id = ?1"), &[id.into()], read)
    }

    pub(crate) fn message_by_key(&mut self, key: &[u8]) -> Result<Option<Message>, LogError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE message_key = ?1");
        self.db.query_one(&sql, &[crate::backend::Value::Blob(key)], read)
    }

    /// How many voice mails nobody has listened to.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn unheard(&mut self) -> Result<u64, LogError> {
        let sql = "SELECT count(*) FROM messages WHERE kind = 'voice-mail' AND heard_at IS NULL";
        Ok(self.db.query_one(sql, &[], Row::int)?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// Notes that somebody listened to a message, or that it counts as new again. False if there is none.
    ///
    /// # Errors
    ///
    /// The log could not be written.
    pub fn mark_heard(&mut self, id: i64, heard: Option<SystemTime>) -> Result<bool, LogError> {
        let sql = "UPDATE messages SET heard_at = ?2 WHERE id = ?1";
        Ok(self.db.execute(sql, &[id.into(), heard.map(millis).into()])? > 0)
    }

    /// Deletes a message and its sound file. False if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be deleted, and the message is still there; or the log could not be written.
    pub fn delete_message(&mut self, id: i64) -> Result<bool, LogError> {
        let Some(message) = self.message(id)? else { return Ok(false) };
        if let Some(file) = &message.file {
            crate::retention::delete_file(file)?;
        }
        self.together(|log| {
            log.db.execute("DELETE FROM messages WHERE id = ?1", &[id.into()])?;
            if let (Some(call), Some(_)) = (message.call, &message.file) {
                let sql = "UPDATE calls SET recording = NULL, recording_bytes = 0 WHERE call_key = ?1 AND recording = ?2";
                let file = message.file.as_ref().map(|p| p.to_string_lossy());
                log.db.execute(sql, &[call.as_bytes().into(), file.as_deref().into()])?;
            }
            Ok(true)
        })
    }
}
